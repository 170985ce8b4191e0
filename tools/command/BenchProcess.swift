import Foundation
import ModelRequests
import Smalti
import Synchronization

/// A process that runs one row of `bench` when it is told to, by lines over its standard input and
/// output: `Benchmarks/peers/README.md` has the protocol, which our own rows speak too.
final class BenchProcess {
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private var unread: [UInt8] = []

  /// Why a process gave no answer.
  enum Failure: Error {
    case late(seconds: Double)
    case signal(Int32)
    case exit(Int32)
  }

  /// Starts `program`. What it says to standard error goes to the file `errors`, nil meaning ours.
  ///
  /// - Errors: those of the system, when there is no such program.
  init(_ program: String, _ arguments: [String], errors: String? = nil) throws {
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.standardInput = input
    process.standardOutput = output
    if let errors {
      _ = FileManager.default.createFile(atPath: errors, contents: nil)
      process.standardError = FileHandle(forWritingAtPath: errors)
    }
    try process.run()
    // Only the child holds them now: its end is the end of the file.
    try? input.fileHandleForReading.close()
    try? output.fileHandleForWriting.close()
    Self.running.withLock { _ = $0.insert(process.processIdentifier) }
  }

  /// The answer to `line`; without one, what a process says when it has started.
  ///
  /// - Errors: ``Failure``; the process has ended then.
  func answer(
    to line: String? = nil, within seconds: Double = .infinity
  ) throws(Failure) -> BenchAnswer {
    if let line {
      // A process that has ended reads nothing: the end of its answers says so.
      try? input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
    }
    let data = Data(try nextLine(within: seconds))
    do {
      return try JSONDecoder().decode(BenchAnswer.self, from: data)
    } catch {
      preconditionFailure(
        "internal: a row of bench wrote \(String(decoding: data, as: UTF8.self)): \(error)")
    }
  }

  /// Closes its input, at which it ends by itself, and waits; what does not listen is ended.
  func end() {
    try? input.fileHandleForWriting.close()
    if Self.waitUntilReadable(output.fileHandleForReading.fileDescriptor, seconds: 5) {
      forget()
    } else {
      kill()
    }
  }

  private func kill() {
    Self.end(process.processIdentifier)
    forget()
  }

  private func forget() {
    process.waitUntilExit()
    Self.running.withLock { _ = $0.remove(process.processIdentifier) }
  }
}

// MARK: - Lines
extension BenchProcess {
  private func nextLine(within seconds: Double) throws(Failure) -> [UInt8] {
    let start = ContinuousClock.now
    let file = output.fileHandleForReading.fileDescriptor
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
        defer { unread.removeSubrange(...end) }
        return Array(unread[..<end])
      }
      let left = seconds - (ContinuousClock.now - start).seconds
      guard left > 0, Self.waitUntilReadable(file, seconds: left) else {
        kill()
        throw .late(seconds: seconds)
      }
      let count = read(file, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw ended() }
      unread += chunk[..<count]
    }
  }

  private func ended() -> Failure {
    // Ctrl-C ends processes too; then there is nothing to say about them.
    Interruption.waitWhileAnswered()
    forget()
    let status = process.terminationStatus
    return process.terminationReason == .exit ? .exit(status) : .signal(status)
  }

  /// Whether there is something to read, or the end of the file, before `seconds` are over.
  private static func waitUntilReadable(_ file: Int32, seconds: Double) -> Bool {
    let start = ContinuousClock.now
    while true {
      let left = seconds - (ContinuousClock.now - start).seconds
      guard left > 0 else { return false }
      var query = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
      let ready = poll(&query, 1, Int32(min(left * 1000 + 1, 1e9)))
      if ready > 0 { return true }
      if ready < 0, errno != EINTR { return false }
    }
  }
}

// MARK: - Ending
extension BenchProcess {
  private static let running = Mutex<Set<pid_t>>([])

  /// Ends whatever `body` has started and not ended, also when Ctrl-C ends us.
  static func endingAll<Value>(_ body: () throws -> Value) rethrows -> Value {
    // A process that has just ended is no reason for us to end with SIGPIPE.
    signal(SIGPIPE, SIG_IGN)
    defer { endAll() }
    return try Interruption.cleaning {
      endAll()
    } during: {
      try body()
    }
  }

  private static func endAll() {
    for child in running.withLock(\.self) { end(child) }
  }

  /// Ends a process, and the group of its own that it may have made, and waits until it has ended,
  /// so that it writes nothing more. `Process` collects it.
  private static func end(_ child: pid_t) {
    Glibc.kill(-child, SIGKILL)
    Glibc.kill(child, SIGKILL)
    var information = siginfo_t()
    waitid(P_PID, id_t(child), &information, WEXITED | WNOWAIT)
  }
}

/// What a process answers; which of them are there depends on the line.
struct BenchAnswer: Codable {
  /// Of the first call: loading, compiling and the first run.
  var firstCallSeconds: Double?
  /// Of one repetition.
  var seconds: Double?
  var threads: Int?
  /// Of our own rows: of the plan of this mode, since fusion may leave out products.
  var flops: Int?
  var level: String?
  /// Of a peer: its version and what it chose.
  var detail: String?
  /// What a peer must be started with to choose the same again.
  var variant: String?
  /// The most that the process ever had resident.
  var peakResidentBytes: Int?
  /// What it has resident between runs.
  var residentBytes: Int?
  var ready: Bool?
  /// `missing`, `unknown`, `memory` or `error`; it is the last answer.
  var failed: String?
  var reason: String?

  enum CodingKeys: String, CodingKey {
    case firstCallSeconds = "first_call_s"
    case seconds
    case threads
    case flops
    case level
    case detail
    case variant
    case peakResidentBytes = "peak_rss_bytes"
    case residentBytes = "resident_bytes"
    case ready
    case failed
    case reason
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
