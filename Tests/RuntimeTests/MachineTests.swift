// What the runtime reads off a machine: quotas and features, on machines made of files and numbers.

import CSmaltiRuntime
import Foundation
import SmaltiRuntime
import Testing

/// A machine's /proc and /sys as far as quotas go.
struct CgroupFiles: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var processors: UInt32
  var files: [String: String]

  init(_ name: String, processors: UInt32, _ files: [String: String]) {
    testDescription = name
    self.processors = processors
    self.files = files
  }

  static let all = [
    CgroupFiles("nothing at all", processors: 0, [:]),
    CgroupFiles(
      "v2, the parent's quota of 1.5", processors: 2,
      [
        "proc/self/cgroup": "0::/app/one\n",
        "sys/fs/cgroup/app/cpu.max": "150000 100000\n",
        "sys/fs/cgroup/app/one/cpu.max": "max 100000\n",
      ]),
    CgroupFiles(
      "v2, the smallest of two quotas", processors: 3,
      [
        "proc/self/cgroup": "0::/app/one\n",
        "sys/fs/cgroup/app/cpu.max": "400000 100000\n",
        "sys/fs/cgroup/app/one/cpu.max": "150000 50000\n",
      ]),
    CgroupFiles(
      "v2, a container that sees its group at the mount", processors: 1,
      [
        "proc/self/cgroup": "0::/docker/abc\n", "sys/fs/cgroup/cpu.max": "100000 100000\n",
      ]),
    CgroupFiles(
      "v2, a group of its own name space", processors: 4,
      ["proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "400000 100000\n"]),
    CgroupFiles(
      "v2, no quota", processors: 0,
      ["proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/cpu.max": "max 100000\n"]),
    CgroupFiles(
      "v2, not a number", processors: 0,
      ["proc/self/cgroup": "0::/a\nnonsense\n:\n", "sys/fs/cgroup/a/cpu.max": "plenty\n"]),
    CgroupFiles(
      "v1, cpu,cpuacct", processors: 3,
      [
        "proc/self/cgroup": "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/\n",
        "sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "300000\n",
        "sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000\n",
      ]),
    CgroupFiles(
      "v1, half a processor at the mount", processors: 1,
      [
        "proc/self/cgroup": "3:cpuacct,cpu:/docker/abc\n",
        "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "50000\n",
        "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
      ]),
    CgroupFiles(
      "v1, no quota", processors: 0,
      [
        "proc/self/cgroup": "4:cpu:/a\n", "sys/fs/cgroup/cpu/a/cpu.cfs_quota_us": "-1\n",
        "sys/fs/cgroup/cpu/a/cpu.cfs_period_us": "100000\n",
      ]),
    CgroupFiles(
      "v1, another controller whose name starts alike", processors: 0,
      [
        "proc/self/cgroup": "4:cpuset:/a\n",
        "sys/fs/cgroup/cpu/a/cpu.cfs_quota_us": "100000\n",
        "sys/fs/cgroup/cpu/a/cpu.cfs_period_us": "100000\n",
      ]),
    CgroupFiles(
      "v1 and v2 side by side", processors: 2,
      [
        "proc/self/cgroup": "4:cpu,cpuacct:/a\n0::/a\n",
        "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us": "200000\n",
        "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us": "100000\n",
        "sys/fs/cgroup/a/cpu.max": "500000 100000\n",
      ]),
  ]
}

@Suite("Quota")
struct QuotaTests {
  @Test("reads the quota of cgroups v1 and v2", arguments: CgroupFiles.all)
  func readsQuota(_ machine: CgroupFiles) throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "quota-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    for (path, contents) in machine.files {
      let file = root.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(contents.utf8).write(to: file)
    }
    #expect(smalti_quota_processors(root.path) == machine.processors)
  }

  @Test("a group whose path is longer than any path has no quota")
  func survivesLongPath() {
    #expect(smalti_quota_processors(String(repeating: "/long", count: 2000)) == 0)
  }
}

@Suite("Features")
struct FeatureTests {
  /// A processor with everything.
  static let full = smalti_x86_registers(
    leaf1_ecx: .max, leaf7_ebx: .max, leaf7_edx: .max, leaf7_1_eax: .max, extended1_ecx: .max,
    xcr0: .max)

  private func features(_ change: (inout smalti_x86_registers) -> Void) -> MachineFeatures {
    var registers = Self.full
    change(&registers)
    return MachineFeatures(rawValue: smalti_features_from_x86(&registers))
  }

  @Test("needs every bit of a level, and the kernel's leave")
  func needsEveryBit() {
    let all: MachineFeatures = [.x86v3, .x86v4, .avx512BF16, .amxBF16]
    #expect(features { _ in } == all)
    for bit in [0, 9, 12, 13, 19, 20, 22, 23, 27, 28, 29] {
      #expect(features { $0.leaf1_ecx &= ~(1 << bit) } == [])
    }
    for bit in [3, 5, 8] { #expect(features { $0.leaf7_ebx &= ~(1 << bit) } == []) }
    for bit in [0, 5] { #expect(features { $0.extended1_ecx &= ~(1 << bit) } == []) }
    for bit in [1, 2] { #expect(features { $0.xcr0 &= ~(1 << bit) } == []) }
    for bit in [16, 17, 28, 30, 31] {
      #expect(features { $0.leaf7_ebx &= ~(1 << bit) } == .x86v3)
    }
    for bit in [5, 6, 7] { #expect(features { $0.xcr0 &= ~(1 << bit) } == .x86v3) }
    #expect(features { $0.leaf7_1_eax &= ~(1 << 5) } == all.subtracting(.avx512BF16))
    for bit in [22, 24] {
      #expect(features { $0.leaf7_edx &= ~(1 << bit) } == all.subtracting(.amxBF16))
    }
    for bit in [17, 18] {
      #expect(features { $0.xcr0 &= ~(1 << bit) } == all.subtracting(.amxBF16))
    }
  }

  @Test("knows the levels by name")
  func knowsLevels() {
    #expect(MachineFeatures(level: "") == [])
    #expect(MachineFeatures(level: "x86-64-v3") == [.x86v3])
    #expect(MachineFeatures(level: "x86-64-v4") == [.x86v3, .x86v4])
    #expect(MachineFeatures(level: "x86-64-v4+bf16") == [.x86v3, .x86v4, .avx512BF16])
    #expect(MachineFeatures(level: "x86-64-v4+amx") == [.x86v3, .x86v4, .amxBF16])
    #expect(MachineFeatures(level: "aarch64") == [.neon])
    for unknown in ["x86-64", "x86-64-v3+amx", "x86-64-v4+", "+amx", "aarch64+bf16"] {
      #expect(MachineFeatures(level: unknown) == nil)
    }
  }

  #if arch(x86_64) && os(Linux)
    @Test("agrees with what Linux says about this machine")
    func agreesWithLinux() throws {
      let text = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
      let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("flags") })
      let flags = Set(line.split(separator: " "))
      let current = MachineFeatures.current
      #expect(current.contains(.x86v3) == flags.isSuperset(of: ["avx2", "fma", "bmi2", "movbe"]))
      #expect(current.contains(.x86v4) == flags.isSuperset(of: ["avx512bw", "avx512vl"]))
      #expect(current.contains(.avx512BF16) == flags.contains("avx512_bf16"))
      #expect(current.contains(.amxBF16) == flags.isSuperset(of: ["amx_tile", "amx_bf16"]))
      #expect(!current.contains(.neon))
      #expect(smalti_require_features(current.rawValue) == 0)
      #expect(smalti_require_features(1 << 40) == Int32(SMALTI_NO_FEATURES.rawValue))
    }
  #endif
}
