import ClipData
import GraphCompiler
import GraphIR
import ModelZoo
import SmaltiRuntime
import TensorCore

/// Runs a model on samples and scores what comes out.
///
/// The model is the last entry point of its family, which returns `reconstruction` and `weights`; where a
/// loss is asked for, it is the family's.
public struct Evaluator: Sendable {
  public let input: ModelInput
  private let compiled: CompiledProgram
  private let entry: String
  private let lossEntry: String?
  private let key: Key

  /// - Parameters:
  ///   - family: with the batch that samples are taken in.
  ///   - keeping: results of the model that are wanted; nil keeps what scores need.
  /// - Errors: those of the family and of compiling; `run.no-pictures`, `run.not-segmenting`.
  public init(
    _ family: any ModelFamily, withLoss: Bool, keeping results: [String]? = nil, key: Key,
    _ options: CompilerOptions
  ) throws(Diagnostic) {
    let type = type(of: family)
    entry = type.entries[type.entries.count - 1]
    lossEntry = withLoss ? type.lossEntry : nil
    self.key = key.folded("validation")
    var program = try family.program(entries: [entry] + (withLoss ? [type.lossEntry] : []))
    let graph = try program.entry(entry)
    input = try ModelInput(of: graph)
    try Self.check(graph, input)
    program.graphs[0] = graph.returning((results ?? []) + ["reconstruction", "weights"])
    compiled = try Compiler.compile(program, options)
  }

  private static func check(_ graph: Graph, _ input: ModelInput) throws(Diagnostic) {
    let size = [input.size, input.size]
    let lead = input.isVideo ? [input.batch, input.frames] : [input.batch]
    let isFitting = [("reconstruction", lead + size + [3]), ("weights", nil)].allSatisfy {
      name, lengths in
      guard let result = graph.results.first(where: { $0.name == name }) else { return false }
      let found = graph.type(result.value).shape.dimensions
      return lengths.map { $0 == found }
        ?? (found.count == lead.count + 3 && found.starts(with: lead)
          && found.suffix(2) == size[...])
    }
    guard isFitting else { throw .runNotSegmenting(graph, input) }
  }

  public var notes: [Diagnostic] { compiled.notes }

  /// Types of the model's results by name, with the batch first.
  var resultTypes: [String: TensorType] {
    let graph = compiled.program.graphs[0]
    return Dictionary(
      uniqueKeysWithValues: graph.results.map { ($0.name, graph.type($0.value)) })
  }

  /// A run over the samples that `next` gives, until it gives none.
  ///
  /// - Parameters:
  ///   - weights: raw bytes of a parameter.
  ///   - each: is given a batch's results, the number of its first sample, and how many of them count.
  /// - Errors: those of loading, running and of `next`.
  public func run(
    _ next: () throws -> PreparedSample?, threads: Int,
    weights: @escaping (Parameter) throws -> AlignedBytes,
    progress: (Int) -> Void = { _ in },
    each: ([String: AlignedBytes], _ first: Int, _ count: Int) throws -> Void = { _, _, _ in }
  ) throws -> Evaluation {
    let loaded = try LoadedProgram(compiled, threads: threads, weights: weights)
    let model = try loaded.session(entry)
    let loss = try lossEntry.map { try loaded.session($0) }
    var evaluation = Evaluation()
    var losses = (sum: 0.0, count: 0)
    var batch: [PreparedSample] = []
    func flush() throws {
      let real = batch.count
      guard real > 0 else { return }
      // A short batch is filled up with its last sample, which does not count again.
      while batch.count < input.batch { batch.append(batch[batch.count - 1]) }
      let video = AlignedBytes(batch.flatMap(\.values))
      let first = evaluation.count
      let outputs = try model.run(arguments(model, video, number: first))
      try score(batch[..<real], outputs, &evaluation)
      if let loss, real == input.batch {
        let value = try loss.run(arguments(loss, video, number: first))
        losses.sum += Double(value["loss"]!.elements(as: Float.self)[0])
        losses.count += 1
      }
      try each(outputs, first, real)
      batch = []
      progress(evaluation.count)
    }
    while let sample = try next() {
      batch.append(sample)
      if batch.count == input.batch { try flush() }
    }
    try flush()
    if losses.count > 0 { evaluation.loss = losses.sum / Double(losses.count) }
    return evaluation
  }

  private func arguments(
    _ session: Session, _ video: AlignedBytes, number: Int
  ) -> [String: AlignedBytes] {
    let takesKey = session.inputs.contains { $0.name == "key" }
    let noise = takesKey ? ["key": AlignedBytes([key.folded(UInt64(number)).bits])] : [:]
    return noise.merging([input.name: video]) { own, _ in own }
  }

  private func score(
    _ samples: ArraySlice<PreparedSample>, _ outputs: [String: AlignedBytes],
    _ evaluation: inout Evaluation
  ) throws(Diagnostic) {
    func part(_ name: String, _ number: Int) -> UnsafeBufferPointer<Float> {
      let all = UnsafeBufferPointer(outputs[name]!.bytes.bindMemory(to: Float.self))
      let count = all.count / input.batch
      return UnsafeBufferPointer(rebasing: all[number * count..<(number + 1) * count])
    }
    for (number, sample) in samples.enumerated() {
      try evaluation.add(
        sample, frames: input.frames, weights: part("weights", number),
        reconstruction: part("reconstruction", number))
    }
    withExtendedLifetime(outputs) {}
  }
}
