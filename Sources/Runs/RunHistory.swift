import Foundation
import PageReports
import TensorCore

/// What a run's log says, line by line; what is no line of a log is left out.
public struct RunHistory: Sendable {
  /// Values are in the order of the line, without what depends on the clock.
  public typealias Entry = TrainingReport.Entry

  public let entries: [Entry]

  /// - Errors: `run.log`.
  public init(reading path: String) throws(Diagnostic) {
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw .runLog(path, error.localizedDescription)
    }
    // A line that somebody else has put there must not end a run.
    entries = text.split(separator: "\n").compactMap { Entry($0) }
  }

  /// The validation that a run's best parameters are of, by the names of the scores.
  public var best: Entry? {
    let validations = entries.filter { $0.kind == "validation" }
    func quality(_ entry: Entry) -> Double {
      entry["ari_f_video"] ?? entry["ari_f"] ?? entry["mse"].map { -$0 } ?? -.infinity
    }
    // Of equal ones the first, as the run has it.
    return validations.reduce(nil as Entry?) { best, entry in
      best.map { quality(entry) > quality($0) ? entry : $0 } ?? entry
    }
  }
}

extension TrainingReport.Entry {
  public subscript(name: String) -> Double? {
    values.first { $0.name == name }?.value
  }

  /// A line as ``RunLog`` writes it: one object of numbers, null, and an object `time` at the end.
  init?(_ line: Substring) {
    guard let end = line.range(of: ",\"time\":{"), line.hasPrefix("{"),
      let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
      let kind = object["kind"] as? String, let step = object["step"] as? Int
    else { return nil }
    var values: [(name: String, value: Double?)] = []
    // The order of the line, which an object does not keep.
    for member in line[..<end.lowerBound].dropFirst().split(separator: ",") {
      guard let colon = member.firstIndex(of: ":") else { return nil }
      let name = String(member[..<colon].dropFirst().dropLast())
      guard !["kind", "step", "epoch"].contains(name) else { continue }
      values.append((name, (object[name] as? NSNumber)?.doubleValue))
    }
    self.init(kind, step: step, values)
  }
}
