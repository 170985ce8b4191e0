import Foundation
import Testing

/// One-way imports, held a second time: the compiler's own check lets through what a chain reaches.
@Suite("The house")
struct HouseTests {
  @Test("every import is on its target's line")
  func importsAreDeclared() throws {
    let manifest = try Self.manifest.get()
    var fileCount = 0
    for target in manifest.targets {
      for file in try swiftFiles(under: try #require(target.path)) {
        fileCount += 1
        let text = try String(contentsOf: Self.root.appending(path: file), encoding: .utf8)
        #expect(strangeImports(in: text, file: file, of: target, beside: systemModules) == [])
      }
    }
    #expect(fileCount > 0)
  }

  @Test("rooms point one way: tools, Tests → Sources → codegen → graphs")
  func roomsPointOneWay() throws {
    #expect(backwardDependencies(in: try Self.manifest.get()) == [])
  }

  @Test("the map is in dependency order")
  func mapIsInOrder() throws {
    #expect(forwardReferences(in: try Self.manifest.get()) == [])
  }

  @Test("LLVM and BLAS are seen by one module each", arguments: keepers.keys.sorted())
  func outsidersHaveOneKeeper(_ module: String) throws {
    let users = try Self.manifest.get().targets.filter { $0.imports.contains(module) }.map(\.name)
    #expect(Set(users).isSubset(of: try #require(keepers[module])))
  }

  @Test("the runtime reaches plans and no compiler, and never Foundation")
  func runtimeStaysSmall() throws {
    #expect(reach(of: "SmaltiRuntime", in: try Self.manifest.get()).isSubset(of: runtimeReach))
    let runtime = Manifest.Target(
      name: "SmaltiRuntime", path: "Sources/Runtime", dependencies: [])
    #expect(!systemModules.permits("Foundation", in: runtime))
  }
}

// MARK: - The package under test
extension HouseTests {
  /// The package's folder: three steps above this file.
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// What SwiftPM says about it; asked once for all tests.
  static let manifest = Result { try JSONDecoder().decode(Manifest.self, from: dumpPackage()) }

  /// Runs SwiftPM with a scratch folder of its own, because `swift test` holds the lock of `.build`.
  private static func dumpPackage() throws -> Data {
    let scratch = FileManager.default.temporaryDirectory
      .appending(path: "smalti-house-\(ProcessInfo.processInfo.processIdentifier)")
    defer { try? FileManager.default.removeItem(at: scratch) }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "swift", "package", "--package-path", root.path, "--scratch-path", scratch.path,
      "dump-package",
    ]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "swift package dump-package failed")
    return data
  }

  /// Swift files under `path`, relative to the root, sorted.
  private func swiftFiles(under path: String) throws -> [String] {
    let folder = Self.root.appending(path: path)
    let files = try #require(FileManager.default.enumerator(atPath: folder.path))
    return files.compactMap { $0 as? String }
      .filter { $0.hasSuffix(".swift") && !$0.contains("Fixtures/") }
      .map { "\(path)/\($0)" }
      .sorted()
  }
}
