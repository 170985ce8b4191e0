import Glibc
import TensorCore

// The one place of the cache that speaks to the file system.
//
// Everything goes through a descriptor of the folder: who swaps the folder's name for another one
// after it was checked gains nothing. An entry is checked by its own descriptor and read into
// memory before it is believed.
//
// Why the unsafe code is safe: buffers are only lent to calls that return before the closure ends;
// a directory stream and its entry are used between `fdopendir` and `closedir` by one thread.

/// A folder that only this user may write.
final class CacheFolder: Sendable {
  let path: String
  private let user: UInt32
  private let descriptor: Int32

  /// Opens the folder, and makes it with mode 0700 if it is not there.
  ///
  /// - Errors: `cache.untrusted`, `cache.unreadable`, `cache.unwritable`.
  init(_ path: String, user: UInt32) throws(Diagnostic) {
    var path = path
    // `link/` would be followed.
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    self.path = path
    self.user = user
    try Self.make(path)
    let descriptor = Self.retrying {
      open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    }
    guard descriptor >= 0 else {
      let code = errno
      let facts = Self.facts { fstatat(AT_FDCWD, path, &$0, AT_SYMLINK_NOFOLLOW) }
      guard let fact = facts?.distrust(expecting: .folder, user: user) else {
        throw .cacheUnreadable(path, code)
      }
      throw .cacheUntrusted(path, fact, help: Self.folderHelp)
    }
    // All is set from here on, so that `deinit` closes the descriptor whatever happens.
    self.descriptor = descriptor
    guard let facts = Self.facts({ fstat(descriptor, &$0) }) else {
      throw .cacheUnreadable(path, errno)
    }
    if let fact = facts.distrust(expecting: .folder, user: user) {
      throw .cacheUntrusted(path, fact, help: Self.folderHelp)
    }
  }

  deinit { close(descriptor) }

  private static let folderHelp =
    "make the folder your own (chmod go-w), or set SMALTI_CACHE to a folder of your own"

  /// Makes the folder and, where needed, those above it, each for this user alone.
  private static func make(_ path: String) throws(Diagnostic) {
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    let code = errno
    guard code == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
      throw .cacheUnwritable(path, code)
    }
    try make(String(path[..<slash]))
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .cacheUnwritable(path, errno) }
  }
}

// MARK: - Files
extension CacheFolder {
  /// The whole file; nil if there is none of at most `limit` bytes.
  ///
  /// - Errors: `cache.untrusted`, `cache.unreadable`.
  func read(_ name: String, limit: Int) throws(Diagnostic) -> [UInt8]? {
    let place = "\(path)/\(name)"
    // Without O_NONBLOCK, opening a pipe waits for its writer, perhaps for ever.
    let file = Self.retrying {
      openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    }
    guard file >= 0 else {
      let code = errno
      if code == ENOENT { return nil }
      guard let fact = facts(of: name)?.distrust(expecting: .file, user: user) else {
        throw .cacheUnreadable(place, code)
      }
      throw .cacheUntrusted(place, fact, help: Self.fileHelp)
    }
    defer { close(file) }
    guard let facts = Self.facts({ fstat(file, &$0) }) else {
      throw .cacheUnreadable(place, errno)
    }
    if let fact = facts.distrust(expecting: .file, user: user) {
      throw .cacheUntrusted(place, fact, help: Self.fileHelp)
    }
    // Made under another limit, or never ours; to believe the size would be to allocate it.
    guard facts.byteCount <= limit else { return nil }
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: facts.byteCount) { buffer, count in
      while count < facts.byteCount {
        let got = Glibc.read(file, buffer.baseAddress! + count, facts.byteCount - count)
        if got < 0, errno == EINTR { continue }
        if got < 0 { failure = errno }
        if got <= 0 { return }
        count += got
      }
    }
    guard failure == 0 else { throw .cacheUnreadable(place, failure) }
    return bytes
  }

  /// Puts `bytes` there in one step: readers see the old file or the whole new one.
  ///
  /// The bytes go to the file `temporary`, which must not exist, and are gone when anything fails.
  ///
  /// - Errors: `cache.unwritable`.
  func write(_ bytes: [UInt8], to name: String, by temporary: String) throws(Diagnostic) {
    let file = Self.retrying {
      openat(descriptor, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    }
    guard file >= 0 else { throw .cacheUnwritable(path, errno) }
    var failure = Self.write(bytes, to: file)
    // Some file systems find out here that the disk is full.
    if close(file) != 0, failure == 0 { failure = errno }
    if failure == 0, renameat(descriptor, temporary, descriptor, name) != 0 { failure = errno }
    guard failure != 0 else { return }
    unlinkat(descriptor, temporary, 0)
    throw .cacheUnwritable(path, failure)
  }

  /// Removes a file; one that is gone already is fine, for others remove too.
  func remove(_ name: String) {
    unlinkat(descriptor, name, 0)
  }

  /// Remembers that the file was of use now.
  func touch(_ name: String) {
    utimensat(descriptor, name, nil, AT_SYMLINK_NOFOLLOW)
  }

  /// Names and facts of the files there, links not followed, in no order; those that vanish
  /// meanwhile are left out.
  ///
  /// - Errors: `cache.unreadable`.
  func files() throws(Diagnostic) -> [(name: String, facts: FileFacts)] {
    // A description of its own: a duplicate would share its position with other threads.
    let copy = Self.retrying { openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard copy >= 0 else { throw .cacheUnreadable(path, errno) }
    guard let stream = fdopendir(copy) else {
      let code = errno
      close(copy)
      throw .cacheUnreadable(path, code)
    }
    defer { closedir(stream) }
    let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name)!
    var found: [(name: String, facts: FileFacts)] = []
    while let entry = readdir(stream) {
      // By address: an entry is as long as its name, and the tuple `d_name` is longer.
      let start = UnsafeRawPointer(entry) + nameOffset
      let name = String(cString: start.assumingMemoryBound(to: CChar.self))
      if let facts = facts(of: name) { found.append((name, facts)) }
    }
    return found
  }

  private static let fileHelp = "nothing is to be done: it is compiled again and replaced"
}

// MARK: - Calls
extension CacheFolder {
  private func facts(of name: String) -> FileFacts? {
    Self.facts { fstatat(descriptor, name, &$0, AT_SYMLINK_NOFOLLOW) }
  }

  private static func facts(_ call: (inout stat) -> Int32) -> FileFacts? {
    var status = stat()
    guard call(&status) == 0 else { return nil }
    let kind: FileFacts.Kind =
      switch status.st_mode & S_IFMT {
      case S_IFDIR: .folder
      case S_IFREG: .file
      case S_IFLNK: .link
      default: .other
      }
    return FileFacts(
      kind: kind, owner: status.st_uid, mode: status.st_mode & 0o7777,
      byteCount: Int(status.st_size),
      lastUse: .seconds(status.st_mtim.tv_sec) + .nanoseconds(status.st_mtim.tv_nsec))
  }

  /// The error's number, or 0.
  private static func write(_ bytes: [UInt8], to file: Int32) -> Int32 {
    bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let count = Glibc.write(
          file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return count < 0 ? errno : EIO }
        rest = rest.dropFirst(count)
      }
      return 0
    }
  }

  private static func retrying(_ call: () -> Int32) -> Int32 {
    while true {
      let result = call()
      if result >= 0 || errno != EINTR { return result }
    }
  }
}
