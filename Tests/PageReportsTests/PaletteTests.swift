import Foundation
import PageReports
import TensorCore
import Testing

@Suite("Colours")
struct PaletteTests {
  @Test("of slots stay apart, also from magenta, for normal and for red-green blind eyes")
  func staysApart() {
    let colours = Palette.slots + [Palette.notANumber]
    #expect(Palette.slots.count >= 16)
    for (index, left) in colours.enumerated() {
      for right in colours[..<index] {
        for eyes in [Self.normal, Self.protanopia, Self.deuteranopia] {
          let distance = Self.distance(left, right, eyes)
          // 0.02 is just visible; 0.07 is seen at a glance.
          #expect(distance > 0.07, "\(left.css) and \(right.css)")
        }
      }
    }
  }

  @Test("of curves stay apart and can be seen, on light and on dark pages")
  func curves() {
    let pages = [
      (isDark: false, papers: [Palette.Colour(0xFFFFFF), Palette.Colour(0xF6F6F3)]),
      (isDark: true, papers: [Palette.Colour(0x1D1F23), Palette.Colour(0x131417)]),
    ]
    for (isDark, papers) in pages {
      let colours = Palette.curves.indices.map { Palette.curve($0, isDark: isDark) }
      for (index, left) in colours.enumerated() {
        for paper in papers { #expect(Self.contrast(left, paper) >= 3, "\(left.css)") }
        for right in colours[..<index] {
          for eyes in [Self.normal, Self.protanopia, Self.deuteranopia] {
            #expect(Self.distance(left, right, eyes) > 0.07, "\(left.css) and \(right.css)")
          }
        }
      }
    }
    #expect(Set(Palette.curves).isSubset(of: Palette.slots))
    #expect(Palette.curve(6, isDark: false) == Palette.curve(0, isDark: false))
  }

  @Test("of slots never change, and return darker beyond the table")
  func isStable() {
    let first = (0..<4).map { Palette.slot($0).css }
    #expect(first == ["#0066cc", "#ffee00", "#bb0000", "#ffccff"])
    #expect(Palette.slot(19).css == "#22aaaa")
    #expect(Palette.slot(20).css == "#004488")
    #expect(Palette.slot(1_000_001).css == Palette.slot(81).css)
  }

  @Test("of the scale are white at 0, symmetric, clamped, and magenta for NaN")
  func diverges() {
    func code(_ value: Double) -> String { Palette.diverging(value, limit: 2).css }
    #expect([-2, 0, 2].map(code) == ["#2166ac", "#f7f7f7", "#b2182b"])
    #expect(code(1) == "#d58891")
    #expect(code(-.infinity) == code(-2))
    #expect(code(7) == code(2))
    #expect(code(.nan) == "#ff00ff")
  }

  @Test("carry text that can be read")
  func textContrast() {
    #expect(Palette.Colour(0xFFEE00).wantsBlackText)
    #expect(Palette.Colour(0x99AA77).wantsBlackText)
    #expect(!Palette.Colour(0x0066CC).wantsBlackText)
    #expect(!Palette.Colour(0xBB0000).wantsBlackText)
  }

  @Test("of a heat map: one pixel a cell, the legend at the largest magnitude")
  func heatMap() throws {
    let matrix = HostTensor(
      TensorType(.f32, [2, 3]), reals: [-4, 0, 2, .nan, .infinity, 4])
    var map = HeatMap(title: "<m>", remark: "r", row: "slot", matrix: matrix)
    #expect(map.limit == 4)
    let picture = map.picture
    #expect((picture.width, picture.height) == (3, 2))
    let cells = (0..<6).map { picture[$0 % 3, $0 / 3].css }
    #expect(cells == ["#2166ac", "#f7f7f7", "#d58891", "#ff00ff", "#b2182b", "#b2182b"])
    #expect(try map.html().page.contains("data-values=\"-4 0 2 NaN inf 4\""))
    map.isLogarithm = true
    let page = try map.html().page
    #expect(page.contains("<span>0.0183</span>"))
    #expect(page.contains("<span>54.6 (white: 1)</span>"))
    #expect(page.contains("<b>&lt;m&gt;</b>"))
  }
}

// MARK: - Eyes: linear sRGB as seen, by Machado, Oliveira and Fernandes (2009), severity 1
extension PaletteTests {
  static let normal = [[1.0, 0, 0], [0, 1, 0], [0, 0, 1]]
  static let protanopia = [
    [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ]
  static let deuteranopia = [
    [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
    [-0.011820, 0.042940, 0.968881],
  ]

  static func distance(
    _ left: Palette.Colour, _ right: Palette.Colour, _ eyes: [[Double]]
  ) -> Double {
    let squares = zip(lab(left, eyes), lab(right, eyes)).map { ($0 - $1) * ($0 - $1) }
    return squares.reduce(0, +).squareRoot()
  }

  /// The contrast of WCAG 2.
  static func contrast(_ left: Palette.Colour, _ right: Palette.Colour) -> Double {
    let luminances = [left, right].map { colour in
      product([[0.2126, 0.7152, 0.0722]], linear(colour))[0] + 0.05
    }
    return max(luminances[0], luminances[1]) / min(luminances[0], luminances[1])
  }

  private static func linear(_ colour: Palette.Colour) -> [Double] {
    [colour.red, colour.green, colour.blue].map { byte in
      let value = Double(byte) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
  }

  /// OKLab, with the matrices of its author, Björn Ottosson (2020).
  private static func lab(_ colour: Palette.Colour, _ eyes: [[Double]]) -> [Double] {
    let seen = product(eyes, linear(colour)).map { min(max($0, 0), 1) }
    let cones = product(
      [
        [0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
      ], seen
    ).map(cbrt)
    return product(
      [
        [0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
      ], cones)
  }

  private static func product(_ matrix: [[Double]], _ vector: [Double]) -> [Double] {
    matrix.map { row in zip(row, vector).map { $0 * $1 }.reduce(0, +) }
  }
}
