import Glibc
import TensorCore

/// Where the cache lies and how large it may be, as the environment says.
///
/// - Source: the names `XDG_CACHE_HOME` and `.cache`, and that relative paths there are ignored:
///   XDG Base Directory Specification 0.8.
package struct CacheSettings: Equatable, Sendable {
  package var folder: String
  package var byteLimit: Int

  /// In MiB.
  package static let defaultLimit = 512
  package static let limitRange = 0...(1 << 30)
  package static let variables = [
    "SMALTI_CACHE", "XDG_CACHE_HOME", "HOME", "SMALTI_CACHE_LIMIT_MB",
  ]

  /// `$SMALTI_CACHE`, else `$XDG_CACHE_HOME/smalti`, else `$HOME/.cache/smalti`; an empty variable
  /// counts as unset.
  ///
  /// - Errors: `cache.limit`, `cache.no-folder`.
  package init(_ environment: [String: String]) throws(Diagnostic) {
    func absolute(_ name: String) -> String? {
      environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil }
    }
    if let named = environment["SMALTI_CACHE"], !named.isEmpty {
      folder = named
    } else if let base = absolute("XDG_CACHE_HOME") {
      folder = base + "/smalti"
    } else if let home = absolute("HOME") {
      folder = home + "/.cache/smalti"
    } else {
      throw .cacheNoFolder()
    }
    byteLimit = try Self.limit(environment["SMALTI_CACHE_LIMIT_MB"]) << 20
  }

  /// The variables that matter, of this process.
  package static var processEnvironment: [String: String] {
    var environment: [String: String] = [:]
    for name in variables {
      environment[name] = getenv(name).map { String(cString: $0) }
    }
    return environment
  }

  private static func limit(_ text: String?) throws(Diagnostic) -> Int {
    guard let text, !text.isEmpty else { return defaultLimit }
    guard let count = Int(text), limitRange.contains(count) else {
      throw .cacheLimit(text, range: limitRange)
    }
    return count
  }
}
