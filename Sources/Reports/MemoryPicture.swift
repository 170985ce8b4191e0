import Foundation

/// Buffers as rectangles: from left to right the steps in which they are alive, from bottom to top
/// the bytes of the arena that they fill.
struct MemoryPicture {
  let buffers: [RegionPage.Buffer]
  let arena: RegionPage.Amount
  let stepCount: Int

  private static let (left, right, top, bottom) = (72.0, 888.0, 12.0, 332.0)

  private func x(_ step: Int) -> Double {
    Self.left + Double(step) / Double(max(stepCount, 1)) * (Self.right - Self.left)
  }

  private func y(_ offset: Double) -> Double {
    Self.bottom - offset / max(arena.value, 1) * (Self.bottom - Self.top)
  }

  var html: HTML {
    .element(
      "svg",
      [
        ("class", "plot"), ("viewBox", "0 0 900 372"), ("role", "img"),
        ("aria-label", "\(buffers.count) buffers in \(arena.text) over \(stepCount) steps"),
      ]
    ) {
      axes
      for (index, buffer) in buffers.enumerated() { rectangle(buffer, Palette.slot(index)) }
    }
  }

  private func rectangle(_ buffer: RegionPage.Buffer, _ colour: Palette.Colour) -> HTML {
    let (left, right) = (x(buffer.steps.lowerBound), x(buffer.steps.upperBound + 1))
    let low = y(buffer.offset.value)
    let high = y(buffer.offset.value + buffer.bytes.value)
    let life = "steps \(buffer.steps.lowerBound) to \(buffer.steps.upperBound)"
    return .element("g", class: "buffer") {
      HTML.element(
        "rect",
        [
          ("x", place(left)), ("y", place(high)), ("width", place(max(right - left, 1))),
          ("height", place(max(low - high, 0.5))), ("fill", colour.css),
        ]
      ) {
        HTML.element("title") {
          "\(buffer.name): \(buffer.bytes.text) at \(buffer.offset.text), \(life)"
        }
      }
      // Words where they fit; about six pixels a letter.
      if low - high >= 14, right - left >= Double(buffer.bytes.text.count) * 6 + 6 {
        HTML.element(
          "text",
          [
            ("x", place((left + right) / 2)), ("y", place((low + high) / 2 + 4)),
            ("text-anchor", "middle"),
            ("style", "fill:\(colour.wantsBlackText ? "#000" : "#fff")"),
          ]
        ) { buffer.bytes.text }
      }
    }
  }

  private var axes: HTML {
    // At most some 16 numbers.
    let distance =
      [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000]
      .first { stepCount / $0 <= 16 } ?? stepCount
    return .element("g", class: "grid") {
      HTML.element(
        "path", [("d", "M\(place(Self.left)) \(place(Self.top))V\(place(Self.bottom))H888")])
      for step in stride(from: 0, through: stepCount, by: distance) {
        HTML.element("path", [("d", "M\(place(x(step))) 332v5")])
        caption("\(step)", x(step), 350, "middle")
      }
      caption("step", 480, 367, "middle")
      caption("0", 66, Self.bottom + 4, "end")
      caption(arena.text, 66, Self.top + 8, "end")
    }
  }

  private func caption(_ text: String, _ x: Double, _ y: Double, _ anchor: String) -> HTML {
    .element("text", [("x", place(x)), ("y", place(y)), ("text-anchor", anchor)]) { text }
  }
}
