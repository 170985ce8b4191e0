/// The graph, a file or a call is wrong; states the cause, the place, both values and the remedy.
///
///     error[shape.mismatch]: matmul needs equal inner dimensions, got 784 and 780
///       at classifier/hidden (Classifier.swift:14)
///       note: left is f32[32, 784], right is f32[780, 128]
///       help: a weight is [inputs, outputs]
///
/// Messages start in lower case and have no final period. Each module builds its diagnostics in
/// one file, `Facts.swift`; every code has an entry in `docs/diagnostics.md`.
public struct Diagnostic: Error, Sendable, Equatable {
  /// `family.fact`, for programs and for the documentation.
  public var code: Code
  /// Cause and both values: `matmul needs equal inner dimensions, got 784 and 780`.
  public var message: String
  /// Where it happened, outermost last: a scope, a file with line and column, a node.
  public var place: String?
  /// Circumstances, one a line.
  public var notes: [String]
  /// The remedy.
  public var help: String?

  /// A stable name such as `shape.mismatch`.
  public struct Code: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral,
    CustomStringConvertible
  {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }
    public var description: String { rawValue }
  }

  public init(
    _ code: Code, _ message: String, at place: String? = nil, notes: [String] = [],
    help: String? = nil
  ) {
    self.code = code
    self.message = message
    self.place = place
    self.notes = notes
    self.help = help
  }

  /// The same fact with its place, unless it has one already: the innermost place is the nearest.
  public func placed(at place: String?) -> Diagnostic {
    guard self.place == nil else { return self }
    var copy = self
    copy.place = place
    return copy
  }

  /// A copy with one more note, after the others.
  public func noting(_ note: String) -> Diagnostic {
    var copy = self
    copy.notes.append(note)
    return copy
  }
}

extension Diagnostic: CustomStringConvertible {
  public var description: String {
    var lines = ["error[\(code)]: \(message)"]
    if let place { lines.append("  at \(place)") }
    lines += notes.map { "  note: \($0)" }
    if let help { lines.append("  help: \(help)") }
    return lines.joined(separator: "\n")
  }
}
