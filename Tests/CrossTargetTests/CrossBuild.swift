import Foundation
import GraphLowering
import Programs
import TensorCore

/// A folder in which C and objects become a program for AArch64, which runs under qemu.
struct CrossBuild {
  let folder: URL

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  private static let runtime = root.appending(path: "Sources/CRuntime")

  /// Calls `body` with an empty folder that is gone afterwards.
  static func with<Result>(_ body: (CrossBuild) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "smalti-cross-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(CrossBuild(folder: folder))
  }

  func path(_ name: String) -> String { folder.appending(path: name).path }

  func write(_ bytes: some DataProtocol, to name: String) throws {
    try Data(bytes).write(to: folder.appending(path: name))
  }

  /// Compiles the C runtime and the sources of `Tests/DRIVER` without a warning, and links them with
  /// `files` of this folder: everything static, so that qemu needs no library of the target.
  func link(_ driver: String, _ files: [String] = [], to name: String) throws {
    let folders = [Self.runtime, Self.root.appending(path: "Tests/\(driver)")]
    let sources = try folders.flatMap { folder in
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        .filter { $0.hasSuffix(".c") }.map { folder.appending(path: $0).path }
    }
    let includes = [folders[0].appending(path: "include"), folders[1]].map { "-I\($0.path)" }
    let options = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-static"]
    try succeed(
      "aarch64-linux-gnu-gcc",
      options + includes + sources + files.map(path) + ["-pthread", "-o", path(name)])
  }

  /// What the program writes to standard output.
  func run(_ name: String, _ arguments: [String]) throws -> String {
    try succeed("qemu-aarch64", [path(name)] + arguments)
  }

  /// - Errors: `ChildProgram.Failure` with its words. The cross compiler and qemu come with
  ///   `tools/setup`.
  @discardableResult
  private func succeed(_ program: String, _ arguments: [String]) throws -> String {
    try ChildProgram.run(program, arguments, in: folder)
  }
}

// MARK: - Entry points
extension CrossBuild {
  /// The driver with the kernels in `objects` and the tables of `entries`, as `name`.
  func linkDriver(_ entries: [EntryPlan], _ objects: [String], to name: String) throws {
    try write(Data(PlanTables.text(entries).utf8), to: "\(name).tables.c")
    try link("PlanDriver", ["\(name).tables.c"] + objects, to: name)
  }

  /// The outputs of `entries` on a pool of `threads`, 0 being a plain loop, as bytes one after the
  /// other. `values` are those of a parameter or an argument of the entry point of this number.
  func outputs(
    _ name: String, _ entries: [EntryPlan], threads: Int, values: (Int, String) -> HostTensor
  ) throws -> [UInt8] {
    let bytes = entries.enumerated().flatMap { number, entry in
      (entry.prepare.inputs + entry.run.inputs).flatMap { values(number, $0.name).bytes }
    }
    try write(bytes, to: "values")
    let text = try run(name, [String(threads), path("values"), path("results")])
    guard text.isEmpty else { throw Failure(description: text) }
    return Array(try Data(contentsOf: folder.appending(path: "results")))
  }
}
