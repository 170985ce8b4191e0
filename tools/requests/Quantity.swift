import Foundation

/// Numbers as people read them: three digits and a unit.
package enum Quantity {
  /// `1.31 MB`; decimal, as disks and bandwidths count.
  package static func bytes(_ count: Int) -> String {
    scaled(Double(count), "B", ["kB", "MB", "GB", "TB"])
  }

  /// `2.28 TFLOP`.
  package static func flops(_ count: Int) -> String {
    scaled(Double(count), "FLOP", ["kFLOP", "MFLOP", "GFLOP", "TFLOP"])
  }

  /// `10,998,788`.
  package static func count(_ value: Int) -> String {
    var groups: [Substring] = []
    var rest = Substring(String(value.magnitude))
    while rest.count > 3 {
      groups.insert(rest.suffix(3), at: 0)
      rest = rest.dropLast(3)
    }
    groups.insert(rest, at: 0)
    return (value < 0 ? "-" : "") + groups.joined(separator: ",")
  }

  /// `1.24 s`, `35.1 ms`, `812 µs`.
  package static func seconds(_ value: Double) -> String {
    if value >= 1 { return digits(value) + " s" }
    if value >= 1e-3 { return digits(value * 1e3) + " ms" }
    return digits(value * 1e6) + " µs"
  }

  /// Three significant digits, never an exponent for the sizes that occur here.
  package static func digits(_ value: Double) -> String {
    let places = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
    return String(format: "%.\(places)f", value)
  }

  private static func scaled(_ value: Double, _ unit: String, _ units: [String]) -> String {
    guard value >= 1000 else { return "\(Int(value)) \(unit)" }
    var value = value / 1000
    var position = 0
    while value >= 999.5, position < units.count - 1 {
      value /= 1000
      position += 1
    }
    return "\(digits(value)) \(units[position])"
  }
}

package extension Duration {
  var seconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}

/// Columns of text: numbers to the right, words to the left.
package struct TextTable {
  package enum Side { case left, right }
  package var heads: [(name: String, side: Side)]
  package var rows: [[String]] = []

  package init(heads: [(name: String, side: Side)], rows: [[String]] = []) {
    self.heads = heads
    self.rows = rows
  }

  package func text(indent: String = "  ") -> String {
    let all = [heads.map(\.name)] + rows
    let widths = heads.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    let lines = all.map { row in
      let cells = heads.indices.map { column in
        let padding = String(repeating: " ", count: widths[column] - row[column].count)
        return heads[column].side == .left ? row[column] + padding : padding + row[column]
      }
      let line = indent + cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
    return lines.joined(separator: "\n")
  }
}
