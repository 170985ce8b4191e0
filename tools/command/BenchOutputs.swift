import Foundation
import ModelRequests
import Smalti

/// Outputs of a row as files of bare bytes, one for each result, named by its number. They are
/// written as they lie in memory and compared from mapped files, so no row holds another's.
enum BenchOutputs {
  /// - Errors: `file.unwritable`, `file.not-regular`.
  static func write(
    _ outputs: [String: AlignedBytes], of graph: Graph, to folder: String
  ) throws(Diagnostic) {
    for (number, result) in graph.results.enumerated() {
      guard let bytes = outputs[result.name]?.bytes else {
        preconditionFailure("internal: a run left out \(result.name)")
      }
      try AtomicFile.write(to: "\(folder)/\(number)") { (writer) throws(Diagnostic) in
        try writer.append(UnsafeRawBufferPointer(bytes))
      }
    }
  }

  /// How far a peer's outputs may be from ours: an engine that adds in another order stays below it,
  /// one that computes with fewer bits than it was told (f16 has 11 of them) does not.
  static let tolerance = 1e-4

  /// max|a − b| / max|b| of each output, the second folder as reference.
  ///
  /// - Errors: `file.unreadable`.
  static func differences(
    of folder: String, to reference: String, _ graph: Graph
  ) throws(Diagnostic) -> [(name: String, difference: Double)] {
    var differences: [(name: String, difference: Double)] = []
    for (number, result) in graph.results.enumerated() {
      let (a, b) = (try read("\(folder)/\(number)"), try read("\(reference)/\(number)"))
      differences.append((result.name, try difference(a, b, graph.type(result.value))))
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
