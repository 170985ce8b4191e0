import Foundation
import TensorCore
import TensorFiles

/// The log of a run: a line of JSON for each entry, and the same numbers for TensorBoard.
///
/// What depends on the clock is in a line's last member, `time`: without it a run that was stopped and went
/// on has the same lines as one that was not.
final class RunLog {
  private let lines: AppendedFile
  private let events: EventWriter

  /// - Parameter facts: lengths of the files where the run goes on; what is behind them is cut off.
  /// - Errors: `file.unwritable`, `file.not-regular`, `file.too-short`.
  init(_ folder: RunFolder, from facts: CheckpointFacts) throws(Diagnostic) {
    lines = try AppendedFile(folder.log, keeping: facts.logByteCount)
    events = try EventWriter(appendingTo: folder.events, keeping: facts.eventByteCount)
  }

  var byteCounts: (log: Int, events: Int) { (lines.byteCount, events.byteCount) }

  /// - Parameters:
  ///   - kind: `train` or `validation`.
  ///   - values: by name; nil and what is not finite are null.
  /// - Errors: `file.unwritable`.
  func append(
    _ kind: String, step: Int, epoch: Int, _ values: [(name: String, value: Double?)],
    time: [(name: String, value: Double?)], _ pictures: [EventSummary] = []
  ) throws(Diagnostic) {
    let line =
      "{\"kind\":\"\(kind)\",\"step\":\(step),\"epoch\":\(epoch),\(Self.members(values)),"
      + "\"time\":{\(Self.members(time))}}\n"
    try lines.append(Array(line.utf8))
    let scalars = (values + time).compactMap { entry in
      entry.value.map { EventSummary.scalar("\(kind)/\(entry.name)", $0) }
    }
    try events.append(
      scalars + pictures, step: step, wallTime: Date.now.timeIntervalSince1970)
  }

  /// - Errors: `file.unwritable`.
  func sync() throws(Diagnostic) {
    try lines.sync()
    try events.sync()
  }

  private static func members(_ values: [(name: String, value: Double?)]) -> String {
    values.map { "\"\($0.name)\":\($0.value.map(number) ?? "null")" }.joined(separator: ",")
  }

  /// The shortest decimal that reads back the same; JSON has none for what is not finite.
  private static func number(_ value: Double) -> String {
    guard value.isFinite else { return "null" }
    if value == value.rounded(), abs(value) < 1e15 { return String(Int(value)) }
    // Most numbers come from the step as f32.
    let single = Float(value)
    return Double(single) == value ? "\(single)" : "\(value)"
  }
}
