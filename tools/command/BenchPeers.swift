import Foundation
import ModelRequests
import Smalti

/// The engines of other people that `bench --peers` runs beside ours, and how they are started.
struct BenchPeers {
  /// Every engine with its modes, each a row: `Benchmarks/peers/engines` has a file for each.
  static let known: [(engine: String, modes: [String])] = [
    ("torch", ["eager", "compiled"]), ("onnxruntime", ["compiled"]), ("openvino", ["compiled"]),
    ("jax", ["compiled"]),
  ]
  static let setup = "Benchmarks/peers/setup"

  /// In the order of `known`.
  let rows: [(engine: String, mode: String)]

  /// The engines that a list with commas names.
  ///
  /// - Errors: `call.peers`.
  init(_ list: String?) throws(Diagnostic) {
    let names = list?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? []
    let all = Self.known.map(\.engine)
    for name in names where !(all + ["all"]).contains(name) {
      throw .callPeers(name, known: all + ["all"])
    }
    rows = Self.known.flatMap { engine, modes in
      names.contains("all") || names.contains(engine) ? modes.map { (engine, $0) } : []
    }
  }

  /// The engines of the rows, each once.
  var engines: [String] { Self.known.map(\.engine).filter { rows.map(\.engine).contains($0) } }
}

// MARK: - Where they are
extension BenchPeers {
  /// The Python that `setup` has made, or that the environment names; nil if there is none.
  ///
  /// - Errors: `call.peers-python`.
  static func python() throws(Diagnostic) -> String? {
    let environment = ProcessInfo.processInfo.environment
    if let named = environment["SMALTI_PEERS"], !named.isEmpty {
      guard access(named, X_OK) == 0 else {
        throw .callPeersPython(named, String(cString: strerror(errno)))
      }
      return named
    }
    let cache =
      environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
      ?? "\(environment["HOME"] ?? "")/.cache"
    let python = "\(cache)/smalti-peers/bin/python"
    return access(python, X_OK) == 0 ? python : nil
  }

  /// The program that is a peer, in the checkout that this command was built in, or around the
  /// current folder.
  ///
  /// - Errors: `bench.peer-program`.
  static func program() throws(Diagnostic) -> String {
    let own = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    let here = URL(filePath: FileManager.default.currentDirectoryPath)
    for start in [own, here] {
      var folder = start
      while folder.path != "/" {
        let program = folder.appending(path: "Benchmarks/peers/peer.py").path
        if access(program, R_OK) == 0 { return program }
        folder.deleteLastPathComponent()
      }
    }
    throw .benchPeerProgram()
  }
}

// MARK: - What they read
extension BenchPeers {
  /// Says as `call.json` in `folder` what there is to run, and writes the weights beside it.
  ///
  /// - Errors: those of the weights and of files.
  static func write(
    _ model: ChosenModel, _ weights: WeightsSource, threads: Int, to folder: String
  ) throws(Diagnostic) {
    let graph = model.graph
    let names = Set(graph.parameters.map(\.name))
    let parameters = model.parameters.filter { names.contains($0.path) }
    let path = "\(folder)/weights.safetensors"
    var tensors: [(name: String, value: TensorBytes)] = []
    for parameter in parameters {
      // Held by its name: the bytes go with their owner.
      let owner = try weights.bytes(of: parameter)
      let bytes = withExtendedLifetime(owner) { [UInt8](owner.bytes) }
      tensors.append((parameter.path, try TensorBytes(parameter.type, bytes: bytes)))
    }
    try SafetensorsFile.write(tensors, to: path)
    let call = Call(
      model: String(model.family.prefix { $0 != ":" }), entry: graph.name,
      settings: Dictionary(uniqueKeysWithValues: model.settings.map { ($0.name, $0.value) }),
      weights: path, folder: folder, threads: threads,
      inputs: graph.arguments.map { Call.Tensor($0.name, graph.type($0.value)) },
      outputs: BenchOutputs.list(graph).map { Call.Tensor($0.name, $0.type) })
    try AtomicFile.write(Array(JSONText.of(call).utf8), to: "\(folder)/call.json")
  }

  /// `Benchmarks/peers/call.py` reads it.
  private struct Call: Encodable {
    struct Tensor: Encodable {
      var name: String
      var type: String
      var shape: [Int]

      init(_ name: String, _ type: TensorType) {
        (self.name, self.type, shape) = (name, "\(type.element)", type.shape.dimensions)
      }
    }
    var model: String
    var entry: String
    /// Every option of the model; a graph file has none.
    var settings: [String: String]
    var weights: String
    var folder: String
    var threads: Int
    var inputs: [Tensor]
    var outputs: [Tensor]
  }
}
