import PageReports
import Testing

@Suite("A page about regions")
struct RegionPageTests {
  /// A chain of regions, every fourth of which is also read three regions later; whatever a page can
  /// show is there.
  static func page(_ count: Int, measured: Bool = true) -> RegionPage {
    typealias Amount = RegionPage.Amount
    var page = RegionPage(
      title: "A network", source: "made for a test",
      roof: RegionPage.Roof(
        peak: Amount(80e9, "80 GFLOP/s, measured peak"),
        bandwidth: Amount(10e9, "10 GB/s, stated")))
    page.facts = [("\(count)", "regions")]
    page.notes = ["One remark."]
    page.stepCount = count
    page.arena = Amount(Double(2 * count) * 1e6, "arena-size")
    page.command = "smalti explain a --html b"
    for index in 0..<count {
      var region = RegionPage.Region(label: "\(index)", name: "block.\(index)")
      region.nodes = (0...min(index, 2)).map { "block.\(index)/node.\($0)" }
      region.summary = "summary.\(index)"
      region.facts = [("axes", "axes.\(index)")]
      region.flops = Amount(Double(index) * 1e8, "flops.\(index)")
      region.bytes = Amount(1e6 * Double(1 + index % 5), "bytes.\(index)")
      region.unfusedBytes = Amount(9e6, "unfused.\(index)")
      region.predictedSeconds = Amount(1e-3, "predicted.\(index)")
      if measured {
        region.measuredSeconds = Amount(2e-3 * Double(1 + index % 3), "measured.\(index)")
        region.rate = Amount(5e10, "rate.\(index)")
        region.percentOfPeak = 62.5
      }
      region.timeShare = Double(1 + index % 3) / Double(2 * count)
      if index > 0 {
        region.cuts = [
          RegionPage.Cut(reason: "reason.\(index % 3)", edges: ["edge.\(index)"])
        ]
        let far = index % 4 == 1 && index + 2 < count ? [index + 2] : []
        page.flows.append(
          RegionPage.Flow(
            from: index - 1, to: [index] + far, label: "flow.\(index)", title: "buffer.\(index)"))
        page.buffers.append(
          RegionPage.Buffer(
            "buffer.\(index)", offset: Amount(Double(index % 2) * 1e6, "offset.\(index)"),
            bytes: Amount(1e6, "size.\(index)"), steps: (index - 1)...(far.last ?? index)))
      }
      page.regions.append(region)
    }
    page.preparedRegions = [RegionPage.Region(label: "p0", name: "prepared.0")]
    return page
  }

  @Test("is well-formed and complete for every number of regions", arguments: [0, 1, 2, 14, 40])
  func isComplete(_ count: Int) {
    let page = Self.page(count)
    let html = page.html
    #expect(markupFaults(in: html) == [])
    for (index, region) in page.regions.enumerated() {
      for part in [
        "block", "summary", "axes", "flops", "bytes", "unfused", "predicted", "measured",
      ] {
        // Flops of none are a dash.
        guard part != "flops" || index > 0 else { continue }
        #expect(html.contains("\(part).\(index)"), "\(part).\(index)")
      }
      for node in region.nodes { #expect(html.contains(node)) }
    }
    for index in page.regions.indices.dropFirst() {
      for part in ["flow", "buffer", "offset", "size", "reason", "edge"] {
        let number = part == "reason" ? index % 3 : index
        #expect(html.contains("\(part).\(number)"), "\(part).\(number)")
      }
    }
    #expect(html.contains("prepared.0"))
    #expect(html.ranges(of: "<circle").count == max(count - 1, 0))
    #expect(html.ranges(of: "<rect").count == max(count - 1, 0))
    #expect(html == page.html)
  }

  @Test("says whether its times are measured")
  func saysWhatTimesAre() {
    #expect(Self.page(3).html.contains("part of the measured time"))
    let predicted = Self.page(3, measured: false).html
    #expect(predicted.contains("part of the predicted time"))
    #expect(!predicted.contains("of peak"))
  }

  @Test("refers to nothing outside itself, and has no script")
  func isSelfContained() {
    let html = Self.page(6).html
    for word in ["http", "//", "@import", "<link", "url(", "<script"] {
      #expect(!html.contains(word), "\(word)")
    }
  }

  @Test("escapes every text that it is given")
  func escapes() {
    let hostile = "</style></svg><img src=x onerror=alert(1)>\"'&\u{0}"
    var page = Self.page(3)
    page.title = hostile
    page.source = hostile
    page.facts = [(hostile, hostile)]
    page.notes = [hostile]
    page.command = hostile
    page.arena.text = hostile
    page.roof.peak.text = hostile
    page.roof.bandwidth.text = hostile
    page.regions[1].name = hostile
    page.regions[1].nodes = [hostile]
    page.regions[1].summary = hostile
    page.regions[1].facts = [(hostile, hostile)]
    page.regions[1].bytes.text = hostile
    page.regions[1].cuts = [RegionPage.Cut(reason: hostile, edges: [hostile])]
    page.flows[0].label = hostile
    page.flows[0].title = hostile
    page.buffers[0].name = hostile
    page.buffers[0].bytes.text = hostile
    let html = page.html
    #expect(!html.contains("<img"))
    #expect(!html.unicodeScalars.contains("\0"))
    #expect(markupFaults(in: html) == [])
  }

  @Test("survives numbers that are none", arguments: [Double.nan, .infinity, -.infinity, -1, 0])
  func survivesOddNumbers(_ number: Double) {
    var page = Self.page(4)
    let odd = RegionPage.Amount(number, "odd")
    page.arena = odd
    page.roof = RegionPage.Roof(peak: odd, bandwidth: odd)
    for index in page.regions.indices {
      page.regions[index].flops = odd
      page.regions[index].bytes = odd
      page.regions[index].measuredSeconds = odd
      page.regions[index].timeShare = number
      page.regions[index].percentOfPeak = number
    }
    for index in page.buffers.indices { page.buffers[index].bytes = odd }
    #expect(markupFaults(in: page.html) == [])
    let body = page.html.split(separator: "<body>").last ?? ""
    #expect(!body.contains("nan"))
    #expect(!body.contains("inf"))
  }

  /// Three regions and every set of up to four flows between them.
  @Test("lines that are alive at the same time never share a lane")
  func lanes() {
    let all = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)].map { from, to in
      RegionPage.Flow(from: from, to: [to], label: "", title: "")
    }
    for chosen in 1..<(1 << all.count) {
      let flows = all.indices.filter { chosen >> $0 & 1 == 1 }.map { all[$0] }
      let lanes = RegionDiagram.lanes(flows)
      for first in flows.indices {
        for second in flows.indices where second > first && lanes[first] == lanes[second] {
          let (a, b) = (flows[first], flows[second])
          #expect(a.to[0] <= b.from || b.to[0] <= a.from)
        }
      }
    }
  }
}
