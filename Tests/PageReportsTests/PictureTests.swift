import PageReports
import TensorCore
import Testing

@Suite("Pictures of a report")
struct PictureTests {
  @Test("hold the clip and the reconstruction, frame beside frame")
  func drawsClip() throws {
    let report = smallReport()
    let page = try report.html()
    let bytes = report.clip.integers.map(Int.init)
    for name in ["clip", "reconstruction"] {
      let picture = try sheet(name, in: page)
      #expect((picture.height, picture.width) == (2, 6))
      for (frame, y, x) in positions(2, 2, 3) {
        let start = ((frame * 2 + y) * 3 + x) * 3
        #expect(picture[frame * 3 + x, y] == Array(bytes[start..<start + 3]))
      }
    }
  }

  @Test("hold the colour of the slot of largest weight")
  func drawsSegmentation() throws {
    let picture = try sheet("segmentation", in: smallReport().html())
    #expect((picture.height, picture.width) == (2, 6))
    for (frame, y, x) in positions(2, 2, 3) {
      let colour = Palette.slots[(frame + y * 3 + x) % 3]
      #expect(picture[frame * 3 + x, y] == channels(colour))
    }
  }

  @Test("hold each slot's weight, and its picture times it, beside the largest weight")
  func drawsSlots() throws {
    let report = smallReport()
    let page = try report.html()
    let (weights, pixels) = (report.weights.numbers, report.pixels.numbers)
    for slot in 0..<3 {
      let picture = try sheet("slot-\(slot)", in: page)
      let weight = try sheet("weight-\(slot)", in: page)
      #expect((picture.height, picture.width) == (2, 6))
      #expect((weight.height, weight.width) == (2, 6))
      for (frame, y, x) in positions(2, 2, 3) {
        let index = ((frame * 3 + slot) * 2 + y) * 3 + x
        let part = weights[index] / 0.5
        #expect(weight[frame * 3 + x, y] == [Int](repeating: byte(part), count: 3))
        #expect(picture[frame * 3 + x, y] == (0..<3).map { byte(pixels[index * 3 + $0] * part) })
      }
    }
    #expect(page.contains("White is the largest weight anywhere, 0.5."))
  }

  @Test("are clipped to what a screen can show")
  func clips() throws {
    var report = smallReport()
    report.reconstruction = report.reconstruction
      .setting(0, to: -.infinity).setting(1, to: 2).setting(2, to: .infinity).setting(3, to: -3)
    let picture = try sheet("reconstruction", in: report.html())
    #expect(picture[0, 0] == [0, 255, 255])
    #expect(picture[1, 0][0] == 0)
  }

  @Test("mark NaN in magenta, and the page counts it and names the first")
  func marksNaN() throws {
    var report = smallReport()
    #expect(try !report.html().contains("NaN"))
    // [T, H, W, 3] = [2, 2, 3, 3]: frame 1, row 0, column 2, channel 1; and one later.
    report.reconstruction = report.reconstruction.setting(25, to: .nan).setting(27, to: .nan)
    // [T, K, H, W] = [2, 3, 2, 3]: frame 0, slot 1, row 1, column 2.
    report.weights = report.weights.setting(11, to: .nan)
    report.objectLatents.mean = report.objectLatents.mean.setting(3, to: .nan)
    let page = try report.html()
    let magenta = [255, 0, 255]
    let reconstruction = try sheet("reconstruction", in: page)
    #expect(reconstruction[5, 0] == magenta)
    #expect(reconstruction[3, 1] == magenta)
    #expect(reconstruction[4, 0] != magenta)
    #expect(try sheet("segmentation", in: page)[2, 1] == magenta)
    #expect(try sheet("slot-1", in: page)[2, 1] == magenta)
    #expect(try sheet("weight-1", in: page)[2, 1] == magenta)
    #expect(try sheet("weight-0", in: page)[2, 1] != magenta)
    for sentence in [
      "Reconstruction: 2 values are NaN, drawn in magenta; the first at frame 1, row 0, column 2, "
        + "channel 1.",
      "Weights: 1 value is NaN, drawn in magenta; the first at frame 0, slot 1, row 1, column 2.",
      "Object means: 1 value is NaN, drawn in magenta; the first at slot 1, channel 1.",
    ] {
      #expect(page.contains(sentence))
    }
  }

  @Test("are all PNG files that our reader accepts, as many as there should be")
  func decodes() throws {
    let page = try smallReport().html()
    let pictures = try addresses(in: page).map { try Decoded(address: $0) }
    let sizes = pictures.map { [$0.height, $0.width] }
    #expect(
      sizes == [[Int]](repeating: [2, 6], count: 3 + 2 * 3) + [[3, 2], [3, 2], [2, 2], [2, 2]])
  }

  @Test("share pixels: parts of all frames, a tie goes to the first slot, NaN to none")
  func shares() {
    let weights = HostTensor(
      TensorType(.f32, [1, 2, 1, 4]), reals: [1, 3, 2, .nan, 1, 4, 1, 9])
    let segmentation = Segmentation(weights)
    #expect(segmentation.labels == [0, 1, 0, nil])
    #expect(segmentation.shares == [0.5, 0.25])
    #expect(segmentation.peak == 4)
    #expect(Segmentation(HostTensor(TensorType(.f32, [1, 2, 1, 1]), repeating: 0)).peak == 1)
  }

  @Test("take fewer pixels when there are too many, and whole screen pixels")
  func steps() {
    func strip(_ frames: Int, _ side: Int, _ limit: Int, _ sideLimit: Int = 99) -> Filmstrip {
      Filmstrip(
        frames: frames, height: side, width: side, bytesPerPixel: 10, byteLimit: limit,
        sideLimit: sideLimit)
    }
    #expect(strip(2, 6, 720).step == 1)
    #expect(strip(2, 6, 719).step == 2)
    #expect(strip(2, 6, 719).drawnWidth == 3)
    #expect(strip(2, 6, 1).step == 8)
    #expect(strip(2, 6, 720, 11).step == 2)
    let halves = strip(1, 5, 249).drawn { _, pixel in Palette.Colour(UInt32(pixel)) }
    #expect((0..<3).map { Int(halves[$0, 1].blue) } == [10, 12, 14])
    #expect(strip(1, 6, 720).shown(near: 128) == (126, 126))
    #expect(strip(1, 60, 1 << 20).shown(near: 50) == (50, 50))
  }

  private func positions(_ frames: Int, _ height: Int, _ width: Int) -> [(Int, Int, Int)] {
    (0..<frames * height * width).map { ($0 / width / height, $0 / width % height, $0 % width) }
  }

  private func channels(_ colour: Palette.Colour) -> [Int] {
    [colour.red, colour.green, colour.blue].map(Int.init)
  }

  private func byte(_ part: Double) -> Int { Int((part * 255).rounded()) }
}
