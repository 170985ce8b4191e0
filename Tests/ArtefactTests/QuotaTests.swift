import Foundation
import Glibc
import ModelArtefacts
import SmaltiRuntime
import Testing

/// A group of processes that may use one processor, on this machine: cgroup v2 or v1.
struct QuotaGroup {
  let folder: String

  /// Nil where this process may make none.
  init?() {
    let name = "smalti-\(UUID().uuidString)"
    let kinds = [
      ("/sys/fs/cgroup/\(name)", ["cpu.max": "100000 100000"]),
      (
        "/sys/fs/cgroup/cpu/\(name)",
        ["cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "100000"]
      ),
    ]
    for (folder, files) in kinds where mkdir(folder, 0o755) == 0 {
      let isSet = files.keys.sorted(by: >).allSatisfy { file in
        // Not atomically: a group's files cannot be replaced.
        FileManager.default.fileExists(atPath: "\(folder)/\(file)")
          && (try? Data(files[file]!.utf8).write(to: URL(filePath: "\(folder)/\(file)"))) != nil
      }
      if isSet {
        self.folder = folder
        return
      }
      rmdir(folder)
    }
    return nil
  }

  static let canBeMade: Bool = {
    guard let group = QuotaGroup() else { return false }
    defer { group.remove() }
    // Making one is not yet being allowed to enter it.
    let entered = try? Workshop.with { workshop in
      try workshop.run("sh", ["-c", "echo $$ > \(group.folder)/cgroup.procs"])
    }
    return entered != nil
  }()

  func remove() { rmdir(folder) }
}

@Suite("Compiled files: quotas")
struct QuotaTests {
  @Test(
    "with a quota of one processor the pool has one worker",
    .enabled(if: QuotaGroup.canBeMade, "this process may make no cgroup with a quota"))
  func oneProcessor() throws {
    let group = try #require(QuotaGroup())
    defer { group.remove() }
    try Workshop.with { workshop in
      try workshop.build(try Workshop.dense(), Workshop.options(.exe))
      let bench = "./dense --bench --runs 1 --json"
      func threads(_ text: String) -> Int? {
        text.firstMatch(of: /"threads"\s*:\s*(\d+)/).flatMap { Int($0.1) }
      }
      let inside = try workshop.run(
        "sh", ["-c", "echo $$ > \(group.folder)/cgroup.procs && exec \(bench)"])
      #expect(threads(inside) == 1, "\(inside)")
      let outside = try workshop.run("sh", ["-c", bench])
      #expect(threads(outside) == ThreadPool.allowedProcessors, "\(outside)")
    }
  }
}
