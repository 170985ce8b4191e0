import Foundation
import TensorCore

// The sections of pictures: players, slots, latents.

extension ReportPictures {
  /// Clip, reconstruction, segmentation, truth and overlay, playing together.
  func players(_ remark: String) -> HTML {
    let error = meanSquaredError(report.clip, report.reconstruction)
    let errorText = error.map { String(format: "mean squared error %.4g", $0) }
    return .section("Clip", id: "clip", remark) {
      // Five of them fit side by side if they are smaller.
      HTML.element("div", frame(near: truth == nil ? 256 : 192, class: "players")) {
        player("Clip", remark: "the input") { film(["clip"], "the clip") }
        player("Reconstruction", remark: errorText ?? "no finite values") {
          film(["reconstruction"], "the reconstruction")
        }
        player("Segmentation", remark: "the slot of largest weight") {
          film(["segmentation"], "the segmentation")
        }
        if truth != nil {
          player("Truth", remark: "the labels; their numbers are not those of slots") {
            film(["truth"], "the true labels")
          }
        }
        player("Overlay", remark: "the segmentation on the clip") {
          HTML.element("div", class: "pile") {
            film(["clip"], "the clip")
            film(["segmentation", "veil"], "the segmentation on it")
          }
        }
      }
      legend
      if report.lengths.frames > 1 { contactSheet }
    }
  }

  private var contactSheet: HTML {
    .element("details") {
      HTML.element("summary") { "All frames, side by side" }
      HTML.element("div", frame(near: 64, class: "contact")) {
        let truths = truth == nil ? [] : ["truth"]
        for name in ["clip", "reconstruction", "segmentation"] + truths {
          HTML.element("div", [("class", "strip \(name)"), ("role", "img"), ("aria-label", name)])
        }
      }
    }
  }

  /// A number in each slot's colour, the most frequent first.
  private var legend: HTML {
    let shares = segmentation.shares
    let order = shares.indices.filter { shares[$0] > 0 }
      .sorted { (shares[$0], $1) > (shares[$1], $0) }
    let rest = shares.count - order.count
    return .element("ul", class: "shares") {
      for slot in order {
        HTML.element("li") {
          HTML.element("a", [("href", "#slot-\(slot)")]) {
            chip(slot)
            " \(percent(shares[slot]))"
          }
        }
      }
      if rest > 0 {
        HTML.element("li", class: "quiet") {
          rest == 1 ? "1 slot wins no pixel" : "\(rest) slots win no pixel"
        }
      }
    }
  }

  /// For each slot its picture times its weight, and the weight alone.
  var slots: HTML {
    let peak = String(format: "%.3g", segmentation.peak)
    return .section(
      "Object slots", id: "slots",
      "Left: the slot's picture times its weight; right: its weight. White is the largest weight "
        + "anywhere, \(peak)."
    ) {
      HTML.element("div", frame(near: 128, class: "slots")) {
        for slot in 0..<report.lengths.slots {
          let share = segmentation.shares[slot]
          HTML.element(
            "article", [("id", "slot-\(slot)"), ("class", "slot")]
          ) {
            HTML.element("h3") {
              chip(slot)
              " slot \(slot) "
              HTML.element("span") { share > 0 ? "\(percent(share)) of pixels" : "wins no pixel" }
            }
            HTML.element("div", class: "pair") {
              film(["slot-\(slot)"], "slot \(slot): picture times weight")
              film(["weight-\(slot)"], "slot \(slot): weight")
            }
          }
        }
      }
    }
  }

  /// - Errors: those of ``HeatMap/html()``.
  var latents: HTML {
    get throws(Diagnostic) {
      let (objects, frames) = (report.objectLatents, report.frameLatents)
      let maps = [
        HeatMap(
          title: "Object means", remark: "one row for each slot", row: "slot",
          matrix: objects.mean),
        HeatMap(
          title: "Object deviations", remark: "logarithmic colours", row: "slot",
          matrix: objects.logStd, isLogarithm: true),
        HeatMap(
          title: "Frame means", remark: "one row for each frame", row: "frame",
          matrix: frames.mean),
        HeatMap(
          title: "Frame deviations", remark: "logarithmic colours", row: "frame",
          matrix: frames.logStd, isLogarithm: true),
      ]
      var figures: [HTML] = []
      for map in maps { figures.append(try map.html()) }
      return .section(
        "Latents", id: "latents",
        "Columns are channels; each cell is a Gaussian, whose prior has mean 0 and deviation 1."
      ) {
        HTML.element("div", class: "heats") { figures }
      }
    }
  }
}

// MARK: - Pieces
extension ReportPictures {
  private func player(
    _ title: String, remark: String, @HTMLBuilder _ content: () -> HTML
  ) -> HTML {
    .element("figure", class: "player") {
      content()
      HTML.element("figcaption") {
        HTML.element("b") { title }
        " – \(remark)"
      }
    }
  }

  /// A window of one frame onto the strips of these classes.
  private func film(_ classes: [String], _ label: String) -> HTML {
    let names = (["film"] + classes).joined(separator: " ")
    return .element("div", [("class", names), ("role", "img"), ("aria-label", label)])
  }

  /// The number of a slot in its colour.
  private func chip(_ slot: Int) -> HTML {
    let colour = Palette.slot(slot)
    let text = colour.wantsBlackText ? "#000" : "#fff"
    return .element(
      "span", [("class", "chip"), ("style", "background:\(colour.css);color:\(text)")]
    ) { "\(slot)" }
  }

  /// The attributes of an element whose films have the size of one frame near `width` pixels.
  private func frame(near width: Int, class style: String) -> [(String, String)] {
    let size = strip.shown(near: width)
    return [("class", style), ("style", "--w:\(size.width)px;--h:\(size.height)px")]
  }

  /// Two digits where they say something: `12 %`, `0.83 %`, `<0.01 %`.
  private func percent(_ part: Double) -> String {
    let percent = part * 100
    if percent >= 9.95 { return String(format: "%.0f %%", percent) }
    if percent >= 0.995 { return String(format: "%.1f %%", percent) }
    return percent < 0.01 ? "<0.01 %" : String(format: "%.2f %%", percent)
  }
}
