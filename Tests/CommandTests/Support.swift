import Foundation
import Smalti
import Testing

/// How a run of the built command ended.
struct Outcome {
  var status: Int32
  var out: String
  var error: String
}

/// The built `smalti` as a child process, in a folder of its own.
struct Command {
  /// Where the child runs and where its files lie.
  let folder: String

  /// The folder of the running test binary; SwiftPM builds the command beside it.
  static let buildFolder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent()

  /// Starts the child; its words go to files, so that no pipe fills up. Ctrl-C reaches it even when
  /// the tests themselves run where it is ignored, as in the background of a script.
  ///
  /// - Parameter fileLimit: in KiB; a file that would become longer is refused, as by a full disk.
  func start(
    _ arguments: [String], environment: [String: String] = [:], fileLimit: Int? = nil
  ) throws -> Child {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    let program = Self.buildFolder.appending(path: "smalti").path
    let limited = fileLimit.map { limit in
      ["bash", "-c", "trap '' XFSZ; ulimit -f \(limit); exec \"$0\" \"$@\"", program]
    }
    process.arguments = ["--default-signal=INT"] + (limited ?? [program]) + arguments
    process.currentDirectoryURL = URL(filePath: folder)
    var all = ProcessInfo.processInfo.environment
    all["SMALTI_CACHE"] = Self.buildFolder.appending(path: "CommandTests.cache").path
    all.merge(environment) { $1 }
    process.environment = all
    let words = ["out", "error"].map { "\(folder)/.\(UUID().uuidString).\($0)" }
    for path in words { try Data().write(to: URL(filePath: path)) }
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: words[0]))
    process.standardError = try FileHandle(forWritingTo: URL(filePath: words[1]))
    process.standardInput = FileHandle.nullDevice
    try process.run()
    return Child(process: process, words: words)
  }

  func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Outcome {
    try start(arguments, environment: environment).outcome()
  }

  func path(_ name: String) -> String { "\(folder)/\(name)" }

  /// The names of files in the folder, those of words left out.
  func files() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }
}

/// A running command.
struct Child {
  let process: Process
  let words: [String]

  /// Waits until the child itself catches Ctrl-C: before, the system would end it.
  func waitUntilListening() throws {
    let path = "/proc/\(process.processIdentifier)/status"
    while process.isRunning {
      let status = try String(contentsOfFile: path, encoding: .utf8)
      let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("SigCgt:") })
      let mask = UInt64(line.dropFirst(7).drop { $0.isWhitespace }, radix: 16) ?? 0
      if mask & 1 << (UInt64(SIGINT) - 1) != 0 { return }
      Thread.sleep(forTimeInterval: 0.01)
    }
  }

  /// Waits for the end.
  func outcome() throws -> Outcome {
    process.waitUntilExit()
    let texts = try words.map { try String(contentsOfFile: $0, encoding: .utf8) }
    for path in words { try FileManager.default.removeItem(atPath: path) }
    // A child that a signal ended shows it as shells do.
    let isSignal = process.terminationReason == .uncaughtSignal
    return Outcome(
      status: process.terminationStatus + (isSignal ? 1000 : 0), out: texts[0], error: texts[1])
  }
}

/// Calls `body` with a command in an empty folder that is gone afterwards.
func withCommand<Result>(_ body: (Command) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appending(path: "smalti-command-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(Command(folder: folder.path))
}

extension Command {
  /// A graph that compiles at once: `y = relu(x) * w`, with one parameter.
  static let smallGraph = """
    graph @small(%x: f32[2, 3]) -> (y: f32[2, 3], z: f32[2, 3]) {
      %w = parameter "scale.weight" : f32[2, 3]
      %0 = maximum %x, %x : f32[2, 3]
      %y = multiply %0, %w : f32[2, 3]
      %z = add %y, %x : f32[2, 3]
      return %y, %z
    }
    """

  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path(name)))
  }

  func write(_ tensor: HostTensor, to name: String) throws {
    try NPYFile.write(TensorBytes(tensor), to: path(name))
  }

  /// Bytes of pictures, seeded.
  static func pictures(_ shape: Shape) -> HostTensor {
    let key = Key(7).folded("pictures")
    return HostTensor(
      .u8(shape), integers: (0..<shape.count).map { Int64(key.uniform(at: $0) * 256) })
  }
}

/// What JSON text holds.
func json(_ text: String) throws -> Any {
  try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
}

/// Whether the process is there and no zombie.
func isRunning(_ process: pid_t) -> Bool {
  guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else {
    return false
  }
  return text.split(separator: ")").last?.hasPrefix(" Z") == false
}

/// The Python of the environment that `tools/setup` makes: TensorBoard, protobuf, NumPy.
var toolsPython: String {
  let environment = ProcessInfo.processInfo.environment
  let caches = environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
  return (caches ?? environment["HOME", default: ""] + "/.cache") + "/smalti-tools/bin/python"
}

/// What a script of `Fixtures` prints.
func fixtureOutput(_ name: String, _ arguments: [String]) throws -> String {
  let script = try #require(
    Bundle.module.path(forResource: name, ofType: "py", inDirectory: "Fixtures"))
  try #require(
    FileManager.default.isExecutableFile(atPath: toolsPython),
    "there is no Python at \(toolsPython); run tools/setup")
  let reader = Process()
  reader.executableURL = URL(filePath: toolsPython)
  reader.arguments = ["-B", script] + arguments
  let output = Pipe()
  reader.standardOutput = output
  try reader.run()
  let words = try output.fileHandleForReading.readToEnd() ?? Data()
  reader.waitUntilExit()
  #expect(reader.terminationStatus == 0)
  return String(decoding: words, as: UTF8.self)
}
