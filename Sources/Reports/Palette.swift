import Foundation

/// Colours that mean the same on every page: slot 3 looks alike in all reports.
package enum Palette {
  /// One 8-bit sRGB colour.
  package struct Colour: Hashable, Sendable {
    package var red: UInt8
    package var green: UInt8
    package var blue: UInt8

    /// From `0xRRGGBB`.
    package init(_ code: UInt32) {
      red = UInt8(truncatingIfNeeded: code >> 16)
      green = UInt8(truncatingIfNeeded: code >> 8)
      blue = UInt8(truncatingIfNeeded: code)
    }

    /// As style sheets write it: `#0066cc`.
    package var css: String {
      "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The colour `part` of the way to `other`, per channel; `part` in [0, 1].
    package func mixed(with other: Colour, part: Double) -> Colour {
      var result = self
      for channel in [\Colour.red, \.green, \.blue] {
        let (from, to) = (Double(self[keyPath: channel]), Double(other[keyPath: channel]))
        result[keyPath: channel] = UInt8((from + (to - from) * part).rounded())
      }
      return result
    }

    /// Whether black text reads better on it than white: the relative luminance of WCAG 2 is above
    /// 0.179, where both contrasts are equal (sRGB's curve taken as the power 2.2).
    package var wantsBlackText: Bool {
      let linear = [red, green, blue].map { pow(Double($0) / 255, 2.2) }
      return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.179
    }
  }

  /// The colour of places that hold no number. No slot looks like it.
  package static let notANumber = Colour(0xFF00FF)

  /// Chosen greedily from the 16^3 grid of web colours, each next one the farthest from magenta and
  /// from all before it: the distance is the smallest of OKLab distances (Ottosson, "A perceptual
  /// color space for image processing", 2020) as seen with normal vision, with protanopia and
  /// with deuteranopia (Machado, Oliveira and Fernandes, "A Physiologically-based Model for
  /// Simulation of Color Vision Deficiency", 2009). Grays, near-blacks and near-whites were left
  /// out. The order is part of the meaning: earlier ones differ more.
  package static let slots: [Colour] = [
    0x0066CC, 0xFFEE00, 0xBB0000, 0xFFCCFF, 0x99AA77, 0x661166, 0xAA6688, 0x1100BB, 0xFF88DD,
    0x99CC00, 0xCC6600, 0xFFDDAA, 0x116644, 0x993388, 0x771100, 0x0000FF, 0x4488BB, 0xFFAABB,
    0x77BBFF, 0x22AAAA,
  ].map(Colour.init)

  /// The colour of a slot. Beyond the table colours return, a third darker each time; the number
  /// beside every colour tells them apart.
  package static func slot(_ index: Int) -> Colour {
    var colour = slots[index % slots.count]
    for _ in 0..<min(index / slots.count, 4) {
      colour = colour.mixed(with: Colour(0), part: 1.0 / 3)
    }
    return colour
  }

  /// The colours of curves, all of them of slots: of those that have a contrast of 3 with light pages,
  /// the six that stay farthest apart, by the distance of ``slots``, there and as
  /// ``curve(_:isDark:)`` has them.
  package static let curves: [Colour] = [
    0x0066CC, 0xCC6600, 0x661166, 0xBB0000, 0xAA6688, 0x993388,
  ].map(Colour.init)

  /// The colour of a curve, on dark pages lighter, with a contrast of 3 as well. Beyond the table
  /// colours return.
  package static func curve(_ index: Int, isDark: Bool) -> Colour {
    curves[index % curves.count].mixed(with: Colour(0xFFFFFF), part: isDark ? 0.3 : 0)
  }

  /// Blue below, white at 0, red above: the ends and the middle of "RdBu" of ColorBrewer (Brewer,
  /// 2003), which stay apart for colour-blind eyes.
  package static let diverging = (
    low: Colour(0x2166AC), middle: Colour(0xF7F7F7), high: Colour(0xB2182B)
  )

  /// The colour of `value` on the diverging scale from `-limit` to `limit`; NaN has its own.
  package static func diverging(_ value: Double, limit: Double) -> Colour {
    guard !value.isNaN else { return notANumber }
    let part = min(max(value / limit, -1), 1)
    let end = part < 0 ? diverging.low : diverging.high
    return diverging.middle.mixed(with: end, part: abs(part))
  }
}
