/// A piece of a web page as a value: text is escaped when it is written, so no name from outside
/// can become markup.
///
///     HTML.element("p", [("class", "note")]) { "1 < 2" }   →   <p class="note">1 &lt; 2</p>
package indirect enum HTML: Sendable {
  case text(String)
  /// A tag with attributes and content; a void element such as `img` has no content.
  case tag(String, [(name: String, value: String)], [HTML])
  /// Our own style or script, which browsers read unescaped.
  case source(String, String)
  case list([HTML])

  package static func element(
    _ name: String, _ attributes: [(String, String)] = [],
    @HTMLBuilder _ content: () -> HTML = { .list([]) }
  ) -> HTML {
    .tag(name, attributes.map { (name: $0.0, value: $0.1) }, [content()])
  }

  /// An element with nothing but a class.
  package static func element(
    _ name: String, class style: String, @HTMLBuilder _ content: () -> HTML = { .list([]) }
  ) -> HTML {
    element(name, [("class", style)], content)
  }
}

// MARK: - Writing
extension HTML {
  /// Elements that have no content and no end tag.
  package static let voidElements: Set = ["br", "col", "hr", "img", "input", "link", "meta"]
  /// Elements that begin a line of their own, for people who read the source.
  private static let lines: Set = [
    "article", "body", "details", "div", "figure", "footer", "h1", "h2", "h3", "head", "header",
    "html", "li", "main", "meta", "p", "pre", "script", "section", "style", "summary", "table",
    "tbody", "thead", "title", "tr", "ul",
  ]

  /// The whole page, with its document type.
  package var page: String {
    var text = "<!DOCTYPE html>"
    write(to: &text)
    return text + "\n"
  }

  package func write(to text: inout String) {
    switch self {
    case .text(let content):
      text += HTML.escaped(content)
    case .list(let parts):
      for part in parts { part.write(to: &text) }
    case .source(let name, let content):
      precondition(!content.contains("</"), "internal: a \(name) that would end early")
      text += "\n<\(name)>\n\(content)\n</\(name)>"
    case .tag(let name, let attributes, let content):
      if HTML.lines.contains(name) { text += "\n" }
      text += "<\(name)"
      for (key, value) in attributes { text += " \(key)=\"\(HTML.escaped(value))\"" }
      text += ">"
      guard !HTML.voidElements.contains(name) else { return }
      for part in content { part.write(to: &text) }
      text += "</\(name)>"
    }
  }

  /// `text` with every character replaced that means something in markup or in a quoted attribute.
  /// Control characters, which a page must not hold, become U+FFFD.
  package static func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      case "\0"..<" ", "\u{7F}"..."\u{9F}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

/// Lets a page read like a page: elements one after another, `if` and `for` among them.
@resultBuilder
package enum HTMLBuilder {
  package static func buildExpression(_ part: HTML) -> HTML { part }
  package static func buildExpression(_ text: String) -> HTML { .text(text) }
  package static func buildExpression(_ parts: [HTML]) -> HTML { .list(parts) }
  package static func buildBlock(_ parts: HTML...) -> HTML { .list(parts) }
  package static func buildArray(_ parts: [HTML]) -> HTML { .list(parts) }
  package static func buildOptional(_ part: HTML?) -> HTML { part ?? .list([]) }
  package static func buildEither(first part: HTML) -> HTML { part }
  package static func buildEither(second part: HTML) -> HTML { part }
}
