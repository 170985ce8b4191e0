/// Numbers and strings as graph text writes them; what is printed reads back to the same bits.
public enum NumberText {
  /// The shortest decimal that reads back exactly; whole numbers without a fraction, so that
  /// `2 : f32[]` reads as people write it. `nan`, `inf` and `-inf` are words.
  public static func real(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    if value == 0 { return value.sign == .minus ? "-0.0" : "0" }
    if abs(value) < 1e15, value == value.rounded() { return String(Int64(value)) }
    return value.description
  }

  /// In double quotes, with `\"`, `\\`, `\n` and `\u{…}` for what a line of text cannot hold.
  public static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case _ where scalar.value < 32: result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// A name as it stands after `%` or `@` or before a result's type: bare if it is a word that
  /// does not start with a digit, else in quotes.
  public static func name(_ text: String) -> String {
    guard let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first),
      text.utf8.allSatisfy(Lexer.isWord)
    else { return quoted(text) }
    return text
  }
}
