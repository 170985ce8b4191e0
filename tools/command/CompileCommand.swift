import ArgumentParser
import ModelRequests
import Smalti

/// `smalti compile`: a model as a file that needs no Smalti, or one of its forms on the way there.
struct CompileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compile",
    abstract: "Compiles a model into a library, an executable, or another form.",
    discussion: """
      Files to ship: so (a shared library, with its header beside it), exe (the model
      as a command), a and obj (to be linked, with a header). A C compiler links them;
      their weights are inside, unless --weights-file or --no-weights says otherwise.
      Forms to read: graph (graph text), tiles (tile programs), llvm (LLVM text), asm
      (assembly); they go to standard output without -o.

      Without --emit the ending of -o decides: .so, .a, .o, .s, .ll, .graph, .tiles;
      a name without ending is an executable.

      Example: smalti compile simone:tiny -o simone.so
      Example: smalti compile simone --weights W.safetensors --emit exe -o simone
      Example: smalti compile simone:tiny -o simone.so --target x86-64-v3,x86-64-v4
      Example: smalti compile simone:tiny -o simone.so --specialise batch=1,8
      Example: smalti compile simone:tiny --entry encode --emit graph
      """)

  @OptionGroup var model: ModelArgument
  @OptionGroup var weights: WeightsOption

  @Option(help: "so, exe, a, obj, graph, tiles, llvm or asm.")
  var emit: String?

  @Option(name: .shortAndLong, help: "The file to write.")
  var output: String?

  @Option(help: "The entry point to compile; by default all.")
  var entry: String?

  @Option(
    help: ArgumentHelp(
      "The levels to compile for, with commas; by default this machine's.",
      discussion: "A file with several picks the best that a machine has.", valueName: "levels"))
  var target: String?

  @Option(help: "What the functions begin with; by default the output's name.")
  var name: String?

  @Option(
    help: ArgumentHelp(
      "Sizes to compile for: an option of the model and its values.", valueName: "key=a,b"))
  var specialise: String?

  @Option(help: ArgumentHelp("Put prepared weights into a file of their own.", valueName: "file"))
  var weightsFile: String?

  @Flag(help: "No weights inside: the program calls NAME_prepare.")
  var noWeights = false

  @Option(help: ArgumentHelp("The C compiler; by default cc.", valueName: "program"))
  var cc: String?

  @OptionGroup var options: GlobalOptions

  func run() throws {
    switch try CompileForm(called: emit, output: output) {
    case .text(let form): try write(form)
    case .artefact(let form): try build(form)
    }
  }

  private func write(_ form: TextForm) throws {
    try refuseArtefactOptions(for: form)
    let settings = try options.compilerOptions(target: target)
    let model = try model.chosen(entry.map { .one($0) } ?? .all)
    if let output { try OutputFile.check(output) }
    let start = ContinuousClock.now
    let text = try Progress(options).during("compiling \(model.name) for \(settings.level)") {
      try form.text(of: model.program, settings)
    }
    guard let output else {
      guard options.json else { return Console.write(text, to: .standardOutput) }
      return report(form.rawValue, model, [settings.level], [], text: text, start)
    }
    try OutputFile.write(Array(text.utf8), to: output)
    let files = [CompileReport.File(path: output, byteCount: text.utf8.count)]
    report(form.rawValue, model, [settings.level], files, start)
  }

  private func build(_ form: ArtefactOptions.Form) throws {
    var wish = ArtefactWish(form, of: model.model, model.settings, to: output!)
    wish.entry = entry
    wish.target = target
    wish.name = name
    wish.specialise = specialise
    wish.weightsFile = weightsFile
    wish.hasNoWeights = noWeights
    wish.cCompiler = cc
    // A tuning names its level.
    wish.compiler = try options.compilerOptions(
      target: target.map { $0.split(separator: ",").map(String.init)[0] })
    if noWeights, weights.weights != nil {
      throw Diagnostic.callWeightsPlace("--weights", "--no-weights")
    }
    let request = try ArtefactRequest(wish) { model in
      let origin = weights.weights ?? "seed \(options.seed)"
      return (source: try weights.source(for: model, options), origin: origin)
    }
    let threads = try options.checkedThreads()
    let start = ContinuousClock.now
    let levels = request.options.levels.map(\.name).joined(separator: ", ")
    let artefact = try Progress(options).during("compiling \(request.chosen.name) for \(levels)") {
      try request.build(threads: threads)
    }
    let files = request.files(artefact)
    for file in files { try OutputFile.write(file.bytes, to: file.path) }
    if form == .exe { try OutputFile.makeExecutable(output!) }
    report(
      form.rawValue, request.chosen, request.options.levels,
      files.reversed().map { .init(path: $0.path, byteCount: $0.bytes.count) }, start)
  }

  private func report(
    _ emit: String, _ model: ChosenModel, _ levels: [TargetLevel], _ files: [CompileReport.File],
    text: String? = nil, _ start: ContinuousClock.Instant
  ) {
    let report = CompileReport(
      model: model.name, entries: model.program.graphs.map(\.name), emit: emit,
      levels: levels.map(\.name), files: files, text: text,
      seconds: (ContinuousClock.now - start).seconds)
    options.report(report, report.sentence)
  }

  /// - Errors: `call.artefact-option`.
  private func refuseArtefactOptions(for form: TextForm) throws(Diagnostic) {
    let given: [(String, Bool)] = [
      ("--weights", weights.weights != nil), ("--weights-file", weightsFile != nil),
      ("--no-weights", noWeights), ("--name", name != nil), ("--specialise", specialise != nil),
      ("--cc", cc != nil),
    ]
    if let option = given.first(where: { $0.1 }) {
      throw .callArtefactOption(option.0, form: form.rawValue)
    }
  }
}

/// What `compile` says when it is done.
struct CompileReport: Encodable {
  struct File: Encodable {
    var path: String
    var byteCount: Int
  }

  var model: String
  var entries: [String]
  var emit: String
  var levels: [String]
  var files: [File]
  /// What went to standard output instead of a file.
  var text: String?
  var seconds: Double

  var sentence: String {
    let list = files.map { "\($0.path) (\(Quantity.bytes($0.byteCount)))" }
    return "wrote \(list.joined(separator: ", ")): \(model) (\(entries.joined(separator: ", "))) "
      + "as \(emit) for \(levels.joined(separator: ", ")), in \(Quantity.seconds(seconds))"
  }
}
