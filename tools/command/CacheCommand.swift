import ArgumentParser
import Foundation
import ModelRequests
import Smalti

/// `smalti cache`: the object code kept on disk.
struct CacheCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache",
    abstract: "Shows the disk cache of object code, or empties it.",
    discussion: """
      The cache lies in $SMALTI_CACHE, else $XDG_CACHE_HOME/smalti, else ~/.cache/smalti,
      and holds at most $SMALTI_CACHE_LIMIT_MB MiB (512 by default).

      Example: smalti cache
      Example: smalti cache --clear
      """)

  @Flag(help: "Remove all entries.")
  var clear = false

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let cache = try ObjectCache()
    let content = clear ? cache.clear() : cache.list()
    cache.complaints.forEach { Console.error($0.description) }
    let page = CachePage(cache, content, isCleared: clear)
    options.report(page, page.text)
    if clear, !cache.complaints.isEmpty { throw ExitCode(Ending.failed.rawValue) }
  }
}

/// What the cache holds, or held before it was cleared.
struct CachePage: Encodable {
  var folder: String
  var byteLimit: Int
  var isCleared: Bool
  var entries: Int
  var byteCount: Int
  /// Seconds since the entry that was unused for longest was used; nil without entries.
  var oldestUseSecondsAgo: Double?

  init(_ cache: ObjectCache, _ content: ObjectCache.Content, isCleared: Bool) {
    folder = cache.folder
    byteLimit = cache.byteLimit
    self.isCleared = isCleared
    entries = content.count
    byteCount = content.byteCount
    oldestUseSecondsAgo = content.oldestUse.map { Date.now.timeIntervalSince1970 - $0.seconds }
  }

  var text: String {
    let held = "\(entries) \(entries == 1 ? "entry" : "entries"), \(Quantity.bytes(byteCount))"
    if isCleared { return "removed \(held) from \(folder)" }
    let age = oldestUseSecondsAgo.map { ", oldest used \(Self.age($0)) ago" } ?? ""
    return "\(folder): \(held) of \(Quantity.bytes(byteLimit))\(age)"
  }

  private static func age(_ seconds: Double) -> String {
    let units = [("day", 86400.0), ("hour", 3600), ("minute", 60)]
    guard let (name, size) = units.first(where: { seconds >= $0.1 }) else { return "seconds" }
    let count = Int(seconds / size)
    return "\(count) \(name)\(count == 1 ? "" : "s")"
  }
}
