// What a step of training keeps for far regions, as a table of a page about regions.

extension RegionPage {
  /// What a region leaves for much later ones: stored meanwhile, or computed again there.
  public struct Choice: Sendable {
    public var name: String
    public var bytes: String
    public var keepSeconds: String
    public var recomputeSeconds: String
    /// Empty without products.
    public var work: String
    public var isRecomputed: Bool

    public init(
      name: String, bytes: String, keepSeconds: String, recomputeSeconds: String, work: String,
      isRecomputed: Bool
    ) {
      self.name = name
      self.bytes = bytes
      self.keepSeconds = keepSeconds
      self.recomputeSeconds = recomputeSeconds
      self.work = work
      self.isRecomputed = isRecomputed
    }
  }

  var choiceTable: HTML {
    guard !choices.isEmpty else { return .list([]) }
    let again = choices.count { $0.isRecomputed }
    return .section(
      "What waits for far regions", id: "choices",
      "Values that are read much later than they are computed, by the first node of the region that "
        + "leaves them: stored meanwhile, or computed again where they are read. Times are predicted."
    ) {
      HTML.element("details", again == 0 ? [] : [("open", "open")]) {
        HTML.element("summary") { "\(choices.count) regions, \(again) of them computed again" }
        HTML.element("div", class: "wide") {
          HTML.element("table") {
            HTML.element("thead") {
              HTML.element("tr") {
                heading("first of the region")
                for name in ["bytes", "to store", "to compute", "work"] {
                  heading(name, class: "number")
                }
                heading("choice")
              }
            }
            HTML.element("tbody") { for choice in choices { row(choice) } }
          }
        }
      }
    }
  }

  private func row(_ choice: Choice) -> HTML {
    .element("tr") {
      HTML.element("th", [("scope", "row"), ("class", "name")]) { choice.name }
      number(choice.bytes)
      number(choice.keepSeconds)
      number(choice.recomputeSeconds)
      number(choice.work.isEmpty ? "–" : choice.work)
      HTML.element("td") { choice.isRecomputed ? "computed again" : "kept" }
    }
  }
}
