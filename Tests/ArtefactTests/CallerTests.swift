import Foundation
import ModelArtefacts
import ModelZoo
import SmaltiRuntime
import Testing

/// Programs around compiled files: the examples that people copy, and callers in Swift; under the
/// sanitizers.
@Suite("Compiled files: callers", .serialized)
struct CallerTests {
  private static let smalti = Workshop.buildFolder.appending(path: "smalti").path

  @Test(
    "the examples build without a warning, run, and are clean",
    arguments: ["", "address", "undefined", "thread"])
  func examples(_ sanitizer: String) throws {
    try Workshop.with { workshop in
      let script = Workshop.root.appending(path: "tools/examples/run").path
      let options = sanitizer.isEmpty ? [] : ["--sanitize", sanitizer]
      let words = try workshop.run(script, [Self.smalti] + options)
      #expect(words.split(separator: "\n").count { $0.hasPrefix("ok ") } >= 5, "\(words)")
    }
  }

  @Test(
    "eight threads in Swift share a library and a pool, and are clean",
    arguments: ["address", "thread"])
  func swiftCallers(_ sanitizer: String) throws {
    try Workshop.with { workshop in
      let program = try Zoo.model("simone:tiny", ["frames=2", "frames_decoded=1"]).program()
      try workshop.build(program, Workshop.options(.so, "model"))
      let callers = try Self.built(
        "Tests/SwiftCallers", "callers", ["--sanitize=\(sanitizer)"], "callers-\(sanitizer)",
        workshop)
      #expect(try workshop.run(callers, ["model.so"]) == "all right\n")
    }
  }

  @Test("the example in Swift needs the runtime alone, which takes less than 1 MB")
  func swiftExample() throws {
    try Workshop.with { workshop in
      let program = try Zoo.model("simone:tiny", []).program()
      try workshop.build(program, Workshop.options(.so, "simone"))
      let segment = try Self.built("tools/examples/swift", "segment", [], "example", workshop)
      #expect(try workshop.run(segment, ["simone.so"]).contains("of 6144 pixels"))
      let needed = try workshop.run("readelf", ["-d", segment])
      #expect(!needed.contains("Foundation") && !needed.contains("LLVM"), "\(needed)")
      try workshop.run("strip", ["-o", "stripped", segment])
      #expect(try workshop.read("stripped").count < 1_000_000)
    }
  }

  /// A C compiler that instruments what it compiles; what it only joins it leaves alone.
  private static func compiler(_ sanitizer: String, _ workshop: Workshop) throws -> String {
    try workshop.write(
      """
      #!/bin/sh
      for word; do
        if [ "$word" = -nostdlib ]; then exec gcc "$@"; fi
      done
      exec gcc -g -fsanitize=\(sanitizer) "$@"

      """, to: "sanitizing-cc")
    try workshop.run("chmod", ["+x", "sanitizing-cc"])
    return workshop.path("sanitizing-cc")
  }

  @Test(
    "bad calls get what the header says, and nothing is written past a buffer",
    arguments: ["", "address,undefined", "thread"],
    [WeightsPlace.inside, .beside("dense.weights"), .nowhere])
  func badCalls(_ sanitizer: String, _ weights: WeightsPlace) throws {
    try Workshop.with { workshop in
      var options = Workshop.options(.a)
      options.weights = weights
      if weights == .beside("dense.weights") {
        options.weights = .beside(workshop.path("dense.weights"))
      }
      let compiler = sanitizer.isEmpty ? "gcc" : try Self.compiler(sanitizer, workshop)
      options.cCompiler = compiler
      try workshop.build(try Workshop.dense(), options)
      let folder = Workshop.root.appending(path: "Tests/ArtefactDriver")
      let sources = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        .filter { $0.hasSuffix(".c") }.map { folder.appending(path: $0).path }
      let flags = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-DMODEL=dense", "-I."]
      try workshop.run(
        compiler, flags + sources + ["dense.a", "-pthread", "-lm", "-o", "driver"])
      let isBeside = weights == .beside("dense.weights")
      let words = try workshop.run("./driver", isBeside ? ["dense.weights"] : [])
      let lines = words.split(separator: "\n")
      #expect(lines.count { $0.hasPrefix("ok ") } > 30, "\(words)")
      #expect(!words.contains("FAILED"), "\(words)")
    }
  }

  /// A package of the checkout, built in release in a folder that stays; its program.
  private static func built(
    _ package: String, _ program: String, _ options: [String], _ scratch: String,
    _ workshop: Workshop
  ) throws -> String {
    let folder = Workshop.root.appending(path: ".build/\(scratch)").path
    try workshop.run(
      "swift",
      [
        "build", "--configuration", "release", "--package-path",
        Workshop.root.appending(path: package).path, "--scratch-path", folder,
      ] + options)
    return "\(folder)/release/\(program)"
  }
}
