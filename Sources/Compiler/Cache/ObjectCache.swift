import Glibc
import Synchronization
import TensorCore

/// Object code on disk, found again by the text it was made from.
///
/// A key says all that the object depends on: the module's text, the target level, the compiler's
/// version. It is compared whole, so a hit is exact. The folder holds code that will be run:
/// ``FileFacts`` states who is trusted.
///
/// No failure here may end a compile. Opening throws, and the caller goes on without a cache and
/// warns; everything else misses, or does not store, and leaves its ``complaints``.
///
/// Any number of threads and processes may share a folder, without locks: entries appear whole by
/// rename, and a reader of an entry that is removed meanwhile keeps what it opened.
public final class ObjectCache: Sendable {
  /// The folder, as it was named.
  public var folder: String { files.path }
  /// Above this many bytes, the entries that were unused for longest are removed.
  public let byteLimit: Int

  private let files: CacheFolder
  private let collected = Mutex<[Diagnostic]>([])

  /// The cache that the environment names: `SMALTI_CACHE`, else `XDG_CACHE_HOME/smalti`, else
  /// `HOME/.cache/smalti`, with at most `SMALTI_CACHE_LIMIT_MB` MiB.
  ///
  /// - Errors: `cache.limit`, `cache.no-folder`, and those of ``init(folder:byteLimit:)``.
  public convenience init() throws(Diagnostic) {
    let settings = try CacheSettings(CacheSettings.processEnvironment)
    try self.init(folder: settings.folder, byteLimit: settings.byteLimit)
  }

  /// Opens the folder, and makes it if it is not there. With a limit of 0 nothing is stored.
  ///
  /// - Errors: `cache.untrusted`, `cache.unreadable`, `cache.unwritable`.
  public convenience init(folder: String, byteLimit: Int) throws(Diagnostic) {
    try self.init(folder: folder, byteLimit: byteLimit, user: geteuid())
  }

  /// As if this process belonged to `user`.
  package init(folder: String, byteLimit: Int, user: UInt32) throws(Diagnostic) {
    self.byteLimit = byteLimit
    files = try CacheFolder(folder, user: user)
  }

  /// What went wrong so far, each fact once: a full disk refuses many objects.
  public var complaints: [Diagnostic] { collected.withLock { $0 } }
}

// MARK: - Use
extension ObjectCache {
  public struct Hit: Equatable, Sendable {
    public var object: [UInt8]
  }

  /// The object that was stored for this key, byte by byte; its entry counts as used now.
  public func lookup(_ key: String) -> Hit? {
    let key = Array(key.utf8)
    let name = EntryName(key: key).text
    do throws(Diagnostic) {
      guard let bytes = try files.read(name, limit: byteLimit) else { return nil }
      switch CacheEntry.decode(bytes, key: key) {
      case .object(let object):
        files.touch(name)
        return Hit(object: object)
      case .otherKey: return nil
      case .damaged(let fact): throw .cacheDamaged("\(folder)/\(name)", fact)
      }
    } catch {
      // Another process may have put a good entry there meanwhile; then it is compiled once more.
      if error.code == "cache.damaged" { files.remove(name) }
      complain(error)
      return nil
    }
  }

  /// Keeps `object` for later; replaces what is there.
  public func store(_ key: String, _ object: [UInt8]) {
    let key = Array(key.utf8)
    guard byteLimit > 0 else { return }
    let byteCount = CacheEntry.byteCount(key: key, object: object)
    guard byteCount <= byteLimit else {
      complain(.cacheTooLarge(folder, byteCount: byteCount, limit: byteLimit))
      return
    }
    let name = EntryName(key: key)
    do throws(Diagnostic) {
      try files.write(
        CacheEntry.encode(key: key, object: object), to: name.text, by: name.temporary())
      try trim(keeping: name.text)
    } catch {
      complain(error)
    }
  }

  private func complain(_ diagnostic: Diagnostic) {
    collected.withLock { if !$0.contains(diagnostic) { $0.append(diagnostic) } }
  }
}

// MARK: - Content
extension ObjectCache {
  public struct Content: Equatable, Sendable {
    public var count = 0
    public var byteCount = 0
    /// When the entry that was unused for longest was last used, since 1970; nil without entries.
    public var oldestUse: Duration?
    /// When an entry was last used, since 1970; nil without entries.
    public var newestUse: Duration?
  }

  /// What the folder holds now; unfinished and foreign names do not count.
  public func list() -> Content {
    let uses = found(Self.isEntry).map(\.facts)
    return Content(
      count: uses.count, byteCount: uses.reduce(0) { $0 + $1.byteCount },
      oldestUse: uses.map(\.lastUse).min(), newestUse: uses.map(\.lastUse).max())
  }

  /// Removes all entries and returns what they were. What others are writing now stays, and so do
  /// files of other names: the folder may have been named by mistake.
  @discardableResult
  public func clear() -> Content {
    let content = list()
    for file in found({ Self.isEntry($0) || Self.isLeftover($0) }) {
      files.remove(file.name)
    }
    return content
  }

  private typealias File = (name: String, facts: FileFacts)

  private static func isEntry(_ file: File) -> Bool {
    EntryName.isEntry(file.name) && file.facts.kind != .folder
  }

  /// An unfinished entry whose writer died: nobody takes an hour over one.
  private static func isLeftover(_ file: File) -> Bool {
    EntryName.isTemporary(file.name)
      && Duration.seconds(time(nil)) - file.facts.lastUse > .seconds(3600)
  }

  private func found(_ isWanted: (File) -> Bool) -> [File] {
    do throws(Diagnostic) {
      return try files.files().filter(isWanted)
    } catch {
      complain(error)
      return []
    }
  }

  /// Removes what was unused for longest until the rest is within the limit, and what writers
  /// left behind that died. The entry `kept` stays even if its time lies before others'.
  private func trim(keeping kept: String) throws(Diagnostic) {
    let all = try files.files()
    for file in all where Self.isLeftover(file) { files.remove(file.name) }
    let entries = all.filter { Self.isEntry($0) }
    var excess = entries.reduce(-byteLimit) { $0 + $1.facts.byteCount }
    // Names decide between equal times, so that processes that trim at once agree.
    let oldestFirst = entries.sorted { ($0.facts.lastUse, $0.name) < ($1.facts.lastUse, $1.name) }
    for entry in oldestFirst where excess > 0 && entry.name != kept {
      files.remove(entry.name)
      excess -= entry.facts.byteCount
    }
  }

}
