import Foundation

/// An executable of the C driver with kernels and tables, in a folder that `remove` deletes.
struct SanitizedDriver {
  let folder: URL

  var tables: URL { folder.appending(path: "tables.c") }
  var values: URL { folder.appending(path: "values") }
  private var executable: URL { folder.appending(path: "driver") }

  private static let sources = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "KernelDriver")

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  struct Outcome {
    var status: Int32
    /// Standard output and standard error.
    var text: String
  }

  /// - Errors: `Failure` with what gcc says. gcc and its sanitizers come with `tools/setup`.
  func link(_ objects: [URL]) throws {
    let common = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-I\(Self.sources.path)"]
    // The tables are data of no interest to a sanitizer, and long.
    let table = folder.appending(path: "tables.o")
    try gcc(common + ["-O0", "-c", tables.path, "-o", table.path])
    try gcc(
      common + ["-O1", "-fsanitize=address", Self.sources.appending(path: "driver.c").path]
        + ([table] + objects).map(\.path) + ["-o", executable.path])
  }

  /// - Parameter entry: the only one to run; nil runs all.
  func run(_ entry: String? = nil) throws -> Outcome {
    try Self.outcome(executable, [values.path] + (entry.map { [$0] } ?? []))
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  private func gcc(_ arguments: [String]) throws {
    let outcome = try Self.outcome(URL(filePath: "/usr/bin/env"), ["gcc"] + arguments)
    guard outcome.status == 0 else { throw Failure(description: outcome.text) }
  }

  private static func outcome(_ program: URL, _ arguments: [String]) throws -> Outcome {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = program
    process.arguments = arguments
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, text: String(decoding: bytes, as: UTF8.self))
  }
}
