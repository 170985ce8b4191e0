import TensorCore

extension SafetensorsFile {
  /// Writes a file that holds `tensors` and `metadata`, or leaves what was there.
  ///
  /// Tensors are laid out like the reference library does, widest type first and names in byte
  /// order within a type, so every tensor is aligned to its element; the same tensors give the same
  /// bytes in whatever order they come. The header is padded with spaces to a multiple of 8.
  ///
  /// - Errors: `safetensors.duplicate`, `safetensors.reserved`, `file.unwritable`,
  ///   `file.not-regular`.
  public static func write(
    _ tensors: [(name: String, value: TensorBytes)],
    metadata: [(key: String, value: String)] = [], to path: String
  ) throws(Diagnostic) {
    try checkNames(tensors.map(\.name), metadata.map(\.key), path: path)
    let ordered = tensors.sorted { left, right in
      let (first, second) = (left.value.type.element, right.value.type.element)
      if first != second { return first.safetensorsRank < second.safetensorsRank }
      return left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
    }
    let header = header(ordered.map { ($0.name, $0.value.type) }, metadata)
    try AtomicFile.write(to: path) { (writer) throws(Diagnostic) in
      try writer.append(littleEndianBytes(UInt64(header.count)))
      try writer.append(header)
      for (_, value) in ordered {
        try value.withUnsafeBytes { (bytes) throws(Diagnostic) in try writer.append(bytes) }
      }
    }
  }

  private static func checkNames(
    _ names: [String], _ keys: [String], path: String
  ) throws(Diagnostic) {
    guard !names.contains(SafetensorsHeader.metadataName) else {
      throw .safetensorsReserved(path)
    }
    for list in [names, keys] {
      var seen: Set<String> = []
      for name in list where !seen.insert(name).inserted {
        throw .safetensorsDuplicate(path, name)
      }
    }
  }

  private static func header(
    _ tensors: [(name: String, type: TensorType)], _ metadata: [(key: String, value: String)]
  ) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.map { "\(quoted($0.key)):\(quoted($0.value))" }
      members.append(
        "\(quoted(SafetensorsHeader.metadataName)):{\(pairs.joined(separator: ","))}")
    }
    var offset = 0
    for (name, type) in tensors {
      let lengths = type.shape.dimensions.map(String.init).joined(separator: ",")
      let end = offset + type.byteCount
      members.append(
        "\(quoted(name)):{\"dtype\":\"\(type.element.safetensorsName)\",\"shape\":[\(lengths)],"
          + "\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    let text = Array("{\(members.joined(separator: ","))}".utf8)
    let padding = (8 - text.count % 8) % 8
    return text + [UInt8](repeating: UInt8(ascii: " "), count: padding)
  }

  /// A JSON string: quotes, backslashes and control characters escaped, all else as it is.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\u{8}": result += "\\b"
      case "\u{C}": result += "\\f"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\0"..."\u{1F}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

extension ElementType {
  /// The reference library sorts by its own list of types, backwards.
  fileprivate var safetensorsRank: Int {
    let order: [ElementType] = [
      .u64, .i64, .f64, .f32, .u32, .i32, .bf16, .f16, .u16, .i16, .i8, .u8, .bool,
    ]
    guard let rank = order.firstIndex(of: self) else {
      preconditionFailure("internal: \(self) has no place in a safetensors file")
    }
    return rank
  }
}

/// The bytes of an integer, lowest first.
func littleEndianBytes<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) }
}
