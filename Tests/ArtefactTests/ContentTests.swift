import Foundation
import Goldens
import GraphIR
import GraphOps
import ModelArtefacts
import ModelZoo
import SmaltiRuntime
import TensorCore
import Testing
import TileIR

/// What is in a compiled file, and what is not.
@Suite("Compiled files: contents")
struct ContentTests {
  @Test("the same input gives the same bytes", arguments: ArtefactOptions.Form.allCases)
  func reproducible(_ form: ArtefactOptions.Form) throws {
    let program = try Workshop.dense()
    let model = ModelToPackage("dense", [.init("", program)])
    let files = try (0..<2).map { _ in
      try Artefact.build(model, Workshop.options(form)) {
        AlignedBytes($0.initialValue(seed: Key(0)).bytes)
      }
    }
    let isSame = files[0].file == files[1].file
    #expect(isSame)
    #expect(files[0].header == files[1].header)
    #expect((files[0].header == nil) == (form == .exe))
  }

  @Test("whatever was in memory before, the same input gives the same bytes, with nothing of it")
  func noMemoryLeaks() throws {
    let files = try [0, 171].map { fill in
      try Workshop.with { workshop in
        let smalti = Workshop.buildFolder.appending(path: "smalti").path
        try workshop.run(
          smalti,
          ["compile", "simone:tiny", "frames=2", "frames_decoded=1", "--no-cache", "-o", "t.so"],
          environment: ["MALLOC_PERTURB_": "\(fill)"])
        return try workshop.read("t.so")
      }
    }
    let isSame = files[0] == files[1]
    #expect(isSame)
  }

  @Test("the header is C11 and C++17 without a warning, also beside another model's")
  func headers() throws {
    try Workshop.with { workshop in
      for name in ["dense", "other"] {
        try workshop.build(try Workshop.dense(), Workshop.options(.obj, name))
      }
      let text = """
        #include "dense.h"
        #include "other.h"
        #include "dense.h"
        int main(void) {
          static const int shape[DENSE_WHOLE_X_RANK] = DENSE_WHOLE_X_SHAPE;
          smalti_call call = smalti_new_call();
          smalti_status none = SMALTI_OK;
          return shape[0] * shape[1] * 4 == (int)DENSE_WHOLE_X_BYTES &&
                 dense_run(&call) != (int)none && other_run(0) == SMALTI_NULL_ARGUMENT ? 0 : 1;
        }

        """
      try workshop.write(text, to: "use.c")
      let warnings = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I."]
      for compiler in [["gcc"], ["clang"]] {
        try workshop.run(
          compiler[0],
          ["-std=c11"] + warnings + ["use.c", "dense.o", "other.o", "-lm", "-pthread", "-o", "use"])
        try workshop.run("./use", [])
        try workshop.run(
          compiler[0], ["-x", "c++", "-std=c++17"] + warnings + ["-fsyntax-only", "use.c"])
      }
    }
  }

  @Test(
    "whatever entry points, inputs and outputs are called, no name of the header means two things")
  func headerNames() throws {
    let program = try Parser.program(
      """
      program @names {
        graph @dec(%input: f32[2], %x: f32[3], %x_bytes: f32[4], %train_y: f32[5], %X: f32[6]) -> (output: f32[2], x: f32[3], x_count: f32[4], input: f32[5], h: f32[6]) {
          %0 = negate %input : f32[2]
          %1 = negate %x : f32[3]
          %2 = negate %x_bytes : f32[4]
          %3 = negate %train_y : f32[5]
          %4 = negate %X : f32[6]
          return %0, %1, %2, %3, %4
        }

        graph @dec_train(%y: f32[7]) -> (y: f32[7]) {
          %0 = negate %y : f32[7]
          return %0
        }

        graph @Dec_train(%y: f32[8]) -> (y: f32[8]) {
          %0 = negate %y : f32[8]
          return %0
        }
      }
      """, OpCatalog.table)
    let artefact = try Workshop.with { try $0.build(program, Workshop.options(.obj, "names")) }
    let defined = try #require(artefact.header).matches(of: /(?m)^#define (\w+)/).map { $0.1 }
    #expect(Set(defined).count == defined.count)
    #expect(defined.contains("NAMES_DEC_X_BYTES") && defined.contains("NAMES_DEC_INPUT_COUNT"))
  }

  @Test("no word of a user's ends a comment of the header")
  func headerComments() throws {
    var options = Workshop.options(.obj)
    options.weightsOrigin = "a*/ int x; /*b\nc"
    let model = ModelToPackage("d*/e", [.init("", try Workshop.dense())])
    try Workshop.with { workshop in
      let header = try #require(try workshop.build(model, options).header)
      #expect(header.contains("d* /e") && header.contains("a* / int x; / *b c"))
      try workshop.run("gcc", ["-std=c11", "-fsyntax-only", "-Wall", "-Werror", "dense.h"])
    }
  }

  @Test("the header says what the model reads and writes")
  func headerText() throws {
    let artefact = try Workshop.with { try $0.build(try Workshop.dense(), Workshop.options(.obj)) }
    let text = try #require(artefact.header)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    // The ABI's own text and the level of this machine are not what is shown here.
    let end = try #require(lines.firstIndex { $0.hasPrefix("/* -- What dense reads") })
    let own = lines[end...].joined(separator: "\n")
    #expect(try Golden("dense.h.txt").mismatch(own) == nil)
  }

  @Test("only the functions of the header can be seen, and the C library is all that is needed")
  func symbols() throws {
    try Workshop.with { workshop in
      try workshop.build(try Workshop.dense(), Workshop.options(.so))
      try workshop.build(try Workshop.dense(), Workshop.options(.a))
      try workshop.build(try Workshop.dense(), Workshop.options(.exe))
      let header = String(decoding: try workshop.read("dense.h"), as: UTF8.self)
      let declared = Set(
        header.matches(of: /\b(dense_[a-z_]+)\(/).map { String($0.1) }.filter { $0 != "dense_h" })
      let shared = try Self.names(workshop.run("nm", ["-D", "--defined-only", "dense.so"]))
      #expect(shared == declared.union(["smalti_this_model"]))
      let archived = try Self.names(workshop.run("nm", ["-g", "--defined-only", "dense.a"]))
      #expect(archived == declared)
      for file in ["dense.so", "dense"] {
        let needed = try workshop.run("readelf", ["-d", file]).matches(of: /NEEDED.*\[(.*)\]/)
          .map { String($0.1) }
        #expect(Set(needed).isSubset(of: ["libc.so.6", "libm.so.6"]), "\(file) \(needed)")
        let segments = try workshop.run("readelf", ["-lW", file])
        #expect(!segments.contains("RWE"), "memory of \(file) that is written and run")
      }
    }
  }

  private static func names(_ text: String) -> Set<String> {
    Set(
      text.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
        .filter { $0.contains("_") })
  }

  @Test("code and data of the published SIMONe without weights are at most 1 MB")
  func size() throws {
    let program = try Zoo.model("simone", []).program()
    try Workshop.with { workshop in
      var options = Workshop.options(.so, "simone")
      options.compiler.usesCache = true
      options.weights = .nowhere
      let artefact = try workshop.build(program, options)
      #expect(artefact.file.count <= 1_000_000, "\(artefact.file.count) bytes")
    }
  }

  @Test("what one entry point prepares another does not prepare again")
  func sharesWeights() throws {
    let program = try Zoo.model("simone:tiny", []).program()
    let raw = program.parameters.reduce(0) { $0 + $1.type.byteCount }
    let artefact = try Workshop.with { try $0.build(program, Workshop.options(.so, "simone")) }
    // Panels end in columns of zeros, and what is computed of weights comes beside them.
    #expect(artefact.description.weights.bytes < raw * 3 / 2)
  }

  @Test("a second level of the same file needs hardly any weights of its own")
  func sharesLevels() throws {
    let program = try Zoo.model("simone:tiny", []).program()
    let model = ModelToPackage("simone", [.init("", program)])
    let counts = try [[TargetLevel.x86v4], [.x86v3, .x86v4]].map { levels in
      try Artefact.build(model, Workshop.options(.obj, "simone", levels: levels)) {
        AlignedBytes($0.initialValue(seed: Key(0)).bytes)
      }.description.weights.bytes
    }
    #expect(counts[1] < counts[0] * 11 / 10, "\(counts)")
  }

  @Test("a name must be a C identifier that nothing else has", arguments: ["a-b", "", "smalti"])
  func names(_ name: String) throws {
    let error = #expect(throws: Diagnostic.self) {
      try Artefact.build(
        ModelToPackage("dense", [.init("", try Workshop.dense())]), Workshop.options(.so, name)
      ) { _ in AlignedBytes(byteCount: 0) }
    }
    #expect(error?.code.rawValue.hasPrefix("artefact.name") == true)
  }
}
