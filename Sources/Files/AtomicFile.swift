import Glibc
import TensorCore

/// Writes a file so that readers see the old content or the whole new one, never a part.
///
/// The bytes go to a file beside the target, which takes the target's name only when all of them
/// are on disk. When anything fails the file beside is removed and the target is as it was.
public enum AtomicFile {
  /// Takes the bytes of one file, in order.
  public struct Writer {
    fileprivate let descriptor: Int32
    fileprivate let path: String

    /// - Errors: `file.unwritable`, for example when the disk is full.
    public func append(_ bytes: UnsafeRawBufferPointer) throws(Diagnostic) {
      var rest = bytes[...]
      while !rest.isEmpty {
        let written = Glibc.write(
          descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if written < 0 && errno == EINTR { continue }
        guard written > 0 else { throw .fileUnwritable(path, errno) }
        rest = rest.dropFirst(written)
      }
    }

    /// - Errors: `file.unwritable`.
    public func append(_ bytes: [UInt8]) throws(Diagnostic) {
      let result = bytes.withUnsafeBytes { raw in
        Result { () throws(Diagnostic) in try append(raw) }
      }
      try result.get()
    }
  }

  /// Replaces the file at `path` by what `body` appends; a symbolic link keeps pointing there.
  ///
  /// - Errors: `file.unwritable`, `file.not-regular`, and those of `body`.
  public static func write(
    to path: String, _ body: (Writer) throws(Diagnostic) -> Void
  ) throws(Diagnostic) {
    let target = try target(of: path)
    let folder = folder(of: target)
    let temporary = "\(folder)/.\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).partial"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw .fileUnwritable(path, errno) }
    do throws(Diagnostic) {
      defer { close(descriptor) }
      try body(Writer(descriptor: descriptor, path: path))
      guard fsync(descriptor) == 0 else { throw Diagnostic.fileUnwritable(path, errno) }
      guard rename(temporary, target) == 0 else { throw Diagnostic.fileUnwritable(path, errno) }
    } catch {
      unlink(temporary)
      throw error
    }
    syncFolder(of: target)
  }

  /// Replaces the file at `path` by `bytes`.
  ///
  /// - Errors: `file.unwritable`, `file.not-regular`.
  public static func write(_ bytes: [UInt8], to path: String) throws(Diagnostic) {
    try write(to: path) { (writer) throws(Diagnostic) in try writer.append(bytes) }
  }

  /// The file that `path` means, behind symbolic links.
  ///
  /// A rename would replace a device or a link by a plain file: a link is followed, anything else
  /// that is no regular file is refused.
  private static func target(of path: String) throws(Diagnostic) -> String {
    var status = stat()
    guard stat(path, &status) == 0 else { return path }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .fileNotRegular(path) }
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/." : String(path[..<slash])
  }

  /// Makes the new name of a file itself survive a power cut. Some file systems cannot; the file is whole
  /// all the same.
  static func syncFolder(of path: String) {
    let descriptor = open(folder(of: path), O_RDONLY | O_CLOEXEC | O_DIRECTORY)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
