import Foundation

/// Regions as boxes one below the other, and lines beside them from each region that writes a buffer
/// to those that read it.
///
/// Every region is a row of its own with a drawing of its height, in which the lines that pass go on:
/// so text wraps and pages break between rows as everywhere else. Flows that are alive at the same
/// time get lanes of their own, short ones nearest to the boxes.
package struct RegionDiagram {
  let regions: [RegionPage.Region]
  let flows: [RegionPage.Flow]
  /// The lane of each flow.
  let lanes: [Int]

  init(_ regions: [RegionPage.Region], _ flows: [RegionPage.Flow]) {
    self.regions = regions
    self.flows = flows
    lanes = Self.lanes(flows)
  }

  /// Two flows may share a lane where one ends in the row in which the other begins: lines come in
  /// above the lines that go out.
  package static func lanes(_ flows: [RegionPage.Flow]) -> [Int] {
    func end(_ flow: Int) -> Int { flows[flow].to.last ?? flows[flow].from }
    func length(_ flow: Int) -> Int { end(flow) - flows[flow].from }
    var lanes = [Int](repeating: 0, count: flows.count)
    var taken: [[Range<Int>]] = []
    for flow in flows.indices.sorted(by: { (length($0), $0) < (length($1), $1) }) {
      let life = flows[flow].from..<end(flow)
      let lane = taken.firstIndex { !$0.contains { $0.overlaps(life) } } ?? taken.count
      if lane == taken.count { taken.append([]) }
      taken[lane].append(life)
      lanes[flow] = lane
    }
    return lanes
  }
}

// MARK: - Places, in pixels
extension RegionDiagram {
  private static let gap = 12
  private static let portDistance = 15
  /// Room for the words beside a line.
  private static let labelWidth = 72
  private static let laneDistance = 12

  private func height(_ row: Int) -> Int {
    let text = regions[row].summary.isEmpty ? 58 : 80
    let ports = arriving(row).count + leaving(row).count
    return max(text, ports * Self.portDistance + 16)
  }

  private var width: Int { Self.labelWidth + ((lanes.max() ?? -1) + 2) * Self.laneDistance }

  private func x(_ flow: Int) -> Int { Self.labelWidth + (lanes[flow] + 1) * Self.laneDistance }

  private func arriving(_ row: Int) -> [Int] {
    flows.indices.filter { flows[$0].to.contains(row) }.sorted { lanes[$0] < lanes[$1] }
  }

  private func leaving(_ row: Int) -> [Int] {
    flows.indices.filter { flows[$0].from == row }.sorted { lanes[$0] > lanes[$1] }
  }
}

// MARK: - Drawing
extension RegionDiagram {
  var html: HTML {
    let largest = regions.map(\.part).max() ?? 0
    return .element("div", class: "diagram") {
      HTML.element("p", class: "scale") {
        "0 % of the time "
        HTML.element("i")
        " \(percent(largest))"
      }
      for row in regions.indices {
        HTML.element("div", class: "row") {
          box(regions[row], height(row), largest)
          lines(row)
        }
      }
    }
  }

  private func box(_ region: RegionPage.Region, _ height: Int, _ largest: Double) -> HTML {
    let strength = largest > 0 ? region.part / largest * 0.62 : 0
    let style = String(format: "height:%dpx;--heat:%.3f", height, strength)
    let time = region.measuredSeconds ?? region.predictedSeconds
    return .element("div", [("class", "region"), ("style", style)]) {
      HTML.element("div", class: "top") {
        HTML.element("b") { region.label }
        HTML.element("span", [("class", "name"), ("title", region.name)]) { region.name }
        HTML.element("span", class: "time") { "\(time.text), \(percent(region.part))" }
      }
      if !region.summary.isEmpty {
        HTML.element(
          "div", [("class", "nodes"), ("title", region.nodes.joined(separator: ", "))]
        ) { region.summary }
      }
      HTML.element("div", class: "sums") { sums(region) }
    }
  }

  private func sums(_ region: RegionPage.Region) -> String {
    var words = region.flops.value > 0 ? [region.flops.text] : []
    words.append("\(region.bytes.text) moved")
    if region.unfusedBytes.value > region.bytes.value {
      words.append("\(region.unfusedBytes.text) unfused")
    }
    if let rate = region.rate { words.append(rate.text) }
    if let percent = region.percentOfPeak {
      words.append("\(threeDigits(percent)) % of the peak")
    }
    return words.joined(separator: " · ")
  }

  /// The lines of one row: those that pass, those that arrive, those that leave.
  private func lines(_ row: Int) -> HTML {
    let height = height(row)
    let bottom = height + Self.gap
    return .element(
      "svg",
      [
        ("class", "lanes"), ("width", "\(width)"), ("height", "\(bottom)"),
        ("viewBox", "0 0 \(width) \(bottom)"), ("role", "img"), ("aria-label", words(row)),
      ]
    ) {
      for (flow, value) in flows.enumerated()
      where value.from < row && row < (value.to.last ?? row) {
        line("M\(x(flow)) 0V\(bottom)", flow)
      }
      for (port, flow) in arriving(row).enumerated() {
        let y = 13 + port * Self.portDistance
        line("M\(x(flow)) 0V\(y - 5)q0 5 -5 5H6", flow)
        HTML.element("path", [("class", "tip"), ("d", "M0 \(y)l8 -4v8z")])
      }
      for (port, flow) in leaving(row).enumerated() {
        let y = height - 8 - port * Self.portDistance
        line("M0 \(y)H\(x(flow) - 5)q5 0 5 5V\(bottom)", flow)
        HTML.element("text", [("x", "5"), ("y", "\(y - 3)")]) { flows[flow].label }
      }
    }
  }

  private func line(_ path: String, _ flow: Int) -> HTML {
    .element("path", [("class", "line"), ("d", path)]) {
      HTML.element("title") { flows[flow].title }
    }
  }

  /// What the lines of a row say, for people who do not see them.
  private func words(_ row: Int) -> String {
    let reads = arriving(row).map { "reads \(flows[$0].label) of region \(label(flows[$0].from))" }
    let writes = leaving(row).map { flow in
      let readers = flows[flow].to.map(label).joined(separator: ", ")
      return "writes \(flows[flow].label) for region \(readers)"
    }
    let words = (reads + writes).joined(separator: "; ")
    return words.isEmpty ? "no buffer to or from another region" : words
  }

  private func label(_ region: Int) -> String { regions[region].label }

  private func percent(_ share: Double) -> String {
    share > 0 && share < 0.001 ? "<0.1 %" : String(format: "%.1f %%", share * 100)
  }
}
