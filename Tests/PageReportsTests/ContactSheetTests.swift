import PageReports
import TensorCore
import Testing

@Suite("Contact sheets")
struct ContactSheetTests {
  /// Pictures of 2 x 4, all of one value each.
  private func sample(_ values: [UInt8], labels: [UInt8]?, background: Int = 1)
    -> ContactSheet.Sample
  {
    ContactSheet.Sample(
      height: 2, width: 4, pictures: values.map { [UInt8](repeating: $0, count: 24) },
      labels: labels.map { labels in values.map { _ in labels } }, backgroundLabels: background)
  }

  private func gray(_ colour: Palette.Colour) -> UInt8? {
    colour.red == colour.green && colour.green == colour.blue ? colour.red : nil
  }

  @Test("hold each sample's frames side by side, enlarged, with labels below")
  func draws() {
    let sheet = ContactSheet([sample([10, 20], labels: [0, 1, 2, 3, 4, 5, 0, 1], background: 2)])
    let picture = sheet.picture()
    // Each pixel is 32 x 32: 14 + 2 * 128 + 3 + 14 wide, 14 + 64 + 3 + 64 + 14 high.
    #expect((picture.width, picture.height) == (287, 159))
    #expect(gray(picture[13, 14]) == 255 && gray(picture[14, 13]) == 255)
    #expect(gray(picture[14, 14]) == 10 && gray(picture[141, 77]) == 10)
    #expect(gray(picture[142, 14]) == 255 && gray(picture[14, 78]) == 255)
    #expect(gray(picture[145, 14]) == 20 && gray(picture[272, 77]) == 20)
    #expect(gray(picture[273, 77]) == 255)
    for left in [14, 145] {
      let colours = (0..<8).map { place in
        picture[left + place % 4 * 32 + 31, 81 + place / 4 * 32]
      }
      // Two labels of background, both dark, and apart.
      let first = gray(colours[0]) ?? 255
      let second = gray(colours[1]) ?? 255
      #expect(first < second && second < 100)
      #expect(colours[2...5] == Palette.slots[0...3])
      #expect(colours[6] == colours[0] && colours[7] == colours[1])
    }
  }

  @Test("have at most 24 samples, and no row of labels where there are none")
  func limits() {
    let picture = ContactSheet((0..<30).map { sample([$0], labels: nil) }).picture()
    // 5 rows of 64 and 5 columns of 128 are as near to a square as 24 get: 5 x 128 by 5 x 64.
    #expect((picture.width - 14) % 142 == 0 && (picture.height - 14) % 78 == 0)
    let (columns, rows) = ((picture.width - 14) / 142, (picture.height - 14) / 78)
    #expect(columns * rows >= 24 && (columns - 1) * rows < 24)
    var values: [UInt8?] = []
    for row in 0..<rows {
      for column in 0..<columns { values.append(gray(picture[14 + column * 142, 14 + row * 78])) }
    }
    #expect(values == (0..<24).map(UInt8.init) + [UInt8](repeating: 255, count: values.count - 24))
  }

  @Test("are PNG pictures")
  func tensor() throws {
    let picture = ContactSheet([sample([7], labels: nil)]).picture()
    let tensor = try picture.tensor()
    #expect(tensor.type == .u8([92, 156, 3]))
    #expect(tensor.bytes == picture.bytes)
  }
}
