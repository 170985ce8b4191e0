import Foundation
import Glibc
import TensorCore

// The one place of this module that deals in descriptors and C strings.
//
// Why it is safe: every descriptor has one owner, a `Pipe` that lives in `run`; the argument
// strings are copied by strdup and released after the spawn, which copies them again into the
// child; the child is waited for on every path out, so none is left behind.

/// A program run beside ours, without a shell: its output goes to a closure as it comes.
enum ChildProcess {
  /// How it ended, and the last lines that it wrote to standard error.
  struct Ending: Sendable {
    /// Nil when a signal ended it.
    var exitCode: Int32?
    var signal: Int32?
    var errors: [String]

    /// `ended with code 1`
    var sentence: String {
      if let exitCode { return "ended with code \(exitCode)" }
      return "was ended by signal \(signal ?? 0)"
    }
  }

  /// Starts `program`, found along PATH unless it has a slash, with standard input empty.
  ///
  /// When `receive` throws, the child is killed and the error goes on.
  ///
  /// - Errors: `clip.program-missing`, and those of `receive`.
  static func run(
    _ program: String, _ arguments: [String], for path: String,
    receive: (UnsafeRawBufferPointer) throws(Diagnostic) -> Void
  ) throws(Diagnostic) -> Ending {
    var output = try Pipe(program, path)
    defer { output.close() }
    var errors = try Pipe(program, path)
    defer { errors.close() }
    let child = try spawn(program, arguments, output.writer, errors.writer, for: path)
    // Our copies of the writing ends would keep the pipes open after the child has ended.
    output.closeWriter()
    errors.closeWriter()
    var tail = ErrorTail()
    do throws(Diagnostic) {
      try drain(output.reader, errors.reader, receive, &tail)
    } catch {
      kill(child, SIGKILL)
      _ = wait(for: child)
      throw error
    }
    let status = wait(for: child)
    // The layout of a wait status on Linux: the signal in the low seven bits, then the exit code.
    let signal = status & 0x7F
    return Ending(
      exitCode: signal == 0 ? (status >> 8) & 0xFF : nil, signal: signal == 0 ? nil : signal,
      errors: tail.lines)
  }

  private static func wait(for child: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    return status
  }
}

// MARK: - Starting
extension ChildProcess {
  private static func spawn(
    _ program: String, _ arguments: [String], _ output: Int32, _ errors: Int32, for path: String
  ) throws(Diagnostic) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    var words = ([program] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var environment =
      ProcessInfo.processInfo.environment.map { strdup("\($0)=\($1)") } + [nil]
    defer { for variable in environment { free(variable) } }
    var child: pid_t = 0
    let code = posix_spawnp(&child, program, &actions, nil, &words, &environment)
    guard code == 0 else {
      throw .clipProgramMissing(path, program, String(cString: strerror(code)))
    }
    return child
  }

  /// Two joined ends that no other child inherits.
  ///
  /// A socket pair, because Swift sees no `pipe2`: between `pipe` and `fcntl` another thread's
  /// child could take the writing end along and hold it open.
  private struct Pipe {
    private(set) var reader: Int32
    private(set) var writer: Int32

    init(_ program: String, _ path: String) throws(Diagnostic) {
      var ends: [Int32] = [-1, -1]
      let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue
      guard socketpair(AF_UNIX, Int32(kind), 0, &ends) == 0 else {
        throw .clipProgramMissing(path, program, String(cString: strerror(errno)))
      }
      // The child opens 0, 1 and 2 anew; an end that sits there would be overwritten.
      for index in 0..<2 where ends[index] < 3 {
        let moved = fcntl(ends[index], F_DUPFD_CLOEXEC, 3)
        Glibc.close(ends[index])
        ends[index] = moved
      }
      (reader, writer) = (ends[0], ends[1])
    }

    mutating func closeWriter() {
      if writer >= 0 { Glibc.close(writer) }
      writer = -1
    }

    mutating func close() {
      closeWriter()
      if reader >= 0 { Glibc.close(reader) }
      reader = -1
    }
  }
}

// MARK: - Reading
extension ChildProcess {
  /// Reads both pipes until both have ended: a child that fills one while we wait for the other
  /// would never go on.
  private static func drain(
    _ output: Int32, _ errors: Int32,
    _ receive: (UnsafeRawBufferPointer) throws(Diagnostic) -> Void, _ tail: inout ErrorTail
  ) throws(Diagnostic) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { buffer.deallocate() }
    // poll passes over negative descriptors, and so an end that has closed.
    var waiting = [output, errors].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    while waiting.contains(where: { $0.fd >= 0 }) {
      if poll(&waiting, nfds_t(waiting.count), -1) < 0 {
        guard errno == EINTR else { return }
        continue
      }
      for index in waiting.indices where waiting[index].fd >= 0 && waiting[index].revents != 0 {
        let count = read(waiting[index].fd, buffer.baseAddress, buffer.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else {
          waiting[index].fd = -1
          continue
        }
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        if index == 0 { try receive(bytes) } else { tail.append(bytes) }
      }
    }
  }

  /// The end of what a program wrote to standard error: a damaged video makes it write for ever.
  private struct ErrorTail {
    private var bytes: [UInt8] = []

    mutating func append(_ more: UnsafeRawBufferPointer) {
      bytes.append(contentsOf: more)
      if bytes.count > 1 << 17 { bytes.removeFirst(bytes.count - 1 << 16) }
    }

    /// At most the last five lines, each at most 200 characters.
    var lines: [String] {
      String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).suffix(5)
        .map { String($0.prefix(200)) }
    }
  }
}
