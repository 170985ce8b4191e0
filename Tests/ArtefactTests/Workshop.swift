import Foundation
import GraphCompiler
import GraphIR
import GraphOps
import ModelArtefacts
import ModelZoo
import Programs
import SmaltiRuntime
import TensorCore
import TileIR

/// A folder in which files are compiled, built upon, damaged and run.
struct Workshop {
  let folder: URL

  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The folder of the running test binary; SwiftPM builds the command beside it.
  static let buildFolder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent()

  /// Calls `body` with an empty folder that is gone afterwards.
  static func with<Result>(_ body: (Workshop) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "smalti-artefact-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(Workshop(folder: folder))
  }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  func write(_ bytes: some DataProtocol, to name: String) throws {
    try Data(bytes).write(to: folder.appending(path: name))
  }

  func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

  func read(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appending(path: name)))
  }

  /// Runs a program in the folder; what it writes to both outputs.
  ///
  /// - Errors: `ChildProgram.Failure` with its words when it does not end with `status`.
  @discardableResult
  func run(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], status: Int32 = 0
  ) throws -> String {
    try ChildProgram.run(
      program, arguments, in: folder, environment: environment, status: status)
  }
}

// MARK: - Models
extension Workshop {
  /// A few parameters, a product, a row of moments, and two outputs: what most files are made of here.
  static func dense(batch: Int = 3, named name: String = "dense") throws -> Program {
    try Parser.program(
      """
      program @\(name) {
        parameter "layer.weight" : f32[6, 5] = uniform(0.5)
        parameter "layer.bias" : f32[5] = uniform(0.5)

        graph @whole(%x: f32[\(batch), 6]) -> (y: f32[\(batch), 5], mean: f32[\(batch)]) {
          %0 = parameter "layer.weight" : f32[6, 5]
          %1 = parameter "layer.bias" : f32[5]
          %2 = contract %x, %0 {equation = "ik,kj->ij"} : f32[\(batch), 5]
          %3 = add %2, %1 : f32[\(batch), 5]
          %4 = tanh %3 : f32[\(batch), 5]
          %5 = reduce_mean %4 {axes = [1], keeping_axes = false} : f32[\(batch)]
          return %4, %5
        }
      }
      """, OpCatalog.table)
  }

  static func options(
    _ form: ArtefactOptions.Form, _ name: String = "dense", levels: [TargetLevel] = [.host]
  ) -> ArtefactOptions {
    var compiler = CompilerOptions()
    compiler.usesCache = false
    return ArtefactOptions(form, name: name, levels: levels, compiler: compiler)
  }

  /// Compiles `model` with seed-made weights, and writes `NAME.so` (or what the form is), `NAME.h`, and
  /// weights beside it.
  @discardableResult
  func build(
    _ model: ModelToPackage, _ options: ArtefactOptions, seed: Key = Key(0)
  ) throws -> Artefact {
    let artefact = try Artefact.build(model, options) {
      AlignedBytes($0.initialValue(seed: seed).bytes)
    }
    let ending = options.form == .exe ? "" : options.form == .obj ? ".o" : ".\(options.form)"
    try write(artefact.file, to: options.name + ending)
    if let header = artefact.header { try write(header, to: "\(options.name).h") }
    if case .beside(let path) = options.weights, let file = artefact.weightsFile {
      try Data(file).write(to: URL(filePath: path))
    }
    if options.form == .exe { try run("chmod", ["+x", options.name]) }
    return artefact
  }

  @discardableResult
  func build(_ program: Program, _ options: ArtefactOptions) throws -> Artefact {
    try build(ModelToPackage(program.name, [.init("", program)]), options)
  }

  /// Numbers that show every mistake of place: no two are the same.
  static func argument(_ type: TensorType) -> HostTensor {
    if type.element.isFloating {
      return HostTensor(
        type, converting: (0..<type.shape.count).map { Double(($0 * 37) % 101) / 101 - 0.3 })
    }
    return HostTensor(type, repeating: 1)
  }

  static func arguments(_ graph: Graph) -> [String: HostTensor] {
    Dictionary(
      uniqueKeysWithValues: graph.arguments.map { ($0.name, argument(graph.type($0.value))) })
  }

  /// The outputs of an entry point as the compiler in this process computes them.
  static func expected(
    _ program: Program, _ entry: String, _ level: TargetLevel = .host
  ) throws -> [String: [UInt8]] {
    let loaded = try LoadedProgram(
      Compiler.compile(program, CompilerOptions(level: level)), threads: 2, seed: Key(0))
    return try loaded.run(entry, arguments(try program.entry(entry))).mapValues(\.bytes)
  }

  /// The outputs of an entry point of a shared library in the folder.
  func outputs(
    of artefact: LoadedArtefact, _ graph: Graph, specialisation: String? = nil, threads: Int = 2
  ) throws -> [String: [UInt8]] {
    let session = try Session(
      artefact, entry: graph.name, specialisation: specialisation,
      pool: try ThreadPool(threads: threads))
    return try session.run(Self.arguments(graph).mapValues { AlignedBytes($0.bytes) })
      .mapValues { [UInt8]($0.bytes) }
  }
}
