import Goldens
import PageReports
import TensorCore
import Testing

@Suite("The report of a segmentation")
struct SegmentationReportTests {
  @Test("says what it always said")
  func golden() throws {
    let text = try outline(of: smallReport().html())
    #expect(try Golden("small.html.txt").mismatch(text) == nil)
  }

  @Test("is the same text every time")
  func isDeterministic() throws {
    #expect(try smallReport().html() == smallReport().html())
  }

  @Test(
    "is well-formed for every number of frames and slots",
    arguments: [(1, 1), (1, 3), (4, 1), (2, 23)])
  func isWellFormed(frames: Int, slots: Int) throws {
    let page = try smallReport(frames: frames, slots: slots, height: 3, width: 1).html()
    #expect(markupFaults(in: page) == [])
    let clip = try sheet("clip", in: page)
    #expect((clip.height, clip.width) == (3, frames))
    let last = try sheet("weight-\(slots - 1)", in: page)
    #expect((last.height, last.width) == (3, frames))
    #expect(page.contains("steps(\(frames),end)"))
    #expect(page.contains("All frames") == (frames > 1))
  }

  @Test("refers to nothing outside itself")
  func isSelfContained() throws {
    let page = try smallReport().html()
    for word in ["http", "//", "@import", "<link", "fetch(", "import("] {
      let rest = addresses(in: page).reduce(page) { $0.replacing($1, with: "") }
      #expect(!rest.contains(word), "\(word)")
    }
    for match in page.matches(of: /(src="|url\()(.{5})/) { #expect(match.output.2 == "data:") }
  }

  @Test("escapes every text that it is given")
  func escapes() throws {
    let hostile = "</style></script><img src=x onerror=alert(1)>\"'&\u{0}"
    var report = smallReport()
    report.title = hostile
    report.source = hostile
    report.model = SegmentationReport.Model(
      name: hostile, preset: hostile, parameterCount: 1,
      options: [SegmentationReport.Option(hostile, hostile)])
    report.weightsNote = hostile
    report.times = [SegmentationReport.Time(hostile, milliseconds: 1)]
    report.machine = hostile
    report.notes = [hostile]
    report.command = hostile
    let page = try report.html()
    #expect(!page.contains("<img src=x"))
    #expect(!page.unicodeScalars.contains("\0"))
    #expect(markupFaults(in: page) == [])
    let escaped =
      "&lt;/style&gt;&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;\u{FFFD}"
    // The title stands in the head and in the page; every other text once.
    #expect(page.ranges(of: escaped).count == 12)
  }

  @Test("survives numbers that are none", arguments: [Double.nan, .infinity, -1, 0])
  func survivesOddNumbers(_ number: Double) throws {
    var report = smallReport()
    report.times = [
      SegmentationReport.Time(
        "a", milliseconds: number, gigaflopsPerSecond: number, percentOfPeak: number)
    ]
    report.framesPerSecond = number
    for part in [\SegmentationReport.clip, \.reconstruction, \.weights, \.pixels] {
      guard report[keyPath: part].element.isFloating else { continue }
      report[keyPath: part] = HostTensor(report[keyPath: part].type, repeating: number)
    }
    let page = try report.html()
    #expect(markupFaults(in: page) == [])
    let seconds = try #require(page.firstMatch(of: /--seconds:([0-9.]+)s/))
    #expect(try #require(Double(seconds.output.1)) > 0)
    _ = try addresses(in: page).map { try Decoded(address: $0) }
  }

  @Test("stays small at the published size, even for noise")
  func isSmall() throws {
    var state: UInt64 = 1
    func noise(_ shape: Shape) -> HostTensor {
      let values = (0..<shape.count).map { _ in
        // Knuth's MMIX generator; the upper half is random enough not to compress.
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 32) * 0x1p-32
      }
      return HostTensor(TensorType(.f32, shape), converting: values)
    }
    var report = smallReport(frames: 16, slots: 16, height: 64, width: 64)
    report.clip = noise([16, 64, 64, 3])
    report.reconstruction = noise([16, 64, 64, 3])
    report.weights = noise([16, 16, 64, 64])
    report.pixels = noise([16, 16, 64, 64, 3])
    let page = try report.html()
    #expect(page.utf8.count < 8_000_000)
    #expect(!page.contains("is drawn along each side"))
    let clip = try sheet("clip", in: page)
    #expect((clip.height, clip.width) == (64, 16 * 64))
  }

  @Test("draws fewer pixels of a clip that is too large, and says so")
  func drawsFewerPixels() throws {
    let page = try smallReport(frames: 1, slots: 1, height: 1, width: 40000).html()
    let clip = try sheet("clip", in: page)
    #expect((clip.height, clip.width) == (1, 20000))
    #expect(page.contains("One pixel in 2 is drawn along each side, to keep this page small."))
  }
}

// MARK: - Refusals
extension SegmentationReportTests {
  @Test("refuses shapes that do not agree, naming the part and both shapes")
  func refusesShapes() {
    func expectRefusal(_ parts: [String], _ change: (inout SegmentationReport) -> Void) {
      var report = smallReport()
      change(&report)
      let error = #expect(throws: Diagnostic.self) { try report.html() }
      #expect(error?.code == "report.shape")
      #expect(error?.help != nil)
      for part in parts { #expect(error?.description.contains(part) == true, "\(part)") }
    }
    let odd = HostTensor(TensorType(.f32, [2, 2]), repeating: 0)
    expectRefusal(["clip", "[2, 2, 3, 3]", "f32[2, 2]"]) { $0.clip = odd }
    expectRefusal(["reconstruction", "[2, 2, 3, 3]"]) { $0.reconstruction = odd }
    expectRefusal(["weights", "[T, K, H, W]"]) { $0.weights = odd }
    expectRefusal(["weights", "f32[2, 3, 0, 3]"]) {
      $0.weights = HostTensor(TensorType(.f32, [2, 3, 0, 3]), repeating: 0)
    }
    expectRefusal(["pixels", "[2, 3, 2, 3, 3]"]) { $0.pixels = odd }
    expectRefusal(["object means", "[3, 2]"]) { $0.objectLatents.mean = odd }
    expectRefusal(["object deviations", "[3, 2]"]) { $0.objectLatents.logStd = odd }
    expectRefusal(["frame means", "[2, 1]", "f32[2, 0]"]) {
      $0.frameLatents.mean = HostTensor(TensorType(.f32, [2, 0]), repeating: 0)
    }
    expectRefusal(["frame deviations", "[2, 2]", "f32[2, 3]"]) {
      $0.frameLatents.logStd = HostTensor(TensorType(.f32, [2, 3]), repeating: 0)
    }
  }

  @Test("refuses pictures of integers other than u8")
  func refusesElements() {
    var report = smallReport()
    report.clip = report.clip.cast(to: .i32)
    let error = #expect(throws: Diagnostic.self) { try report.html() }
    #expect(error?.code == "report.element")
    #expect(error?.description.contains("clip needs u8 or a floating type, got i32") == true)
  }
}
