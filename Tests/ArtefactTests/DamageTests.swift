import Foundation
import Glibc
import ModelArtefacts
import SmaltiRuntime
import TensorCore
import Testing
import TileIR

/// Files that are cut off, changed, or none of ours: refused before they are loaded.
@Suite("Compiled files: damage")
struct DamageTests {
  @Test("a library is loaded only if its length and checksum are right")
  func damaged() throws {
    try Workshop.with { workshop in
      try workshop.build(try Workshop.dense(), Workshop.options(.so))
      let good = try workshop.read("dense.so")
      func refusal(_ bytes: [UInt8]) throws -> RunError.Code? {
        try workshop.write(bytes, to: "bad.so")
        return #expect(throws: RunError.self) { try LoadedArtefact(workshop.path("bad.so")) }?.code
      }
      for count in [0, 1, 63, 64, 1000, good.count / 2, good.count - 64, good.count - 1] {
        #expect(try refusal(Array(good.prefix(count))) == .damagedFile, "\(count) bytes")
      }
      #expect(try refusal(good + [0]) == .damagedFile)
      let places = Array(stride(from: 0, to: good.count, by: good.count / 40))
      for place in places + (good.count - 64..<good.count) {
        var bytes = good
        bytes[place] ^= 0x10
        #expect(try refusal(bytes) == .damagedFile, "byte \(place)")
      }
      try workshop.run("strip", ["dense.so"])
      #expect(try refusal(workshop.read("dense.so")) == .damagedFile)
    }
  }

  @Test("what is whole and cannot run here is refused in words")
  func strange() throws {
    try Workshop.with { workshop in
      try workshop.build(try Workshop.dense(), Workshop.options(.so, levels: [.aarch64]))
      let machine = #expect(throws: RunError.self) { try LoadedArtefact(workshop.path("dense.so")) }
      #expect(machine?.code == .notLoaded)
      #expect(machine?.sentence.contains("has code for aarch64, this machine is x86-64") == true)
      #expect(mkfifo(workshop.path("pipe"), 0o600) == 0)
      #expect(throws: RunError.self) { try LoadedArtefact(workshop.path("pipe")) }
      try workshop.build(try Workshop.dense(), Workshop.options(.exe, "program"))
      let program = #expect(throws: RunError.self) {
        try LoadedArtefact(workshop.path("program"))
      }
      #expect(program?.code == .notLoaded)
      for path in ["/etc/passwd", "/nowhere", "/tmp"] {
        #expect(throws: RunError.self) { try LoadedArtefact(path) }
      }
    }
  }

  @Test("a file that was replaced since it was loaded is loaded anew")
  func replaced() throws {
    try Workshop.with { workshop in
      var outputs: [[String: [UInt8]]] = []
      for seed in [Key(1), Key(2)] {
        let model = ModelToPackage("dense", [.init("", try Workshop.dense())])
        try? FileManager.default.removeItem(atPath: workshop.path("dense.so"))
        // Another file keeps the first one's number on the disk from being given again.
        try workshop.write("\(seed)", to: "holder-\(seed.bits)")
        try workshop.build(model, Workshop.options(.so), seed: seed)
        outputs.append(
          try workshop.outputs(
            of: try LoadedArtefact(workshop.path("dense.so")), try Workshop.dense().graphs[0]))
      }
      #expect(outputs[0] != outputs[1])
    }
  }

  @Test("inspect reads files of any processor, archives and objects too")
  func inspect() throws {
    try Workshop.with { workshop in
      for (form, file) in [
        (ArtefactOptions.Form.so, "dense.so"), (.a, "dense.a"), (.obj, "dense.o"),
      ] {
        let artefact = try workshop.build(
          try Workshop.dense(), Workshop.options(form, levels: [.aarch64]))
        let inspected = try InspectedFile(workshop.path(file))
        #expect(inspected.description == artefact.description)
        #expect(inspected.isVerified == (form == .so))
        #expect(inspected.description.levels == ["aarch64"])
      }
      try workshop.write("!<arch>\nnothing", to: "empty.a")
      let error = #expect(throws: Diagnostic.self) {
        try InspectedFile(workshop.path("empty.a"))
      }
      #expect(error?.code == "artefact.none")
    }
  }

  @Test("a C compiler that is missing, fails, or makes code for another processor is named")
  func compilers() throws {
    try Workshop.with { workshop in
      func refusal(_ compiler: String, _ level: TargetLevel) throws -> Diagnostic? {
        var options = Workshop.options(.so, levels: [level])
        options.cCompiler = compiler
        return #expect(throws: Diagnostic.self) {
          try Artefact.build(
            ModelToPackage("dense", [.init("", try Workshop.dense())]), options
          ) { AlignedBytes($0.initialValue(seed: Key(0)).bytes) }
        }
      }
      #expect(try refusal("no-such-cc", .host)?.code == "artefact.c-compiler-missing")
      #expect(try refusal("false", .host)?.code == "artefact.c-compiler-failed")
      #expect(try refusal("cc", .aarch64)?.code == "artefact.c-compiler-target")
      try workshop.write(
        "#!/bin/sh\n[ \"$1\" = -dumpmachine ] && echo x86_64-linux && exit\n"
          + "echo words of the compiler >&2\nexit 3\n", to: "cc")
      try workshop.run("chmod", ["+x", "cc"])
      let failed = try refusal(workshop.path("cc"), .x86v3)
      #expect(failed?.message.hasSuffix("ended with code 3") == true)
      #expect(failed?.notes == ["words of the compiler"])
      #expect(
        try refusal("gcc", .aarch64)?.help == "name a compiler for it with --cc, as --cc "
          + "aarch64-linux-gnu-gcc")
      let mixed = #expect(throws: Diagnostic.self) {
        try Artefact.build(
          ModelToPackage("dense", [.init("", try Workshop.dense())]),
          Workshop.options(.so, levels: [.x86v3, .aarch64])
        ) { _ in AlignedBytes(byteCount: 0) }
      }
      #expect(mixed?.code == "artefact.levels-mixed")
    }
  }
}
