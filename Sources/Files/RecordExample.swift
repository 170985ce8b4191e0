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

  private struct Feature {
    var kind: Kind
    /// The list's message.
    var list: Range<Int>
  }

  private let record: [UInt8]
  private let path: String
  private let number: Int
  private var features: [String: Feature] = [:]

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

  private static func features(_ bytes: UnsafeRawBufferPointer) -> [String: Feature]? {
    var found: [String: Feature] = [:]
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
  ) -> Feature? {
    var scanner = WireScanner(bytes, range)
    var found = Feature(kind: .bytes, list: range.lowerBound..<range.lowerBound)
    while !scanner.isAtEnd {
      guard let field = scanner.field() else { return nil }
      guard field.wire == .lengthPrefixed, let kind = Kind(field: field.number) else {
        guard scanner.skip(field.wire) else { return nil }
        continue
      }
      guard let list = scanner.content() else { return nil }
      found = Feature(kind: kind, list: list)
    }
    return found
  }

  private func list(_ name: String, _ kind: Kind) throws(Diagnostic) -> Range<Int> {
    guard let feature = features[name] else {
      let known = names.isEmpty ? "it has none" : "it has " + names.joined(separator: ", ")
      throw .tfrecordExample(path, number, "there is no feature \(name); \(known)")
    }
    // A list without elements may have any kind.
    guard feature.kind == kind || feature.list.isEmpty else {
      throw .tfrecordExample(
        path, number, "\(name) is a list of \(feature.kind), \(kind) were expected")
    }
    return feature.list
  }

  private func damaged(_ name: String) -> Diagnostic {
    .tfrecordExample(path, number, "the list \(name) is damaged")
  }

  /// All byte strings of a feature, joined.
  ///
  /// - Errors: `tfrecord.example`.
  public func bytes(_ name: String) throws(Diagnostic) -> [UInt8] {
    let list = try list(name, .bytes)
    let joined = record.withUnsafeBytes { bytes -> [UInt8]? in
      var joined: [UInt8] = []
      var scanner = WireScanner(bytes, list)
      while !scanner.isAtEnd {
        guard let field = scanner.field() else { return nil }
        guard field.number == 1, field.wire == .lengthPrefixed else {
          guard scanner.skip(field.wire) else { return nil }
          continue
        }
        guard let content = scanner.content() else { return nil }
        if content.count == 1 {
          joined.append(bytes[content.lowerBound])
        } else {
          joined += bytes[content]
        }
      }
      return joined
    }
    guard let joined else { throw damaged(name) }
    return joined
  }

  /// - Errors: `tfrecord.example`.
  public func floats(_ name: String) throws(Diagnostic) -> [Float] {
    let list = try list(name, .floats)
    let values = record.withUnsafeBytes { bytes -> [Float]? in
      var values: [Float] = []
      func append(_ range: Range<Int>) {
        for place in stride(from: range.lowerBound, to: range.upperBound, by: 4) {
          let bits = bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)
          values.append(Float(bitPattern: UInt32(littleEndian: bits)))
        }
      }
      var scanner = WireScanner(bytes, list)
      while !scanner.isAtEnd {
        guard let field = scanner.field() else { return nil }
        switch (field.number, field.wire) {
        case (1, .fourBytes):
          guard let range = scanner.fixed(4) else { return nil }
          append(range)
        case (1, .lengthPrefixed):
          guard let range = scanner.content(), range.count.isMultiple(of: 4) else { return nil }
          append(range)
        default: guard scanner.skip(field.wire) else { return nil }
        }
      }
      return values
    }
    guard let values else { throw damaged(name) }
    return values
  }

  /// - Errors: `tfrecord.example`.
  public func integers(_ name: String) throws(Diagnostic) -> [Int64] {
    let list = try list(name, .integers)
    let values = record.withUnsafeBytes { bytes -> [Int64]? in
      var values: [Int64] = []
      var scanner = WireScanner(bytes, list)
      while !scanner.isAtEnd {
        guard let field = scanner.field() else { return nil }
        switch (field.number, field.wire) {
        case (1, .varint):
          guard let value = scanner.varint() else { return nil }
          values.append(Int64(bitPattern: value))
        case (1, .lengthPrefixed):
          guard let range = scanner.content() else { return nil }
          var inner = WireScanner(bytes, range)
          while !inner.isAtEnd {
            guard let value = inner.varint() else { return nil }
            values.append(Int64(bitPattern: value))
          }
        default: guard scanner.skip(field.wire) else { return nil }
        }
      }
      return values
    }
    guard let values else { throw damaged(name) }
    return values
  }
}
