import Foundation
import ModelRequests
import Smalti

/// Outputs of a row as files of bare bytes, one for each result, named by its number. They are
/// written as they lie in memory and compared from mapped files, so no row holds another's.
enum BenchOutputs {
  /// What is compared: results, and of a training step the gradients, as the optimiser has them.
  static func list(_ graph: Graph) -> [(name: String, type: TensorType)] {
    let gradients = graph.states.filter { $0.name.hasPrefix(TrainingStep.gradientStates) }
    return graph.results.map { ($0.name, graph.type($0.value)) }
      + gradients.map { ($0.name, graph.type($0.value)) }
  }

  /// - Parameter bytes: those of an output or state of this name.
  /// - Errors: `file.unwritable`, `file.not-regular`.
  static func write(
    of graph: Graph, to folder: String, _ bytes: (String) -> AlignedBytes?
  ) throws(Diagnostic) {
    for (number, output) in list(graph).enumerated() {
      guard let owner = bytes(output.name) else {
        preconditionFailure("internal: a run left out \(output.name)")
      }
      let bytes = owner.bytes
      try AtomicFile.write(to: "\(folder)/\(number)") { (writer) throws(Diagnostic) in
        try writer.append(UnsafeRawBufferPointer(bytes))
      }
    }
  }

  /// How far a peer's outputs may be from ours: an engine that adds in another order stays below it,
  /// one that computes with fewer bits than it was told (f16 has 11 of them) does not.
  private static let tolerance = 1e-4

  /// Gradients are sums of terms that cancel, so their last bits are others in another order of adding.
  private static let gradientTolerance = 1e-2

  static func tolerance(_ output: String) -> Double {
    output.hasPrefix(TrainingStep.gradientStates) ? gradientTolerance : tolerance
  }

  /// max|a − b| / max|b| of each output, the second folder as reference.
  ///
  /// - Errors: `file.unreadable`.
  static func differences(
    of folder: String, to reference: String, _ outputs: [(name: String, type: TensorType)]
  ) throws(Diagnostic) -> [(name: String, difference: Double)] {
    var differences: [(name: String, difference: Double)] = []
    for (number, output) in outputs.enumerated() {
      let (a, b) = (try read("\(folder)/\(number)"), try read("\(reference)/\(number)"))
      differences.append((output.name, try difference(a, b, output.type)))
    }
    return differences
  }

  private static func read(_ path: String) throws(Diagnostic) -> Data {
    do {
      return try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
    } catch {
      throw .fileUnreadable(path, error.localizedDescription)
    }
  }

  private static func difference(
    _ a: Data, _ b: Data, _ type: TensorType
  ) throws(Diagnostic) -> Double {
    guard type.element == .f32 else {
      return try HostTensor(type, bytes: [UInt8](a))
        .relativeDifference(to: HostTensor(type, bytes: [UInt8](b)))
    }
    return a.withUnsafeBytes { a in b.withUnsafeBytes { b in difference(a, b) } }
  }

  /// As `HostTensor.relativeDifference(to:)`, without eight bytes for each element: NaN against NaN
  /// counts as equal, NaN against a number as infinite.
  private static func difference(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Double
  {
    guard a.count == b.count else { return .infinity }
    var (largest, scale) = (Float(0), Float(0))
    for offset in stride(from: 0, to: a.count, by: 4) {
      let x = a.loadUnaligned(fromByteOffset: offset, as: Float.self)
      let y = b.loadUnaligned(fromByteOffset: offset, as: Float.self)
      if y.isFinite { scale = max(scale, abs(y)) }
      if x == y || (x.isNaN && y.isNaN) { continue }
      guard x.isFinite, y.isFinite else { return .infinity }
      largest = max(largest, abs(x - y))
    }
    return largest == 0 ? 0 : Double(largest) / (scale == 0 ? 1 : Double(scale))
  }
}
