import CSmaltiZip
import TensorCore

// libzip behind a few Swift functions. An archive object is not safe to share between threads, so
// each lives for one call only.

/// What the directory of an archive states about one member.
struct ZipMember: Sendable {
  var index: UInt64
  /// The name inside the archive.
  var name: String
  /// Bytes after unpacking.
  var byteCount: Int
}

/// A zip archive in memory, open for reading.
final class ZipArchive {
  private let handle: OpaquePointer
  private let contents: FileContents

  /// - Errors: `npz.not-zip`.
  init(_ contents: FileContents) throws(Diagnostic) {
    // libzip takes a file of 0 bytes for an archive without members.
    guard !contents.bytes.isEmpty else { throw .npzNotZip(contents.path, "the file is empty") }
    var error = zip_error_t()
    zip_error_init(&error)
    defer { zip_error_fini(&error) }
    guard
      let source = zip_source_buffer_create(
        contents.bytes.baseAddress, UInt64(contents.bytes.count), 0, &error)
    else { throw .npzNotZip(contents.path, Self.sentence(&error)) }
    guard let handle = zip_open_from_source(source, ZIP_RDONLY, &error) else {
      zip_source_free(source)
      throw .npzNotZip(contents.path, Self.sentence(&error))
    }
    self.handle = handle
    self.contents = contents
  }

  deinit { zip_discard(handle) }

  /// The members in the order of the directory, each with sizes that the file can hold.
  ///
  /// - Errors: `npz.member`, `npz.lying-size`.
  func members() throws(Diagnostic) -> [ZipMember] {
    var members: [ZipMember] = []
    for index in 0..<UInt64(max(zip_get_num_entries(handle, 0), 0)) {
      members.append(try member(index))
    }
    return members
  }

  private func member(_ index: UInt64) throws(Diagnostic) -> ZipMember {
    let needed =
      UInt64(ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD)
      | UInt64(ZIP_STAT_ENCRYPTION_METHOD)
    var status = zip_stat_t()
    zip_stat_init(&status)
    guard zip_stat_index(handle, index, 0, &status) == 0, status.valid & needed == needed,
      let text = zip_get_name(handle, index, 0), let name = String(validatingCString: text)
    else {
      throw .npzMember(contents.path, "number \(index)", "has no readable directory entry")
    }
    guard status.encryption_method == ZIP_EM_NONE else {
      throw .npzMember(contents.path, name, "is encrypted")
    }
    let isStored = status.comp_method == ZIP_CM_STORE
    guard isStored || status.comp_method == ZIP_CM_DEFLATE else {
      throw .npzMember(
        contents.path, name, "is packed by method \(status.comp_method), not stored or deflated")
    }
    // Deflate makes at most 1032 bytes of one, so a small file that states terabytes lies.
    let fileByteCount = UInt64(contents.bytes.count)
    let bound = isStored ? status.comp_size : (min(status.comp_size, fileByteCount) + 1) * 1032
    guard status.comp_size <= fileByteCount, status.size <= bound else {
      throw .npzLyingSize(
        contents.path, name, stated: status.size, packed: status.comp_size,
        fileByteCount: fileByteCount)
    }
    return ZipMember(index: index, name: name, byteCount: Int(status.size))
  }

  /// Calls `body` with a stream over the unpacked bytes of `member`.
  func reading<Result>(
    _ member: ZipMember, _ body: (ZipStream) throws(Diagnostic) -> Result
  ) throws(Diagnostic) -> Result {
    guard let file = zip_fopen_index(handle, member.index, 0) else {
      throw .npzDamaged(contents.path, member.name, String(cString: zip_strerror(handle)))
    }
    defer { zip_fclose(file) }
    return try body(ZipStream(file: file, path: contents.path, name: member.name))
  }

  fileprivate static func sentence(_ error: inout zip_error_t) -> String {
    String(cString: zip_error_strerror(&error))
  }
}

/// The unpacked bytes of one member, in order.
struct ZipStream {
  fileprivate let file: OpaquePointer
  fileprivate let path: String
  fileprivate let name: String

  /// Fills `target`.
  ///
  /// - Errors: `npz.damaged`.
  func read(_ target: UnsafeMutableRawBufferPointer) throws(Diagnostic) {
    var filled = 0
    while filled < target.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: target[filled...])
      let got = zip_fread(file, rest.baseAddress, UInt64(rest.count))
      guard got > 0 else {
        throw .npzDamaged(
          path, name,
          got < 0
            ? String(cString: zip_file_strerror(file))
            : "it ends after \(filled) of \(target.count) bytes")
      }
      filled += Int(got)
    }
  }

  /// Nothing may follow; only at the end does libzip compare the checksum.
  ///
  /// - Errors: `npz.damaged`.
  func requireEnd() throws(Diagnostic) {
    var byte: UInt8 = 0
    let got = zip_fread(file, &byte, 1)
    guard got == 0 else {
      throw .npzDamaged(
        path, name,
        got < 0 ? String(cString: zip_file_strerror(file)) : "it is longer than it states")
    }
  }
}

// MARK: - Writing

/// A zip archive made in memory, so that it reaches the disk like every other file.
enum ZipWriter {
  /// The bytes of an archive with these members; the same members give the same bytes.
  ///
  /// - Errors: `file.memory`.
  static func archive(
    _ members: [(name: String, contents: FileContents)], isDeflated: Bool, path: String
  ) throws(Diagnostic) -> FileContents {
    var error = zip_error_t()
    zip_error_init(&error)
    defer { zip_error_fini(&error) }
    guard let target = zip_source_buffer_create(nil, 0, 0, &error) else {
      throw .fileMemory(path, 0)
    }
    // The archive takes one reference; ours lets the bytes be read after it is closed.
    zip_source_keep(target)
    defer { zip_source_free(target) }
    guard let handle = zip_open_from_source(target, ZIP_TRUNCATE, &error) else {
      zip_source_free(target)
      throw .fileMemory(path, 0)
    }
    do {
      for member in members { try add(member, to: handle, isDeflated: isDeflated, path: path) }
    } catch {
      zip_discard(handle)
      throw error
    }
    let result = withExtendedLifetime(members) { zip_close(handle) }
    guard result == 0 else {
      zip_discard(handle)
      throw .fileMemory(path, members.reduce(0) { $0 + $1.contents.bytes.count })
    }
    return try bytes(of: target, path: path)
  }

  private static func add(
    _ member: (name: String, contents: FileContents), to handle: OpaquePointer, isDeflated: Bool,
    path: String
  ) throws(Diagnostic) {
    let bytes = member.contents.bytes
    guard let source = zip_source_buffer(handle, bytes.baseAddress, UInt64(bytes.count), 0) else {
      throw .fileMemory(path, bytes.count)
    }
    let index = zip_file_add(handle, member.name, source, UInt32(ZIP_FL_ENC_UTF_8))
    guard index >= 0 else {
      zip_source_free(source)
      throw .fileMemory(path, bytes.count)
    }
    let method = isDeflated ? ZIP_CM_DEFLATE : ZIP_CM_STORE
    zip_set_file_compression(handle, UInt64(index), method, 0)
    // The first day a zip file can name, 1 January 1980, so that bytes do not depend on the clock.
    zip_file_set_dostime(handle, UInt64(index), 0, 1 << 5 | 1, 0)
  }

  private static func bytes(
    of source: OpaquePointer, path: String
  ) throws(Diagnostic) -> FileContents {
    var status = zip_stat_t()
    zip_stat_init(&status)
    // An archive without members closes to no file at all; NumPy writes the empty directory.
    guard zip_source_stat(source, &status) == 0, status.valid & UInt64(ZIP_STAT_SIZE) != 0,
      status.size > 0, zip_source_open(source) == 0
    else { return try FileContents(named: path, copying: emptyArchive) }
    defer { zip_source_close(source) }
    return try FileContents(named: path, byteCount: Int(status.size)) {
      (target) throws(Diagnostic) in
      let got = zip_source_read(source, target.baseAddress, UInt64(target.count))
      guard got == Int64(target.count) else { throw .fileMemory(path, target.count) }
    }
  }

  /// The end record of a directory without entries: its signature and 18 zero bytes.
  private static let emptyArchive: [UInt8] =
    [0x50, 0x4B, 0x05, 0x06] + [UInt8](repeating: 0, count: 18)
}
