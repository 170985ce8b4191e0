import Glibc
import TensorCore

/// A file that grows at its end: logs and event files, which others read while a run writes them.
///
/// Whatever one call of ``append(_:)`` takes is in the file whole or not at all. A length that was
/// noted beside a checkpoint says where to go on: what was appended later is cut off.
public final class AppendedFile {
  public let path: String
  /// Of the whole file.
  public private(set) var byteCount: Int
  private let descriptor: Int32
  private let isNew: Bool

  /// Opens the file at `path`, or makes it.
  ///
  /// - Parameter length: what is kept of the file, in bytes and not negative; all of it when nil.
  /// - Errors: `file.unwritable`, `file.not-regular`, `file.too-short`.
  public init(_ path: String, keeping length: Int? = nil) throws(Diagnostic) {
    if let length, length != 0 { try Self.truncate(path, to: length) }
    let isNew = try !Self.isRegular(path)
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0o666)
    guard descriptor >= 0 else { throw .fileUnwritable(path, errno) }
    var status = stat()
    guard length != 0 || ftruncate(descriptor, 0) == 0, fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw .fileUnwritable(path, code)
    }
    self.path = path
    self.descriptor = descriptor
    self.isNew = isNew
    byteCount = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Appends all bytes, by one write where the system takes them at once.
  ///
  /// - Errors: `file.unwritable`, for example when the disk is full; then the file is as it was.
  public func append(_ bytes: [UInt8]) throws(Diagnostic) {
    var place = 0
    while place < bytes.count {
      let written = bytes.withUnsafeBytes { bytes in
        Glibc.write(descriptor, bytes.baseAddress.map { $0 + place }, bytes.count - place)
      }
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else {
        let code = errno
        // A part of a record would spoil what is appended after it.
        if place > 0 { ftruncate(descriptor, off_t(byteCount)) }
        throw .fileUnwritable(path, code, "the file is as it was")
      }
      place += written
    }
    byteCount += bytes.count
  }

  /// Waits until everything appended so far survives a power cut.
  ///
  /// - Errors: `file.unwritable`.
  public func sync() throws(Diagnostic) {
    guard fsync(descriptor) == 0 else { throw .fileUnwritable(path, errno) }
    if isNew { AtomicFile.syncFolder(of: path) }
  }

  /// Cuts the file at `path` back to its first `byteCount` bytes.
  ///
  /// - Errors: `file.too-short` if it is not that long or not there, `file.unwritable`,
  ///   `file.not-regular`.
  public static func truncate(_ path: String, to byteCount: Int) throws(Diagnostic) {
    precondition(byteCount >= 0, "internal: a file of \(byteCount) bytes")
    guard try isRegular(path) else { throw .fileTooShort(path, nil, needed: byteCount) }
    let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .fileUnwritable(path, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .fileUnwritable(path, errno) }
    guard status.st_size >= byteCount else {
      throw .fileTooShort(path, Int(status.st_size), needed: byteCount)
    }
    guard ftruncate(descriptor, off_t(byteCount)) == 0 else { throw .fileUnwritable(path, errno) }
  }

  /// Whether there is a file; a device or a folder is refused before it is opened, since opening one
  /// may already do something.
  private static func isRegular(_ path: String) throws(Diagnostic) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else { return false }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .fileNotRegular(path) }
    return true
  }
}
