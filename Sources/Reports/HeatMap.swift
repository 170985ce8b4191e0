import Foundation
import TensorCore

/// A matrix as coloured cells on a diverging scale around 0, with a legend.
package struct HeatMap: Sendable {
  package var title: String
  package var remark: String
  /// What a row is: `slot` or `frame`.
  package var row: String
  /// `[rows, columns]`
  package var matrix: HostTensor
  /// Whether the values are logarithms: then legend and tooltips show their exponentials, and
  /// white is 1.
  package var isLogarithm: Bool

  package init(
    title: String, remark: String, row: String, matrix: HostTensor, isLogarithm: Bool = false
  ) {
    self.title = title
    self.remark = remark
    self.row = row
    self.matrix = matrix
    self.isLogarithm = isLogarithm
  }

  /// The largest finite magnitude, at which the scale ends; 1 when there is none.
  package var limit: Double {
    let largest = matrix.numbers.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
    return largest > 0 ? largest : 1
  }

  /// One pixel for each cell.
  package var picture: Picture {
    let (values, limit) = (matrix.numbers, self.limit)
    let (rows, columns) = (matrix.shape[0], matrix.shape[1])
    var picture = Picture(width: columns, height: rows)
    for y in 0..<rows {
      for x in 0..<columns {
        picture[x, y] = Palette.diverging(values[y * columns + x], limit: limit)
      }
    }
    return picture
  }

  /// As people read it: three digits, the exponential if the values are logarithms.
  private func shown(_ value: Double) -> String {
    let value = isLogarithm ? exp(value) : value
    return value.isNaN ? "NaN" : String(format: "%.3g", value)
  }

  /// - Errors: those of ``Picture/address()``.
  package func html() throws(Diagnostic) -> HTML {
    let address = try picture.address()
    let (rows, columns) = (matrix.shape[0], matrix.shape[1])
    let cell = min(max(512 / columns, 4), 28)
    let size = [("width", "\(columns * cell)"), ("height", "\(rows * 14)")]
    return .element("figure", class: "heat") {
      HTML.element("figcaption") {
        HTML.element("b") { title }
        " – \(remark)"
      }
      HTML.element("div", class: "matrix") {
        HTML.element("div", class: "rows") {
          for index in 0..<rows { HTML.element("span") { "\(index)" } }
        }
        HTML.element(
          "div",
          [
            ("class", row == "frame" ? "cells frames" : "cells"), ("data-row", row),
            ("data-columns", "\(columns)"), ("data-values", values),
          ]
        ) {
          HTML.element("img", [("src", address), ("alt", "\(title): \(rows) x \(columns)")] + size)
        }
      }
      HTML.element("div", class: "legend") {
        HTML.element("span") { shown(-limit) }
        HTML.element("i")
        HTML.element("span") { "\(shown(limit)) (white: \(isLogarithm ? "1" : "0"))" }
        HTML.element("output")
      }
    }
  }

  private var values: String { matrix.numbers.map(shown).joined(separator: " ") }
}
