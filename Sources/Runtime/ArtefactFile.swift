import CSmaltiRuntime
import Glibc

/// A shared library or executable that Smalti compiled, as a file: seen to be whole before any of it
/// is loaded.
///
/// A damaged library can end the process that loads it, so its length and checksum are compared
/// first; see ``ArtefactTrailer``. Who calls `dlopen` without asking here does without.
public struct ArtefactFile: Sendable {
  public let path: String
  public let byteCount: Int
  /// What the file says of itself: JSON.
  public let description: String
  /// The file's number on its device.
  let inode: UInt64
  /// The number of the processor that its code is for, as ELF counts them.
  let machine: UInt16

  /// - Errors: `unreadable`; `damagedFile` for a file without trailer, cut off or changed.
  public init(_ path: String) throws(RunError) {
    let map = try FileMap(path)
    let trailer = try ArtefactTrailer(map.bytes, path)
    self.path = path
    byteCount = map.bytes.count
    description = String(decoding: map.bytes[trailer.description], as: UTF8.self)
    inode = map.inode
    machine =
      map.bytes.count >= 20
      ? UInt16(littleEndian: map.bytes.loadUnaligned(fromByteOffset: 18, as: UInt16.self)) : 0
  }
}

/// The last bytes of a shared library or an executable: what tells a whole file from a damaged one.
///
///     0   8  "SMALTIA\n"
///     8   4  version, 1
///     12  4  CRC-32 of all bytes before the trailer
///     16  8  bytes of the whole file
///     24  8  where the description starts, and
///     32  8  its bytes
///     40 20  zero
///     60  4  CRC-32 of the trailer's bytes before
///
/// Little-endian. A linker or loader does not look behind the tables of an ELF file.
public struct ArtefactTrailer: Sendable, Equatable {
  public static let byteCount = 64
  private static let version: UInt32 = 1
  private static let magic = Array("SMALTIA\n".utf8)

  /// The bytes of the file that hold its description, as JSON.
  public var description: Range<Int>

  public init(description: Range<Int>) { self.description = description }

  /// The trailer of a file that has `bytes` before it.
  public func bytes(after bytes: [UInt8]) -> [UInt8] {
    var trailer = Self.magic
    func append(_ number: some FixedWidthInteger) {
      withUnsafeBytes(of: number.littleEndian) { trailer += $0 }
    }
    append(Self.version)
    append(bytes.withUnsafeBytes { Self.checksum($0) })
    append(UInt64(bytes.count + Self.byteCount))
    append(UInt64(description.lowerBound))
    append(UInt64(description.count))
    trailer += [UInt8](repeating: 0, count: 20)
    append(trailer.withUnsafeBytes { Self.checksum($0) })
    return trailer
  }

  /// Reads and checks the trailer of a whole file.
  ///
  /// - Errors: `damagedFile`.
  init(_ file: UnsafeRawBufferPointer, _ path: String) throws(RunError) {
    func fail(_ fact: String) -> RunError {
      RunError(.damagedFile, "'\(path)' \(fact)")
    }
    let start = file.count - Self.byteCount
    guard start >= 0, file[start..<start + Self.magic.count].elementsEqual(Self.magic) else {
      throw fail(
        "does not end as a file of Smalti does: it is none, was cut off, or stripped; compile or "
          + "copy it again")
    }
    func number<Number: FixedWidthInteger>(_ offset: Int, as type: Number.Type) -> Number {
      Number(littleEndian: file.loadUnaligned(fromByteOffset: start + offset, as: type))
    }
    guard
      Self.checksum(UnsafeRawBufferPointer(rebasing: file[start..<start + 60]))
        == number(60, as: UInt32.self)
    else { throw fail("has a damaged trailer; copy it again") }
    let version = number(8, as: UInt32.self)
    guard version == Self.version else {
      throw fail("has trailer version \(version), this runtime reads \(Self.version)")
    }
    guard number(16, as: UInt64.self) == UInt64(file.count) else {
      throw fail(
        "has \(file.count) bytes, its trailer says \(number(16, as: UInt64.self)); copy it again")
    }
    let checksum = Self.checksum(UnsafeRawBufferPointer(rebasing: file[..<start]))
    guard checksum == number(12, as: UInt32.self) else {
      throw fail(
        "is damaged: its checksum is \(String(checksum, radix: 16)), it should be "
          + "\(String(number(12, as: UInt32.self), radix: 16)); copy it again")
    }
    let (first, count) = (number(24, as: UInt64.self), number(32, as: UInt64.self))
    guard first <= UInt64(start), count <= UInt64(start) - first else {
      throw fail("has a description outside itself")
    }
    description = Int(first)..<Int(first + count)
  }

  private static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    smalti_crc32(0, bytes.baseAddress, UInt64(bytes.count))
  }
}

/// A file's bytes, mapped; gone with the object.
private final class FileMap {
  let bytes: UnsafeRawBufferPointer
  let inode: UInt64

  /// - Errors: `unreadable`.
  init(_ path: String) throws(RunError) {
    func fail(_ fact: String) -> RunError {
      RunError(.unreadable, "cannot read '\(path)': \(fact)")
    }
    // Without waiting: a pipe without a writer would never open.
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw fail(String(cString: strerror(errno))) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw fail(String(cString: strerror(errno))) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw fail("it is no regular file") }
    inode = UInt64(status.st_ino)
    guard status.st_size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let start = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, file, 0),
      start != MAP_FAILED
    else { throw fail(String(cString: strerror(errno))) }
    bytes = UnsafeRawBufferPointer(start: start, count: Int(status.st_size))
  }

  deinit {
    if let start = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
    }
  }
}
