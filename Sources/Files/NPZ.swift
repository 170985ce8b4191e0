import TensorCore

/// NumPy's archive of named arrays: a zip file whose members are npy files.
///
/// - Cost: opening reads the directory of the archive only; each read unpacks one member.
public struct NPZFile: Sendable {
  public let path: String
  /// The names of the arrays, in the order of the archive.
  public let names: [String]
  private let members: [String: ZipMember]
  private let contents: FileContents
  private let limit: Int

  /// A member of more unpacked bytes is refused unless the caller asks for another limit.
  public static let defaultLimit = 1 << 33

  /// - Units: `limit` in bytes of one unpacked member.
  /// - Errors: `file.unreadable`, `file.not-regular`, and the `npz.` codes.
  public init(reading path: String, limit: Int = defaultLimit) throws(Diagnostic) {
    try self.init(FileContents(mapping: path), limit: limit)
  }

  package init(_ contents: FileContents, limit: Int = defaultLimit) throws(Diagnostic) {
    var names: [String] = []
    var members: [String: ZipMember] = [:]
    for member in try ZipArchive(contents).members() {
      guard member.name.hasSuffix(".npy") else {
        throw .npzMember(contents.path, member.name, "is not an npy file")
      }
      let name = String(member.name.dropLast(4))
      guard members.updateValue(member, forKey: name) == nil else {
        throw .npzMember(contents.path, member.name, "occurs twice")
      }
      names.append(name)
    }
    path = contents.path
    self.names = names
    self.members = members
    self.contents = contents
    self.limit = limit
  }
}

// MARK: - Access
extension NPZFile {
  /// The type of an array; unpacks its header only.
  ///
  /// - Errors: `file.no-tensor`, `npz.damaged`, `npz.too-large`, and the `npy.` codes.
  public func type(of name: String) throws(Diagnostic) -> TensorType {
    try reading(name) { (_, header, _) throws(Diagnostic) in header.type }
  }

  /// - Errors: `file.no-tensor`, `file.memory`, `npz.damaged`, `npz.too-large`, and the `npy.`
  ///   codes.
  public func bytes(of name: String) throws(Diagnostic) -> TensorBytes {
    try reading(name) { (stream, header, start) throws(Diagnostic) in
      // The header agrees with the stated size, which the archive can hold: now allocate.
      let whole = try FileContents(
        named: memberPath(name), byteCount: header.byteCount + header.type.byteCount
      ) { (target) throws(Diagnostic) in
        target.copyMemory(from: start.bytes)
        try stream.read(UnsafeMutableRawBufferPointer(rebasing: target[start.bytes.count...]))
        try stream.requireEnd()
      }
      return TensorBytes(header.type, in: whole, at: header.byteCount..<whole.bytes.count)
    }
  }

  /// - Errors: those of `bytes(of:)`.
  public func tensor(_ name: String) throws(Diagnostic) -> HostTensor {
    try bytes(of: name).tensor
  }

  /// Calls `body` with the member's stream, its header, and the bytes read so far.
  private func reading<Result>(
    _ name: String, _ body: (ZipStream, NPYHeader, FileContents) throws(Diagnostic) -> Result
  ) throws(Diagnostic) -> Result {
    guard let member = members[name] else {
      throw .fileNoTensor(path, name, known: names)
    }
    guard member.byteCount <= limit else {
      throw .npzTooLarge(path, member.name, byteCount: member.byteCount, limit: limit)
    }
    return try ZipArchive(contents).reading(member) { (stream) throws(Diagnostic) in
      let start = try FileContents(
        named: memberPath(name), byteCount: min(member.byteCount, NPYHeader.maximumByteCount)
      ) { (target) throws(Diagnostic) in try stream.read(target) }
      let header = try NPYHeader(parsing: start.bytes, of: start.path)
      guard member.byteCount - header.byteCount == header.type.byteCount else {
        throw .npySize(
          memberPath(name), header.type, expected: header.type.byteCount,
          got: member.byteCount - header.byteCount)
      }
      return try body(stream, header, start)
    }
  }

  private func memberPath(_ name: String) -> String { "\(path): \(name)" }
}

// MARK: - Writing
extension NPZFile {
  /// Writes an archive that holds `tensors` in their order, or leaves what was there.
  ///
  /// Members are stored as they are unless `isDeflated`: packing floats saves little and costs much.
  ///
  /// - Errors: `npz.member`, `npy.no-bf16`, `file.memory`, `file.unwritable`,
  ///   `file.not-regular`.
  public static func write(
    _ tensors: [(name: String, value: TensorBytes)], to path: String, isDeflated: Bool = false
  ) throws(Diagnostic) {
    var seen: Set<String> = []
    var members: [(name: String, contents: FileContents)] = []
    for (name, value) in tensors {
      guard seen.insert(name).inserted else { throw .npzMember(path, name, "occurs twice") }
      guard !name.isEmpty, !name.utf8.contains(0) else {
        throw .npzMember(path, name, "is empty or holds a zero byte")
      }
      let header = try NPYFile.header(of: value.type, path: "\(path): \(name)")
      let contents = try FileContents(
        named: name, byteCount: header.count + value.type.byteCount
      ) { (target) throws(Diagnostic) in
        target.copyBytes(from: header)
        let rest = UnsafeMutableRawBufferPointer(rebasing: target[header.count...])
        value.withUnsafeBytes { rest.copyMemory(from: $0) }
      }
      members.append((name: name + ".npy", contents: contents))
    }
    let archive = try ZipWriter.archive(members, isDeflated: isDeflated, path: path)
    try AtomicFile.write(to: path) { (writer) throws(Diagnostic) in
      try writer.append(archive.bytes)
    }
  }
}
