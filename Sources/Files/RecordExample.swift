import TensorCore

/// A `tf.Example`: named features, each a list of byte strings, of floats, or of whole numbers.
///
/// Lists are read when they are asked for. The multi-object image sets store a picture as one byte string
/// for each of its bytes, the video sets as one for all: ``bytes(_:)`` joins them, so both read the same.
public struct RecordExample {
  public enum Kind: String, Sendable {
    case bytes, floats, integers
    fileprivate init?(field: UInt64) {
      switch field {
      case 1: self = .bytes
      case 2: self = .floats
      case 3: self = .integers
      default: return nil
      }
    }
  }

  private struct Place {
    var kind: Kind
    /// The list's message.
    var list: Range<Int>
  }

  private let record: [UInt8]
  private let path: String
  private let number: Int
  private var features: [String: Place] = [:]

  /// - Parameters:
  ///   - path, number: where the record is from, for messages.
  /// - Errors: `tfrecord.example`.
  public init(_ record: [UInt8], path: String, number: Int) throws(Diagnostic) {
    self.record = record
    self.path = path
    self.number = number
    guard let features = record.withUnsafeBytes(Self.features) else {
      throw .tfrecordExample(path, number, "its bytes are no message of that form")
    }
    self.features = features
  }

  /// Names of all features, in alphabetical order.
  public var names: [String] { features.keys.sorted() }

  public func kind(_ name: String) -> Kind? { features[name]?.kind }

  private static func features(_ bytes: UnsafeRawBufferPointer) -> [String: Place]? {
    var found: [String: Place] = [:]
    guard let messages = WireScanner.contents(bytes, 0..<bytes.count, of: 1) else { return nil }
    for message in messages {
      guard let entries = WireScanner.contents(bytes, message, of: 1) else { return nil }
      for entry in entries {
        guard let names = WireScanner.contents(bytes, entry, of: 1),
          let values = WireScanner.contents(bytes, entry, of: 2)
        else { return nil }
        let name = names.last.flatMap {
          String(validating: UnsafeRawBufferPointer(rebasing: bytes[$0]), as: UTF8.self)
        }
        guard let value = values.last else { continue }
        guard let feature = feature(bytes, value) else { return nil }
        found[name ?? ""] = feature
      }
    }
    return found
  }

  /// The last list of a feature; one without any is an empty list of bytes.
  private static func feature(
    _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>
  ) -> Place? {
    var scanner = WireScanner(bytes, range)
    var found = Place(kind: .bytes, list: range.lowerBound..<range.lowerBound)
    while !scanner.isAtEnd {
      guard let field = scanner.field() else { return nil }
      guard field.wire == .lengthPrefixed, let kind = Kind(field: field.number) else {
        guard scanner.skip(field.wire) else { return nil }
        continue
      }
      guard let list = scanner.content() else { return nil }
      found = Place(kind: kind, list: list)
    }
    return found
  }

  /// The elements of a list. `element` takes one field of number 1 from the bytes, by how it is stored:
  /// false if it is damaged, nil if it has no such field.
  ///
  /// - Errors: `tfrecord.example`.
  private func elements<Element>(
    _ name: String, _ kind: Kind,
    _ element: (UnsafeRawBufferPointer, inout WireScanner, WireScanner.Wire, inout [Element]) ->
      Bool?
  ) throws(Diagnostic) -> [Element] {
    guard let feature = features[name] else {
      let known = names.isEmpty ? "it has none" : "it has " + names.joined(separator: ", ")
      throw .tfrecordExample(path, number, "there is no feature \(name); \(known)")
    }
    // A list without elements may have any kind.
    guard feature.kind == kind || feature.list.isEmpty else {
      throw .tfrecordExample(
        path, number, "\(name) is a list of \(feature.kind), \(kind) were expected")
    }
    var found: [Element] = []
    let isSound = record.withUnsafeBytes { bytes in
      var scanner = WireScanner(bytes, feature.list)
      while !scanner.isAtEnd {
        guard let field = scanner.field() else { return false }
        let isTaken = field.number == 1 ? element(bytes, &scanner, field.wire, &found) : nil
        guard isTaken ?? scanner.skip(field.wire) else { return false }
      }
      return true
    }
    guard isSound else {
      throw .tfrecordExample(path, number, "the list \(name) is damaged")
    }
    return found
  }

  /// All byte strings of a feature, joined.
  ///
  /// - Errors: `tfrecord.example`.
  public func bytes(_ name: String) throws(Diagnostic) -> [UInt8] {
    try withBytes(name) { [UInt8]($0) }
  }

  /// Calls `body` with all byte strings of a feature, joined; a single one is not copied. The bytes are
  /// valid during the call only.
  ///
  /// - Errors: `tfrecord.example`, and those of `body`.
  public func withBytes<Value>(
    _ name: String, _ body: (UnsafeRawBufferPointer) throws(Diagnostic) -> Value
  ) throws(Diagnostic) -> Value {
    guard let feature = features[name], feature.kind == .bytes else {
      return try Self.calling(body, elements(name, .bytes) { _, _, _, _ in nil })
    }
    if let string = record.withUnsafeBytes({ Self.onlyString($0, feature.list) }) {
      return try Self.calling(body, record, string)
    }
    if let joined = record.withUnsafeBytes({ Self.singleBytes($0, feature.list) }) {
      return try Self.calling(body, joined)
    }
    let joined: [UInt8] = try elements(name, .bytes) { bytes, scanner, wire, joined in
      guard wire == .lengthPrefixed else { return nil }
      guard let content = scanner.content() else { return false }
      joined += bytes[content]
      return true
    }
    return try Self.calling(body, joined)
  }

  private static func calling<Value>(
    _ body: (UnsafeRawBufferPointer) throws(Diagnostic) -> Value, _ bytes: [UInt8],
    _ range: Range<Int>? = nil
  ) throws(Diagnostic) -> Value {
    // An array's own function throws anything.
    let result = bytes.withUnsafeBytes { bytes in
      Result { () throws(Diagnostic) in
        try body(UnsafeRawBufferPointer(rebasing: bytes[range ?? 0..<bytes.count]))
      }
    }
    return try result.get()
  }

  /// Where the string of a list lies that has one and nothing else.
  private static func onlyString(
    _ bytes: UnsafeRawBufferPointer, _ list: Range<Int>
  ) -> Range<Int>? {
    var scanner = WireScanner(bytes, list)
    guard let field = scanner.field(), field.number == 1, field.wire == .lengthPrefixed,
      let content = scanner.content(), scanner.isAtEnd
    else { return nil }
    return content
  }

  /// The bytes of a list whose strings have one byte each: key, length 1, byte.
  private static func singleBytes(
    _ bytes: UnsafeRawBufferPointer, _ list: Range<Int>
  ) -> [UInt8]? {
    guard list.count.isMultiple(of: 3) else { return nil }
    var isSound = true
    let joined = [UInt8](unsafeUninitializedCapacity: list.count / 3) { target, count in
      // Not left early: a test for each byte would cost more than the bytes.
      for index in 0..<list.count / 3 {
        let place = list.lowerBound + 3 * index
        isSound = isSound && bytes[place] == 1 << 3 | 2 && bytes[place + 1] == 1
        target[index] = bytes[place + 2]
      }
      count = list.count / 3
    }
    return isSound ? joined : nil
  }

  /// - Errors: `tfrecord.example`.
  public func floats(_ name: String) throws(Diagnostic) -> [Float] {
    try elements(name, .floats) { bytes, scanner, wire, values in
      let range: Range<Int>?
      switch wire {
      case .fourBytes: range = scanner.fixed(4)
      case .lengthPrefixed: range = scanner.content()
      default: return nil
      }
      guard let range, range.count.isMultiple(of: 4) else { return false }
      for place in stride(from: range.lowerBound, to: range.upperBound, by: 4) {
        let bits = bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)
        values.append(Float(bitPattern: UInt32(littleEndian: bits)))
      }
      return true
    }
  }

  /// - Errors: `tfrecord.example`.
  public func integers(_ name: String) throws(Diagnostic) -> [Int64] {
    try elements(name, .integers) { bytes, scanner, wire, values in
      var inner: WireScanner
      switch wire {
      case .varint:
        guard let value = scanner.varint() else { return false }
        values.append(Int64(bitPattern: value))
        return true
      case .lengthPrefixed:
        guard let range = scanner.content() else { return false }
        inner = WireScanner(bytes, range)
      default: return nil
      }
      while !inner.isAtEnd {
        guard let value = inner.varint() else { return false }
        values.append(Int64(bitPattern: value))
      }
      return true
    }
  }
}
