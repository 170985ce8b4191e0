import ArgumentParser
import ModelRequests
import Smalti

/// `smalti diff`: how far two archives of arrays are apart.
struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Compares two npz files array by array, the second as the reference.",
    discussion: """
      The relative difference is max|a - b| / max|b|. Exit code 1 when one is above
      --tolerance, or when an array is in one file only or has another shape.

      Example: smalti diff ours.npz theirs.npz --tolerance 1e-5
      """)

  @Argument(help: "The npz file to judge.")
  var file: String

  @Argument(help: "The npz file to judge it by.")
  var reference: String

  @Option(help: "The largest relative difference that is no difference.")
  var tolerance = 0.0

  @OptionGroup var options: GlobalOptions

  func run() throws {
    guard tolerance >= 0 else { throw Diagnostic.callTolerance(tolerance) }
    let (a, b) = (try NPZFile(reading: file), try NPZFile(reading: reference))
    let names = b.names + a.names.filter { !b.names.contains($0) }
    let arrays = try names.map { try ArrayDifference($0, a, b, tolerance) }
    options.report(arrays, Self.text(arrays))
    if arrays.contains(where: \.isTooLarge) { throw ExitCode(Ending.failed.rawValue) }
  }

  private static func text(_ arrays: [ArrayDifference]) -> String {
    var table = TextTable(heads: [
      ("array", .left), ("largest", .right), ("relative", .right), ("", .left),
    ])
    table.rows = arrays.map { array in
      [
        array.name, array.largest.map(NumberText.real) ?? "-",
        array.relative.map(NumberText.real) ?? "-",
        array.reason ?? (array.isTooLarge ? "above the tolerance" : ""),
      ]
    }
    return table.text()
  }
}

/// One array of two files.
struct ArrayDifference: Encodable {
  var name: String
  /// max|a − b|; nil where the arrays cannot be compared.
  var largest: Double?
  /// max|a − b| / max|b|.
  var relative: Double?
  /// Why the arrays cannot be compared.
  var reason: String?
  var isTooLarge: Bool

  init(_ name: String, _ a: NPZFile, _ b: NPZFile, _ tolerance: Double) throws(Diagnostic) {
    self.name = name
    isTooLarge = true
    guard a.names.contains(name) else {
      reason = "only in \(b.path)"
      return
    }
    guard b.names.contains(name) else {
      reason = "only in \(a.path)"
      return
    }
    let (left, right) = (try a.tensor(name), try b.tensor(name))
    guard left.shape == right.shape else {
      reason = "\(left.type) against \(right.type)"
      return
    }
    let relative = left.relativeDifference(to: right)
    self.relative = relative
    largest = Self.largest(left, right)
    isTooLarge = !(relative <= tolerance)
  }

  /// NaN against NaN is no difference, NaN against a number an infinite one.
  private static func largest(_ a: HostTensor, _ b: HostTensor) -> Double {
    zip(a.numbers, b.numbers).reduce(0) { largest, pair in
      if pair.0 == pair.1 || (pair.0.isNaN && pair.1.isNaN) { return largest }
      let difference = abs(pair.0 - pair.1)
      return max(largest, difference.isNaN ? .infinity : difference)
    }
  }
}
