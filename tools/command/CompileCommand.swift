import ArgumentParser
import GraphLowering
import LLVMBackend
import LLVMEmission
import Smalti

/// `smalti compile`: a model in one of its forms on the way to machine code.
struct CompileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compile",
    abstract: "Compiles a model and writes one form of it.",
    discussion: """
      The forms, from model to machine: graph (graph text), tiles (tile programs),
      llvm (LLVM text), asm (assembly), obj (an object file). Text goes to standard
      output without -o.

      Example: smalti compile simone:tiny --emit obj -o simone.o
      Example: smalti compile simone:tiny --entry encode --emit graph
      """)

  @OptionGroup var model: ModelArgument

  @Option(help: "graph, tiles, llvm, asm or obj.")
  var emit = "obj"

  @Option(name: .shortAndLong, help: "The file to write.")
  var output: String?

  @Option(help: "The entry point to compile; by default all.")
  var entry: String?

  @Option(help: "The level to compile for; by default this machine's.")
  var target: String?

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let form = try Form(called: emit)
    guard form != .obj || output != nil else { throw Diagnostic.callOutputNeeded(emit) }
    let settings = try options.compilerOptions(target: target)
    let level = settings.level
    let model = try model.chosen(entry.map { .one($0) } ?? .all)
    if let output { try OutputFile.check(output) }
    let start = ContinuousClock.now
    let bytes = try Progress(options).during("compiling \(model.name) for \(level)") {
      try form.bytes(of: model.program, settings)
    }
    if let output { try OutputFile.write(bytes, to: output) }
    let text = output == nil ? String(decoding: bytes, as: UTF8.self) : nil
    if let text, !options.json { return Console.write(text, to: .standardOutput) }
    let report = CompileReport(
      model: model.name, entries: model.program.graphs.map(\.name), emit: form.rawValue,
      level: level.name, output: output, text: text, byteCount: bytes.count,
      seconds: (ContinuousClock.now - start).seconds)
    options.report(report, report.sentence)
  }
}

extension CompileCommand {
  /// The forms of a model, from graph to machine code.
  enum Form: String, CaseIterable {
    case graph, tiles, llvm, asm, obj

    /// - Errors: `call.emission`, `call.not-yet`.
    init(called name: String) throws(Diagnostic) {
      if ["exe", "so", "a"].contains(name) {
        throw .callNotYet("--emit \(name)", use: "--emit obj")
      }
      guard let form = Form(rawValue: name) else {
        throw .callEmission(name, known: Self.allCases.map(\.rawValue))
      }
      self = form
    }

    /// - Errors: those of lowering and of the backend.
    func bytes(of program: Program, _ options: CompilerOptions) throws(Diagnostic) -> [UInt8] {
      if self == .graph { return Array(Printer(showsScopes: true).text(program).utf8) }
      let kernels = try Self.kernels(of: program, options)
      if self == .tiles {
        let texts = kernels.map { "kernel \($0.name)\n\($0.program)" }
        return Array((texts.joined(separator: "\n") + "\n").utf8)
      }
      // One module, so that the object is one file.
      let text = ModuleEmitter(vectorByteCount: options.level.vectorByteCount).text(kernels)
      let compiler = ObjectCompiler(options.level)
      return switch self {
      case .llvm: Array(text.utf8)
      case .asm: Array(try compiler.assembly(text).utf8)
      default: try Self.object(text, options)
      }
    }

    /// Object code, from the cache where it is there.
    private static func object(
      _ text: String, _ options: CompilerOptions
    ) throws(Diagnostic) -> [UInt8] {
      // Without a cache compiling only takes longer.
      let cache = options.usesCache ? try? ObjectCache() : nil
      let key = options.objectKey(text)
      if let hit = cache?.lookup(key) { return hit.object }
      let object = try ObjectCompiler(options.level).object(text)
      cache?.store(key, object)
      return object
    }

    /// The kernels of all entry points, each once, in order of first use.
    private static func kernels(
      of program: Program, _ options: CompilerOptions
    ) throws(Diagnostic) -> [(name: String, program: TileProgram)] {
      var known: Set<String> = []
      var kernels: [(name: String, program: TileProgram)] = []
      for graph in program.graphs {
        for kernel in try EntryPlan(graph, options).kernels where known.insert(kernel.name).inserted
        {
          kernels.append(kernel)
        }
      }
      return kernels
    }
  }
}

/// What `compile -o` says when it is done.
struct CompileReport: Encodable {
  var model: String
  var entries: [String]
  var emit: String
  var level: String
  /// The file, or nil where the form is in `text`.
  var output: String?
  var text: String?
  var byteCount: Int
  var seconds: Double

  var sentence: String {
    "wrote \(output ?? ""): \(Quantity.bytes(byteCount)), \(model) (\(entries.joined(separator: ", "))) "
      + "as \(emit) for \(level), in \(Quantity.seconds(seconds))"
  }
}
