import Foundation
import TensorCore
import TileIR

/// The C compiler that makes a file of the parts, and the programs that come with it.
struct Toolchain {
  let compiler: String
  private let folder: URL

  /// - Parameter named: as the user wrote it; else the machine's own, or the cross compiler's.
  /// - Errors: `artefact.c-compiler-missing`, `artefact.c-compiler-target`.
  init(named: String?, for level: TargetLevel, in folder: URL) throws(Diagnostic) {
    self.folder = folder
    let processor = String(level.triple.prefix { $0 != "-" })
    compiler = named ?? (processor == Self.hostProcessor ? "cc" : "\(processor)-linux-gnu-gcc")
    let target = try output(of: ["-dumpmachine"])
    let made = target.prefix { $0 != "-" }
    guard made == processor else {
      throw .artefactCompilerTarget(compiler, made: String(made), needed: processor, level.name)
    }
  }

  private static var hostProcessor: String {
    #if arch(arm64)
      "aarch64"
    #else
      "x86_64"
    #endif
  }

  /// Runs the compiler in the folder.
  ///
  /// - Errors: `artefact.c-compiler-failed` with its words.
  func compile(_ arguments: [String]) throws(Diagnostic) {
    try run(compiler, arguments)
  }

  /// Runs a program of binutils that belongs to the compiler: `objcopy`, `ar`.
  func tool(_ name: String, _ arguments: [String]) throws(Diagnostic) {
    try run(try output(of: ["-print-prog-name=\(name)"]), arguments)
  }

  private func output(of arguments: [String]) throws(Diagnostic) -> String {
    try run(compiler, arguments).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// What the program writes to standard output.
  @discardableResult
  private func run(_ program: String, _ arguments: [String]) throws(Diagnostic) -> String {
    guard let path = Self.path(of: program) else { throw .artefactCompilerMissing(program) }
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    // Messages in English, so that the same mistake is the same text.
    process.environment = ProcessInfo.processInfo.environment.merging(["LC_ALL": "C"]) { $1 }
    // Files, not pipes: neither can fill up while the other is read.
    let names = ["standard-output", "standard-error"].map { folder.appending(path: $0) }
    for name in names { _ = FileManager.default.createFile(atPath: name.path, contents: nil) }
    do {
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = try FileHandle(forWritingTo: names[0])
      process.standardError = try FileHandle(forWritingTo: names[1])
      try process.run()
      process.waitUntilExit()
    } catch {
      throw .artefactCompilerMissing(program, "\(error.localizedDescription)")
    }
    let texts = names.map { name in
      (try? Data(contentsOf: name)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw .artefactCompilerFailed(program, process.terminationStatus, texts[1])
    }
    return texts[0]
  }

  /// Where a program is: a path as it stands, else the first along `PATH`.
  private static func path(of program: String) -> String? {
    if program.contains("/") { return access(program, X_OK) == 0 ? program : nil }
    let folders = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return folders.split(separator: ":").lazy.map { "\($0)/\(program)" }
      .first { access($0, X_OK) == 0 }
  }
}
