import Foundation
import Glibc
import RandomGraphs

/// A worker's process, and what it has said.
///
/// Its output goes through a file: a pipe of a process that dies or hangs is one more thing to get
/// wrong.
final class Child {
  let part: Range<UInt64>
  /// The seeds that it last began with.
  private(set) var group: Range<UInt64>
  private let process = Process()
  private let log: URL
  private let reader: FileHandle
  private var rest = ""
  private var heardAt = ContinuousClock().now

  /// A worker on `part`.
  convenience init(_ part: Range<UInt64>, folder: URL) throws {
    try self.init(
      part, ["--worker", "--seed", "\(part.lowerBound)", "--count", "\(part.count)"],
      folder: folder)
  }

  /// This program with other arguments.
  init(_ part: Range<UInt64>, _ arguments: [String], folder: URL) throws {
    self.part = part
    group = part
    log = folder.appending(path: ".log-\(UUID().uuidString)")
    try Data().write(to: log)
    reader = try FileHandle(forReadingFrom: log)
    process.executableURL = URL(filePath: CommandLine.arguments[0])
    process.arguments = arguments + ["--out", folder.path]
    let output = try FileHandle(forWritingTo: log)
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    // glibc then fills memory that is handed out, so that what is read unwritten shows.
    let settings = ["MALLOC_PERTURB_": "165", "SWIFT_BACKTRACE": "enable=no"]
    process.environment = ProcessInfo.processInfo.environment.merging(settings) { $1 }
    try process.run()
    try output.close()
  }

  deinit {
    try? reader.close()
    try? FileManager.default.removeItem(at: log)
  }

  var isRunning: Bool { process.isRunning }
  var silence: Duration { ContinuousClock().now - heardAt }

  /// Whether it came to its end by itself.
  var endedWell: Bool { process.terminationReason == .exit && process.terminationStatus == 0 }

  var ending: String {
    process.terminationReason == .exit
      ? "the process left with code \(process.terminationStatus)"
      : "the process was ended by signal \(process.terminationStatus)"
  }

  func stop() { kill(process.processIdentifier, SIGKILL) }

  func waitUntilEnd() { process.waitUntilExit() }

  /// What it has said since it was last asked.
  func news() -> [Report] {
    rest += String(decoding: reader.availableData, as: UTF8.self)
    var reports: [Report] = []
    while let end = rest.firstIndex(of: "\n") {
      if let report = Report(rest[..<end]) {
        if case .begins(let seed, let count) = report { group = seed..<seed + UInt64(count) }
        reports.append(report)
      }
      rest = String(rest[rest.index(after: end)...])
    }
    if !reports.isEmpty { heardAt = ContinuousClock().now }
    return reports
  }
}
