import ArgumentParser
import Foundation
import Smalti

/// The processes of `bench`, one for each row, one after the other.
struct BenchProcess {
  let call: BenchCommand

  /// Measures a row; the outputs of its first run are in `folder` afterwards.
  ///
  /// - Errors: `bench.row-ended`, `file.unwritable`, and the exit code of a row that has said itself
  ///   what was wrong.
  func measure(
    _ mode: BenchMode, isOnlyFirstCall: Bool = false, folder: String
  ) throws -> BenchMeasurement {
    try Self.make(folder)
    let process = Process()
    // This very program, even when its file has been replaced meanwhile.
    process.executableURL = URL(filePath: "/proc/self/exe")
    process.arguments = arguments(mode, isOnlyFirstCall, folder)
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    let child = process.processIdentifier
    let data = Interruption.cleaning {
      Self.end(child)
    } during: {
      output.fileHandleForReading.readDataToEndOfFile()
    }
    process.waitUntilExit()
    // Closed only now: the row ends when this does.
    try? input.fileHandleForWriting.close()
    guard process.terminationReason == .exit else {
      throw Diagnostic.benchRowEnded(mode.rawValue, signal: process.terminationStatus)
    }
    guard process.terminationStatus == 0 else { throw ExitCode(process.terminationStatus) }
    do {
      return try JSONDecoder().decode(BenchMeasurement.self, from: data)
    } catch {
      preconditionFailure(
        "internal: a row wrote \(String(decoding: data, as: UTF8.self)): \(error)")
    }
  }

  private func arguments(
    _ mode: BenchMode, _ isOnlyFirstCall: Bool, _ folder: String
  ) -> [String] {
    var words = ["bench-row", call.model.model] + call.model.settings
    words += ["--part=\(call.part)", "--mode=\(mode.rawValue)", "--outputs=\(folder)"]
    words += ["--threads=\(call.options.threads)", "--seed=\(call.options.seed)"]
    if let repetitions = call.repetitions { words.append("--repetitions=\(repetitions)") }
    if let weights = call.weights.weights { words.append("--weights=\(weights)") }
    if isOnlyFirstCall { words.append("--first-call") }
    if call.options.quiet { words.append("--quiet") }
    return words
  }

  private static func make(_ folder: String) throws(Diagnostic) {
    guard mkdir(folder, 0o700) == 0 else {
      throw .fileUnwritable(folder, String(cString: strerror(errno)))
    }
  }

  /// Ends a row and waits until it has ended, so that it writes nothing more. `Process` collects it.
  private static func end(_ child: pid_t) {
    kill(child, SIGKILL)
    var information = siginfo_t()
    waitid(P_PID, id_t(child), &information, WEXITED | WNOWAIT)
  }
}

/// A folder that is gone when `body` ends, or when Ctrl-C does end it.
enum TemporaryFolder {
  /// - Errors: `file.unwritable`, and those of `body`.
  static func with<Value>(_ body: (String) throws -> Value) throws -> Value {
    let name = "smalti-bench-\(UUID().uuidString)"
    let path = FileManager.default.temporaryDirectory.appending(path: name).path
    guard mkdir(path, 0o700) == 0 else {
      throw Diagnostic.fileUnwritable(path, String(cString: strerror(errno)))
    }
    defer { remove(path) }
    return try Interruption.cleaning {
      remove(path)
    } during: {
      try body(path)
    }
  }

  private static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
}
