import Foundation

// The tables of a page about regions.

extension RegionPage {
  var table: HTML {
    let hasPeak = regions.contains { $0.percentOfPeak != nil }
    return .section(
      "Work and time", id: "work",
      "FLOPs are twice the multiply-adds of products. Bytes are operands and results outside "
        + "scratch; unfused is what the same operations would move as a region each."
    ) {
      HTML.element("div", class: "wide") {
        HTML.element("table", class: "times") {
          HTML.element("thead") {
            HTML.element("tr") {
              heading("")
              heading("region")
              for name in ["FLOPs", "bytes", "unfused", "FLOP/byte", "predicted"] {
                heading(name, class: "number")
              }
              if isMeasured {
                heading("measured", class: "number")
                heading("GFLOP/s", class: "number")
              }
              if hasPeak { heading("of peak", class: "number") }
              heading(
                isMeasured ? "part of the measured time" : "part of the predicted time",
                class: "bar")
            }
          }
          HTML.element("tbody") {
            for region in regions { row(region, hasPeak: hasPeak) }
          }
        }
      }
    }
  }

  private func row(_ region: Region, hasPeak: Bool) -> HTML {
    let largest = regions.map(\.part).max() ?? 0
    let width = largest > 0 ? region.part / largest * 100 : 0
    let hasWork = region.flops.value > 0
    return .element("tr") {
      number(region.label)
      HTML.element("th", [("scope", "row"), ("class", "name")]) { region.name }
      number(hasWork ? region.flops.text : "–")
      number(region.bytes.text)
      number(region.unfusedBytes.text)
      number(
        hasWork && region.bytes.value > 0
          ? threeDigits(region.flops.value / region.bytes.value) : "–")
      number(region.predictedSeconds.text)
      if isMeasured {
        number(region.measuredSeconds?.text ?? "–")
        number(region.rate.map { threeDigits($0.value * 1e-9) } ?? "–")
      }
      if hasPeak { number(region.percentOfPeak.map { threeDigits($0) + " %" } ?? "–") }
      HTML.element("td", class: "bar") {
        HTML.element("i", [("style", String(format: "width:%.1f%%", width))])
      }
    }
  }

  var bufferTable: HTML {
    .element("div", class: "wide") {
      HTML.element("table") {
        HTML.element("thead") {
          HTML.element("tr") {
            heading("buffer")
            for name in ["offset", "bytes", "first step", "last step"] {
              heading(name, class: "number")
            }
          }
        }
        HTML.element("tbody") {
          for buffer in buffers {
            HTML.element("tr") {
              HTML.element("th", [("scope", "row")]) { buffer.name }
              number(buffer.offset.text)
              number(buffer.bytes.text)
              number("\(buffer.steps.lowerBound)")
              number("\(buffer.steps.upperBound)")
            }
          }
        }
      }
    }
  }

  /// Every edge that became memory, by reason.
  var cuts: HTML {
    var reasons: [(reason: String, edges: [(region: String, edge: String)])] = []
    for region in regions {
      for cut in region.cuts {
        let edges = cut.edges.map { (region: region.label, edge: $0) }
        if let index = reasons.firstIndex(where: { $0.reason == cut.reason }) {
          reasons[index].edges += edges
        } else {
          reasons.append((cut.reason, edges))
        }
      }
    }
    reasons.sort { $0.edges.count > $1.edges.count }
    return .section("Edges that were not fused", id: "cuts", "") {
      if reasons.isEmpty {
        HTML.element("p", class: "quiet") { "No edge between two regions has a reason noted." }
      }
      for (reason, edges) in reasons {
        HTML.element("details", class: "fold") {
          HTML.element("summary") {
            HTML.element("b") { "\(edges.count)" }
            " × \(reason)"
          }
          HTML.element("ul", class: "plain") {
            for edge in edges { HTML.element("li") { "\(edge.edge) (region \(edge.region))" } }
          }
        }
      }
    }
  }

  /// What no table has room for.
  var inventory: HTML {
    .section("Region by region", id: "each", "") {
      for region in regions {
        HTML.element("details", class: "fold") {
          HTML.element("summary") {
            HTML.element("b") { region.label }
            " \(region.name)"
          }
          HTML.element("table") {
            HTML.element("tbody") {
              for fact in region.facts {
                HTML.element("tr") {
                  HTML.element("th", [("scope", "row")]) { fact.name }
                  HTML.element("td") { fact.text }
                }
              }
              HTML.element("tr") {
                HTML.element("th", [("scope", "row")]) { "\(region.nodes.count) nodes" }
                HTML.element("td") { region.nodes.joined(separator: ", ") }
              }
            }
          }
        }
      }
    }
  }

  var prepared: HTML {
    guard !preparedRegions.isEmpty else { return .list([]) }
    return .section(
      "Prepared once", id: "prepared", "What depends on parameters alone runs before the first run."
    ) {
      HTML.element("details", class: "fold") {
        HTML.element("summary") {
          preparedRegions.count == 1 ? "1 region" : "\(preparedRegions.count) regions"
        }
        HTML.element("div", class: "wide") {
          HTML.element("table") {
            HTML.element("tbody") {
              for region in preparedRegions {
                HTML.element("tr") {
                  number(region.label)
                  HTML.element("th", [("scope", "row")]) { region.name }
                  number(region.flops.value > 0 ? region.flops.text : "–")
                  number(region.bytes.text)
                  number(region.predictedSeconds.text)
                }
              }
            }
          }
        }
      }
    }
  }

  func heading(_ text: String, class style: String = "") -> HTML {
    .element("th", [("scope", "col")] + (style.isEmpty ? [] : [("class", style)])) { text }
  }

  func number(_ text: String) -> HTML { .element("td", class: "number") { text } }
}

/// Three significant digits: `0.0123`, `1.23`, `1230`.
func threeDigits(_ value: Double) -> String {
  guard abs(value) < 1e15 else { return "–" }
  return value >= 100 ? grouped(Int(value.rounded())) : String(format: "%.3g", value)
}
