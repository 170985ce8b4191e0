import GraphCompiler
import TensorCore
import Testing

@Suite("Where the object cache lies")
struct ObjectCacheSettingsTests {
  @Test(
    "the nearest name wins; empty ones and relative bases do not count",
    arguments: [
      (["SMALTI_CACHE": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"], "/a"),
      (["SMALTI_CACHE": "a"], "a"),
      (["SMALTI_CACHE": "", "XDG_CACHE_HOME": "/b", "HOME": "/c"], "/b/smalti"),
      (["XDG_CACHE_HOME": "", "HOME": "/c"], "/c/.cache/smalti"),
      (["XDG_CACHE_HOME": "b", "HOME": "/c"], "/c/.cache/smalti"),
      (["HOME": "/c"], "/c/.cache/smalti"),
    ])
  func folder(_ environment: [String: String], _ folder: String) throws {
    #expect(try CacheSettings(environment).folder == folder)
  }

  @Test("no place at all", arguments: [[:], ["HOME": ""], ["HOME": "c", "XDG_CACHE_HOME": "b"]])
  func noFolder(_ environment: [String: String]) throws {
    let diagnostic = try #require(throws: Diagnostic.self) { try CacheSettings(environment) }
    #expect(diagnostic.code == "cache.no-folder")
    #expect(diagnostic.help == "set SMALTI_CACHE to a folder of your own")
  }

  @Test(
    "the limit, in MiB",
    arguments: [(nil, 512 << 20), ("", 512 << 20), ("0", 0), ("1", 1 << 20), ("3000", 3000 << 20)]
      as [(String?, Int)])
  func limit(_ text: String?, _ byteLimit: Int) throws {
    var environment = ["HOME": "/c"]
    environment["SMALTI_CACHE_LIMIT_MB"] = text
    #expect(try CacheSettings(environment).byteLimit == byteLimit)
  }

  @Test(
    "a limit that is none",
    arguments: ["-1", "1.5", "512M", " 1", "1073741825", "9223372036854775807", "x"])
  func noLimit(_ text: String) throws {
    let diagnostic = try #require(throws: Diagnostic.self) {
      try CacheSettings(["HOME": "/c", "SMALTI_CACHE_LIMIT_MB": text])
    }
    #expect(diagnostic.code == "cache.limit")
    #expect(diagnostic.message.contains("from 0 to 1073741824, got '\(text)'"))
  }

  @Test("the process's environment is read, as far as it matters")
  func processEnvironment() {
    let environment = CacheSettings.processEnvironment
    #expect(Set(environment.keys).isSubset(of: CacheSettings.variables))
  }
}
