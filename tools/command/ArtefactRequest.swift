import GraphLowering
import Smalti

/// A call of `compile` that makes a file to ship: everything checked before the work begins.
struct ArtefactRequest {
  let chosen: ChosenModel
  let model: ModelToPackage
  let options: ArtefactOptions
  let weights: WeightsSource
  private let output: String
  private let header: String?

  /// - Errors: those of the model, the weights and the files; `call.target`, `call.specialise`,
  ///   `call.weights-place`, `call.tuning-levels`, `artefact.name`.
  init(_ command: CompileCommand, _ form: ArtefactOptions.Form) throws {
    output = command.output!
    let file = output.split(separator: "/").last.map(String.init) ?? output
    let stem = file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
    let folder = output.dropLast(file.count)
    header = form == .exe ? nil : "\(folder)\(stem).h"
    for file in [output, header, command.weightsFile] {
      if let file { try OutputFile.check(file) }
    }
    if let path = command.weightsFile, [output, header].contains(path) {
      throw Diagnostic.callOutputRepeated(path, ["-o", "--weights-file"])
    }
    let levels = try Self.levels(command.target)
    var compiler = try command.options.compilerOptions(target: levels[0].name)
    compiler.lowering.matmul = try Self.matmul(command.options.unfusedMatmul)
    if command.options.tuning != nil, levels.count > 1 { throw Diagnostic.callTuningLevels() }
    var options = ArtefactOptions(
      form, name: command.name ?? ArtefactOptions.name(of: stem), levels: levels,
      compiler: compiler)
    options.cCompiler = command.cc
    options.weights = try Self.place(command)
    let entries = command.entry.map { Entries.one($0) } ?? .all
    (chosen, model) = try Self.model(command, entries)
    if options.weights == .nowhere {
      guard command.weights.weights == nil else {
        throw Diagnostic.callWeightsPlace("--weights", "--no-weights")
      }
      weights = .made(command.options.key)
    } else {
      weights = try command.weights.source(for: chosen, command.options)
      options.weightsOrigin = command.weights.weights ?? "seed \(command.options.seed)"
    }
    self.options = options
  }

  /// Writes the files; what each is called and how large it is.
  ///
  /// - Errors: `file.unwritable`, `file.not-regular`.
  func write(_ artefact: Artefact) throws -> [CompileReport.File] {
    var files = [(path: output, bytes: artefact.file)]
    if let header, let text = artefact.header { files.append((header, Array(text.utf8))) }
    if case .beside(let path) = options.weights, let bytes = artefact.weightsFile {
      files.append((path, bytes))
    }
    // The library last: whoever waits for it finds the others.
    for file in files.reversed() { try OutputFile.write(file.bytes, to: file.path) }
    if options.form == .exe { try OutputFile.makeExecutable(output) }
    return files.map { CompileReport.File(path: $0.path, byteCount: $0.bytes.count) }
  }
}

// MARK: - Parts of the call
extension ArtefactRequest {
  private static func levels(_ text: String?) throws(Diagnostic) -> [TargetLevel] {
    guard let text else { return [.host] }
    var levels: [TargetLevel] = []
    for word in text.split(separator: ",", omittingEmptySubsequences: false) {
      let level = try TargetLevel(called: String(word))
      if !levels.contains(level) { levels.append(level) }
    }
    // The better ones later, however they were written.
    return TargetLevel.all.filter(levels.contains)
  }

  /// - Errors: `call.not-in-file`.
  private static func matmul(_ provider: MatmulProvider) throws(Diagnostic) -> MatmulProvider {
    guard provider == .smalti else { throw .callNotInFile("--unfused-matmul \(provider)") }
    return provider
  }

  private static func place(_ command: CompileCommand) throws(Diagnostic) -> WeightsPlace {
    guard let path = command.weightsFile else { return command.noWeights ? .nowhere : .inside }
    if command.noWeights { throw .callWeightsPlace("--weights-file", "--no-weights") }
    return .beside(path)
  }

  /// The model for each value of `--specialise`, or once.
  private static func model(
    _ command: CompileCommand, _ entries: Entries
  ) throws -> (ChosenModel, ModelToPackage) {
    let (name, settings) = (command.model.model, command.model.settings)
    guard let specialise = command.specialise else {
      let chosen = try ModelArgument.chosen(name, settings, entries)
      return (chosen, ModelToPackage(chosen.name, [.init("", chosen.program)]))
    }
    let parts = specialise.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let values = parts.count == 2 ? parts[1].split(separator: ",") : []
    guard !parts[0].isEmpty, !values.isEmpty, Set(values).count == values.count else {
      throw Diagnostic.callSpecialise(specialise)
    }
    let models = try values.map { value in
      try ModelArgument.chosen(name, settings + ["\(parts[0])=\(value)"], entries)
    }
    var chosen = try ModelArgument.chosen(name, settings, entries)
    chosen.program = models[0].program
    chosen.parameters = models[0].parameters
    for (value, other) in zip(values, models) where other.parameters != models[0].parameters {
      throw Diagnostic.callSpecialiseParameters("\(parts[0])=\(value)", "\(parts[0])=\(values[0])")
    }
    return (
      chosen,
      ModelToPackage(
        chosen.name,
        zip(values, models).map { .init("\(parts[0])=\($0)", $1.program) })
    )
  }
}
