import PageReports
import Testing

@Suite("HTML")
struct HTMLTests {
  private func text(_ part: HTML) -> String {
    var text = ""
    part.write(to: &text)
    return text
  }

  @Test("escapes text and attributes, each character that means something")
  func escapes() {
    let part = HTML.element("b", [("title", "\"x\" & 'y'")]) { "<i>1 & 2</i>" }
    #expect(
      text(part)
        == "<b title=\"&quot;x&quot; &amp; &#39;y&#39;\">&lt;i&gt;1 &amp; 2&lt;/i&gt;</b>")
  }

  @Test("replaces control characters, and keeps every other character")
  func controlCharacters() {
    #expect(
      HTML.escaped("a\u{0}b\u{1B}c\u{7F}\u{9F}\r") == "a\u{FFFD}b\u{FFFD}c\u{FFFD}\u{FFFD}\u{FFFD}")
    #expect(HTML.escaped("é\u{301} 𝔘 → 日本\n\t") == "é\u{301} 𝔘 → 日本\n\t")
    // One character for Swift, two for a browser.
    #expect(HTML.escaped("<\u{301}\r\n") == "&lt;\u{301}\u{FFFD}\n")
  }

  @Test("gives void elements no end tag, and others one")
  func voidElements() {
    #expect(text(.element("img", [("src", "x")])) == "<img src=\"x\">")
    #expect(text(.element("span")) == "<span></span>")
  }

  @Test("builds from conditions and loops in order")
  func builds() {
    let part = HTML.element("span") {
      "a"
      if Bool(true) { HTML.text("b") } else { HTML.text("c") }
      if Bool(false) { HTML.text("d") }
      for number in 1...2 { HTML.text("\(number)") }
    }
    #expect(text(part) == "<span>ab12</span>")
  }

  @Test(
    "the tests' own balance check complains",
    arguments: [
      "<p>", "</p>", "<p><b></p></b>", "<p>a & b</p>", "<p x=y></p>", "<p", "<p>a > b</p>",
      "<script>1",
    ])
  func balanceComplains(_ page: String) {
    #expect(markupFaults(in: page) != [])
  }
}
