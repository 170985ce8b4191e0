import Foundation

/// Programs that tests start.
public enum ChildProgram {
  /// A program that did not end as it should, with its words.
  public struct Failure: Error, CustomStringConvertible {
    public var description: String
  }

  /// Runs a program, found along PATH unless it has a slash, with standard input empty; what it writes
  /// to both outputs.
  ///
  /// - Errors: `Failure` when it does not end with `status`.
  @discardableResult
  public static func run(
    _ program: String, _ arguments: [String], in folder: URL, environment: [String: String] = [:],
    status: Int32 = 0
  ) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == status else {
      throw Failure(
        description: "\(program) \(arguments.joined(separator: " ")) ended with "
          + "\(process.terminationStatus): \(text.suffix(8000))")
    }
    return text
  }
}
