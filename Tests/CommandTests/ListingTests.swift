import Foundation
import Smalti
import Testing

/// `models`, `ops`, `machine`, `cache`.
@Suite("The command: listings")
struct ListingTests {
  @Test("models lists presets with parameters and cost")
  func models() throws {
    try withCommand { smalti in
      let outcome = try smalti.run("models")
      #expect(outcome.status == 0)
      #expect(outcome.out.contains("simone:published  10,998,788  2.22 TFLOP"))
      #expect(outcome.out.contains("simone:tiny"))
      #expect(outcome.error == "")
    }
  }

  @Test("models MODEL lists its options as they are set")
  func modelOptions() throws {
    try withCommand { smalti in
      let outcome = try smalti.run("models", "simone:tiny", "frames=4", "frames_decoded=2")
      #expect(outcome.status == 0)
      #expect(outcome.out.contains("frames                     4            frames of a clip (T)"))
      let page = try #require(
        try json(try smalti.run("models", "simone:tiny", "--json").out) as? [String: Any])
      #expect((page["cost"] as? [String: Any])?["parameters"] as? Int == 246_852)
    }
  }

  @Test("ops lists every operation, and shows one")
  func operations() throws {
    try withCommand { smalti in
      let all = try smalti.run("ops")
      #expect(all.out == OpCatalog.table.names.sorted().map { $0 + "\n" }.joined())
      let one = try smalti.run("ops", "softmax")
      #expect(one.out.hasPrefix("softmax\n  attribute axis, by default -1\n"))
      #expect(one.out.contains("refuses   i32[4]: type.not-floating"))
      let names = try json(try smalti.run("ops", "--json").out)
      #expect(names as? [String] == all.out.split(separator: "\n").map(String.init))
    }
  }

  @Test("every operation's page can be shown", arguments: OpCatalog.table.names)
  func operationPages(_ name: String) throws {
    try withCommand { smalti in
      let outcome = try smalti.run("ops", name)
      #expect(outcome.status == 0)
      #expect(outcome.out.hasPrefix(name + "\n"))
      #expect(outcome.out.contains("example"))
    }
  }

  @Test("machine says level, processors and peak, and which programs are missing")
  func machine() throws {
    try withCommand { smalti in
      let page = try #require(
        try json(try smalti.run("machine", "--json").out) as? [String: Any])
      #expect(page["level"] as? String == TargetLevel.host.name)
      #expect(page["allowedProcessors"] as? Int == ThreadPool.allowedProcessors)
      #expect((page["codeGenerator"] as? String)?.hasPrefix("llvm 19") == true)
      let peak = try #require(page["peakGigaflops"] as? Double)
      #expect(peak > 1 && peak < 1e6)
      #expect(page["peakThreads"] as? Int == ThreadPool.allowedProcessors)
      let one = try smalti.run("machine", "--threads", "1")
      #expect(one.out.contains(/\npeak         [0-9.]+ GFLOP\/s in f32, measured on 1 thread\n/))
      let bare = try smalti.run("machine", environment: ["PATH": smalti.folder])
      #expect(bare.out.contains("missing: ffmpeg (reads videos), ffprobe"))
    }
  }

  @Test("cache shows its folder and empties it")
  func cache() throws {
    try withCommand { smalti in
      let folder = smalti.path("objects")
      let cache = try ObjectCache(folder: folder, byteLimit: 1 << 20)
      cache.store("key", [1, 2, 3])
      let environment = ["SMALTI_CACHE": folder]
      let shown = try smalti.run("cache", environment: environment)
      #expect(shown.status == 0)
      #expect(shown.out.hasPrefix("\(folder): 1 entry, "))
      let cleared = try smalti.run("cache", "--clear", environment: environment)
      #expect(cleared.out.hasPrefix("removed 1 entry, "))
      #expect(cache.list().count == 0)
      let page = try json(try smalti.run("cache", "--json", environment: environment).out)
      #expect((page as? [String: Any])?["entries"] as? Int == 0)
    }
  }

  @Test("a cache that others may write is refused, with code 1")
  func foreignCache() throws {
    try withCommand { smalti in
      let folder = smalti.path("objects")
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o777])
      chmod(folder, 0o777)
      let outcome = try smalti.run("cache", environment: ["SMALTI_CACHE": folder])
      #expect(outcome.status == 1)
      #expect(outcome.error.hasPrefix("error[cache.untrusted]: "))
    }
  }
}
