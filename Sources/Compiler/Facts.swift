import Glibc
import TensorCore

// The diagnostics of GraphCompiler, alphabetically. Those of the cache are warnings: a compile goes
// on without what they speak of.

extension Diagnostic {
  static func cacheDamaged(_ path: String, _ fact: String) -> Diagnostic {
    Diagnostic(
      "cache.damaged", "a cached object is damaged: \(fact)", at: path,
      notes: ["it is not used; the object is compiled again"],
      help: "nothing is to be done; if it happens again, check the disk")
  }

  static func cacheLimit(_ text: String, range: ClosedRange<Int>) -> Diagnostic {
    Diagnostic(
      "cache.limit",
      "the limit of the cache is a whole number of MiB from \(range.lowerBound) to "
        + "\(range.upperBound), got '\(text)'", at: "SMALTI_CACHE_LIMIT_MB",
      notes: ["nothing is cached"],
      help: "correct it, or unset it for \(CacheSettings.defaultLimit)")
  }

  static func cacheNoFolder() -> Diagnostic {
    Diagnostic(
      "cache.no-folder",
      "there is no place for the cache: SMALTI_CACHE is not set, and neither XDG_CACHE_HOME nor "
        + "HOME is an absolute path", notes: ["nothing is cached"],
      help: "set SMALTI_CACHE to a folder of your own")
  }

  static func cacheTooLarge(_ path: String, byteCount: Int, limit: Int) -> Diagnostic {
    Diagnostic(
      "cache.too-large",
      "an object and its key take \(byteCount) bytes, and the whole cache may have \(limit)",
      at: path, notes: ["it is not cached"], help: "raise SMALTI_CACHE_LIMIT_MB")
  }

  static func cacheUnreadable(_ path: String, _ code: Int32) -> Diagnostic {
    Diagnostic(
      "cache.unreadable", "cannot read the cache: \(reason(code))", at: path,
      notes: ["what cannot be read is compiled again"],
      help: "check its permissions, or set SMALTI_CACHE to a folder of your own")
  }

  static func cacheUntrusted(_ path: String, _ fact: String, help: String) -> Diagnostic {
    Diagnostic(
      "cache.untrusted", "the cache holds code that will be run, and this \(fact)", at: path,
      notes: ["it is not used"], help: help)
  }

  static func cacheUnwritable(_ path: String, _ code: Int32) -> Diagnostic {
    Diagnostic(
      "cache.unwritable", "cannot write the cache: \(reason(code))", at: path,
      notes: ["nothing was left behind"],
      help: "make room or check its permissions, or set SMALTI_CACHE to another folder")
  }

  // MARK: Words

  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
