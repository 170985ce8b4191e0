extension RecordExample {
  /// A list of a `tf.Example`.
  public enum Feature: Sendable {
    /// One string of all bytes.
    case bytes([UInt8])
    /// A string for each byte, as the multi-object image sets store pictures.
    case byteStrings([UInt8])
    case floats([Float])
  }

  /// The bytes of a `tf.Example` with these features, in alphabetical order of their names.
  ///
  /// - Source: `example.proto` and `feature.proto` of TensorFlow.
  public static func encode(_ features: [(name: String, value: Feature)]) -> [UInt8] {
    let list = WireWriter { list in
      for (name, value) in features.sorted(by: { $0.name < $1.name }) {
        list.message(1) { entry in
          entry.text(1, name)
          entry.message(2) { value.write(to: &$0) }
        }
      }
    }
    return WireWriter { $0.content(1, list.bytes) }.bytes
  }
}

extension RecordExample.Feature {
  fileprivate func write(to feature: inout WireWriter) {
    switch self {
    case .bytes(let bytes):
      feature.message(1) { $0.content(1, bytes) }
    case .byteStrings(let bytes):
      feature.message(1) { list in
        for byte in bytes { list.content(1, CollectionOfOne(byte)) }
      }
    case .floats(let values):
      feature.message(2) { $0.floats(1, values) }
    }
  }
}
