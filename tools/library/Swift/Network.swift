import Foundation
import GraphLowering
import ModelRequests
import Smalti

/// What a `smalti_network` is: a model with its options and weights.
final class Network {
  let model: String
  let settings: [String]
  /// All entry points.
  let chosen: ChosenModel
  private(set) var weights: WeightsSource
  private(set) var origin: String
  /// Texts that a caller was given, kept as long as they may be read.
  private var texts: [String: UnsafeMutablePointer<CChar>] = [:]

  /// - Errors: those of ``ChosenModel``.
  init(_ model: String, _ settings: [String]) throws(Diagnostic) {
    self.model = model
    self.settings = settings
    chosen = try ChosenModel(model, settings, .all)
    (weights, origin) = (.made(Key(0)), "seed 0")
  }

  deinit {
    for text in texts.values { free(text) }
  }

  /// - Errors: those of a safetensors file; `weights.mismatch`.
  func readWeights(_ path: String) throws(Diagnostic) {
    let file = try SafetensorsFile(reading: path)
    try file.requireExactly(chosen.parameters.map { ($0.path, $0.type) })
    (weights, origin) = (.file(file), path)
  }

  func makeWeights(_ seed: UInt64) { (weights, origin) = (.made(Key(seed)), "seed \(seed)") }

  /// A copy of `text` that lives until the next of this kind.
  func keep(_ text: String, as kind: String) -> UnsafePointer<CChar>? {
    if let old = texts.updateValue(strdup(text), forKey: kind) { free(old) }
    return texts[kind].map { UnsafePointer($0) }
  }

  /// Entry points and parameters, as JSON.
  var description: String { JSONText.of(NetworkPage(chosen)) }

  /// What `smalti explain` says.
  ///
  /// - Errors: those of ``ChosenModel`` and of lowering.
  func explanation(_ entry: String?) throws(Diagnostic) -> String {
    let model = try ChosenModel(model, settings, .one(entry))
    let options = CompilerOptions()
    var plan = try EntryPlan(model.graph, options)
    var baseline = options
    baseline.lowering.fuses = false
    plan.compare(unfused: try EntryPlan(model.graph, baseline))
    return ExplainPage(model, plan, options.level).text(verbose: false)
  }

  /// - Errors: those of ``ArtefactRequest`` and ``Artefact``; `file.unwritable`.
  func compile(_ wish: ArtefactWish, threads: Int) throws {
    let request = try ArtefactRequest(wish) { _ in (source: weights, origin: origin) }
    let artefact = try request.build(threads: threads)
    for file in request.files(artefact) { try AtomicFile.write(file.bytes, to: file.path) }
    if wish.form == .exe { try OutputFile.makeExecutable(wish.output) }
  }
}

/// What a network says of itself.
private struct NetworkPage: Encodable {
  struct Tensor: Encodable {
    var name: String
    var element: String
    var shape: [Int]

    init(_ name: String, _ type: TensorType) {
      self.name = name
      element = type.element.description
      shape = type.shape.dimensions
    }
  }

  struct Entry: Encodable {
    var name: String
    var inputs: [Tensor]
    var outputs: [Tensor]
  }

  var model: String
  var settings: [String: String]
  var entries: [Entry]
  var parameters: [Tensor]

  init(_ chosen: ChosenModel) {
    model = chosen.family
    settings = Dictionary(chosen.settings.map { ($0.name, $0.value) }) { $1 }
    entries = chosen.program.graphs.map { graph in
      Entry(
        name: graph.name, inputs: graph.arguments.map { Tensor($0.name, graph.type($0.value)) },
        outputs: graph.results.map { Tensor($0.name, graph.type($0.value)) })
    }
    parameters = chosen.parameters.map { Tensor($0.path, $0.type) }
  }
}
