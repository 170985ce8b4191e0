/// The names of the cache's files, by which it also knows which files are its own.
///
///     0123456789abcdef0123456789abcdef.object                    an entry: the hash of its key
///     0123456789abcdef0123456789abcdef.0123456789abcdef.partial  an entry while it is written
struct EntryName: Equatable {
  private let stem: String
  var text: String { stem + Self.suffix }

  init(key: [UInt8]) {
    stem = Self.digits(FNV.hash128(key))
  }

  /// A name that no other writer has.
  func temporary() -> String {
    "\(stem).\(Self.digits(UInt64.random(in: .min ... .max)))\(Self.temporarySuffix)"
  }

  static func isEntry(_ name: String) -> Bool {
    name.hasSuffix(suffix) && isHexadecimal(name.dropLast(suffix.count), count: 32)
  }

  static func isTemporary(_ name: String) -> Bool {
    guard name.hasSuffix(temporarySuffix) else { return false }
    let parts = name.dropLast(temporarySuffix.count)
      .split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 2 && isHexadecimal(parts[0], count: 32)
      && isHexadecimal(parts[1], count: 16)
  }

  private static let suffix = ".object"
  private static let temporarySuffix = ".partial"

  /// All digits, leading zeros too, in lower case.
  private static func digits(_ value: some FixedWidthInteger & UnsignedInteger) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: type(of: value).bitWidth / 4 - digits.count) + digits
  }

  private static func isHexadecimal(_ text: Substring, count: Int) -> Bool {
    text.utf8.count == count && text.utf8.allSatisfy { Set("0123456789abcdef".utf8).contains($0) }
  }
}
