import Glibc
import TensorCore

// The one place of this module that owns memory by hand.
//
// Why it is safe: `bytes` is set once in `init`, points to memory that only `deinit` releases, and
// is never written afterwards, so any number of threads may read it while the object lives.
// Readers reach it through `TensorBytes`, which keeps the object. A mapped file that another
// process *shortens* while it is mapped would raise SIGBUS, as with every use of mmap; our own
// writers never do that, they replace files by rename.

/// The bytes of one file in memory: mapped from the file, or made here.
package final class FileContents: @unchecked Sendable {
  /// The file's path, for messages; `clips.npz: video` for a member of an archive.
  package let path: String
  package let bytes: UnsafeRawBufferPointer
  private let isMapped: Bool

  /// Maps the regular file at `path`; nothing is read before it is touched.
  ///
  /// - Errors: `file.unreadable`, `file.not-regular`.
  package init(mapping path: String) throws(Diagnostic) {
    // Without O_NONBLOCK, opening a pipe waits for its writer, perhaps for ever.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .fileUnreadable(path, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .fileUnreadable(path, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .fileNotRegular(path) }
    self.path = path
    isMapped = true
    guard status.st_size > 0 else {
      // mmap refuses a length of 0.
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let count = Int(status.st_size)
    guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED
    else { throw .fileUnreadable(path, errno) }
    bytes = UnsafeRawBufferPointer(start: start, count: count)
  }

  /// `byteCount` bytes that `fill` writes.
  ///
  /// - Errors: `file.memory`, and those of `fill`.
  package init(
    named path: String, byteCount: Int,
    filling fill: (UnsafeMutableRawBufferPointer) throws(Diagnostic) -> Void
  ) throws(Diagnostic) {
    // malloc can be asked whether it succeeded; Swift's allocation traps.
    guard let start = malloc(max(byteCount, 1)) else { throw .fileMemory(path, byteCount) }
    let memory = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
    do {
      try fill(memory)
    } catch {
      free(start)
      throw error
    }
    self.path = path
    isMapped = false
    bytes = UnsafeRawBufferPointer(memory)
  }

  /// - Errors: `file.memory`.
  package convenience init(named path: String, copying source: [UInt8]) throws(Diagnostic) {
    try self.init(named: path, byteCount: source.count) { (target) throws(Diagnostic) in
      target.copyBytes(from: source)
    }
  }

  deinit {
    guard let start = UnsafeMutableRawPointer(mutating: bytes.baseAddress) else { return }
    if isMapped { munmap(start, bytes.count) } else { free(start) }
  }

  /// The little-endian integer at `offset`, which must lie inside.
  func integer<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type, at offset: Int) -> T {
    T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
  }

  func slice(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[range])
  }
}
