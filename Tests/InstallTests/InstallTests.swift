import Foundation
import Programs
import Testing

/// `make install` into a folder of its own: what is there, what it needs, that it works, and that it
/// goes away again.
@Suite("Installation")
struct InstallTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  @Test("command, library, header and pkg-config file work, need no Swift, and can be removed")
  func installs() throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "smalti-install-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: folder) }
    let prefix = folder.appending(path: "prefix").path
    try run("tools/install", ["--prefix", prefix], in: Self.root)
    let installed = try run("tools/install", ["--prefix", prefix, "--list"], in: Self.root)
    for file in installed.split(separator: "\n") {
      #expect(FileManager.default.fileExists(atPath: String(file)), "\(file)")
    }
    try needsNoSwift(prefix, in: folder)
    try cProgram(prefix, in: folder)
    try pythonTests(prefix, in: folder)
    try run("tools/install", ["--prefix", prefix, "--uninstall"], in: Self.root)
    let left = try FileManager.default.subpathsOfDirectory(atPath: prefix).filter { path in
      var isFolder: ObjCBool = false
      FileManager.default.fileExists(atPath: "\(prefix)/\(path)", isDirectory: &isFolder)
      return !isFolder.boolValue
    }
    #expect(left == [])
  }

  /// Libraries of the C and C++ compilers, LLVM, and those that the project names.
  private static let allowed: Set<String> = [
    "libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "libLLVM.so.19.1",
    "libopenblas.so.0", "libpng16.so.16", "libz.so.1", "libzip.so.4", "ld-linux-x86-64.so.2",
  ]

  private func needsNoSwift(_ prefix: String, in folder: URL) throws {
    for file in ["bin/smalti", "lib/libsmalti.so"] {
      let text = try run("readelf", ["-d", "\(prefix)/\(file)"], in: folder)
      let needed = Set(text.matches(of: /NEEDED.*\[(.*)\]/).map { String($0.1) })
      #expect(needed.subtracting(Self.allowed) == [], "\(file)")
    }
    let names = try run("nm", ["-D", "--defined-only", "\(prefix)/lib/libsmalti.so"], in: folder)
    let seen = Set(names.matches(of: /\ T (\S+)/).map { String($0.1) })
    let header = try String(contentsOfFile: "\(prefix)/include/smalti/smalti.h", encoding: .utf8)
    let declared = Set(
      header.matches(of: /(?m)^[a-z].*\b\*?(smalti_[a-z_]+)\(/).map { String($0.1) })
    #expect(seen == declared.subtracting(["smalti_new_compile_options"]))
  }

  private func cProgram(_ prefix: String, in folder: URL) throws {
    let source = Self.root.appending(path: "Tests/LibraryDriver/driver.c").path
    let flags = try run(
      "pkg-config", ["--cflags", "--libs", "smalti"], in: folder,
      environment: ["PKG_CONFIG_PATH": "\(prefix)/lib/pkgconfig"]
    ).split(whereSeparator: \.isWhitespace).map(String.init)
    try run(
      "gcc",
      ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", source] + flags
        + ["-o", "driver"], in: folder)
    let words = try run(
      "./driver", [folder.path], in: folder, environment: ["LD_LIBRARY_PATH": "\(prefix)/lib"])
    #expect(words.hasSuffix("all right\n"), "\(words)")
  }

  /// The Python package, with the library that it compiles by.
  private func pythonTests(_ prefix: String, in folder: URL) throws {
    let script = Self.root.appending(path: "Tests/PythonTests/run").path
    let words = try run(
      script, ["\(prefix)/bin/smalti"], in: folder,
      environment: ["SMALTI_LIBRARY": "\(prefix)/lib/libsmalti.so"])
    #expect(words.contains("OK") && !words.contains("skipped"), "\(words)")
  }

  /// What a program writes to both outputs.
  @discardableResult
  private func run(
    _ program: String, _ arguments: [String], in folder: URL, environment: [String: String] = [:]
  ) throws -> String {
    try ChildProgram.run(program, arguments, in: folder, environment: environment)
  }
}
