// What several pages have in common.

extension HTML {
  /// The head of a page with these style sheets, of which later ones win.
  static func head(_ title: String, styles: [String], _ rest: HTML = .list([])) -> HTML {
    .element("head") {
      HTML.element("meta", [("charset", "utf-8")])
      HTML.element(
        "meta", [("name", "viewport"), ("content", "width=device-width, initial-scale=1")])
      HTML.element("title") { title }
      for style in styles { HTML.source("style", style) }
      rest
    }
  }

  /// A part of a page under its heading, with a sentence about how to read it.
  static func section(
    _ title: String, id: String, _ remark: String, @HTMLBuilder _ content: () -> HTML
  ) -> HTML {
    .element("section", [("aria-labelledby", id)]) {
      HTML.element("h2", [("id", id)]) { title }
      if !remark.isEmpty { HTML.element("p", class: "remark") { remark } }
      content()
    }
  }

  /// Sentences that a reader must not miss, one paragraph each.
  static func notes(_ sentences: [String]) -> HTML {
    .list(
      sentences.map { sentence in
        .element("p", [("class", "note"), ("role", "note")]) { sentence }
      })
  }

  /// A table of names and values.
  static func settings(_ rows: [(name: String, value: String)]) -> HTML {
    .element("table") {
      HTML.element("tbody") {
        for row in rows {
          HTML.element("tr") {
            HTML.element("th", [("scope", "row")]) { row.name }
            HTML.element("td") { row.value }
          }
        }
      }
    }
  }
}
