import Foundation
import Smalti
import Testing

/// `compile`, `diff`.
@Suite("The command: compile, diff")
struct CompileTests {
  @Test("each form is what it says")
  func forms() throws {
    try withCommand { smalti in
      try smalti.write(Command.smallGraph, to: "small.smalti")
      func text(_ form: String) throws -> String {
        let outcome = try smalti.run("compile", "small.smalti", "--emit", form)
        #expect(outcome.status == 0)
        #expect(outcome.error == "")
        return outcome.out
      }
      #expect(try text("graph").hasPrefix("program @small {\n"))
      #expect(try text("tiles").hasPrefix("kernel "))
      #expect(try text("llvm").contains("define "))
      #expect(try text("asm").contains(".globl"))
      let again = try smalti.run("compile", "small.smalti", "--emit", "llvm", "--json")
      let page = try #require(try json(again.out) as? [String: Any])
      let llvm = try text("llvm")
      #expect(page["text"] as? String == llvm)
    }
  }

  @Test("a file's name may be one character, with and without a folder", arguments: ["x", "./-"])
  func shortNames(_ name: String) throws {
    try withCommand { smalti in
      let outcome = try smalti.run("compile", "simone:tiny", "--emit", "graph", "-o", name)
      #expect(outcome.status == 0)
      #expect(try smalti.files() == [String(name.last!)])
    }
  }

  @Test("graph text of a model is a model: it runs to the same outputs")
  func graphTextRuns() throws {
    try withCommand { smalti in
      let model = ["simone:tiny", "frames=2", "frames_decoded=1"]
      let text = try smalti.start(
        ["compile"] + model + ["--entry", "encode", "--emit", "graph", "-o", "encode.smalti"]
      ).outcome()
      #expect(text.status == 0)
      try smalti.write(Command.pictures([2, 32, 32, 3]), to: "clip.npy")
      let input = ["--input", "video=clip.npy", "-o"]
      #expect(
        try smalti.start(["run"] + model + ["--entry", "encode"] + input + ["a.npz"]).outcome()
          .status == 0)
      #expect(try smalti.start(["run", "encode.smalti"] + input + ["b.npz"]).outcome().status == 0)
      #expect(try smalti.run("diff", "a.npz", "b.npz").status == 0)
    }
  }

  @Test("code for other levels compiles here", arguments: TargetLevel.all.map(\.name))
  func levels(_ level: String) throws {
    try withCommand { smalti in
      try smalti.write(Command.smallGraph, to: "small.smalti")
      let outcome = try smalti.run("compile", "small.smalti", "--target", level, "-o", "small.o")
      #expect(outcome.status == 0)
      #expect(outcome.out.contains("as obj for \(level), in "))
      #expect(try smalti.files() == ["small.h", "small.o", "small.smalti"])
      let bytes = try Data(contentsOf: URL(filePath: smalti.path("small.o")))
      #expect(bytes.starts(with: [0x7F] + Array("ELF".utf8)))
    }
  }

  @Test(
    "the ending of the output decides what is written",
    arguments: [
      ("a.so", "so"), ("a.a", "a"), ("a.o", "obj"), ("a", "exe"), ("a.s", "asm"), ("a.ll", "llvm"),
      ("a.graph", "graph"), ("a.tiles", "tiles"),
    ])
  func endings(_ name: String, _ form: String) throws {
    try withCommand { smalti in
      try smalti.write(Command.smallGraph, to: "small.smalti")
      let outcome = try smalti.run("compile", "small.smalti", "-o", name)
      #expect(outcome.status == 0, "\(outcome.error)")
      #expect(outcome.out.contains("as \(form) for "))
    }
  }

  @Test("diff says how far arrays are apart, and judges by the tolerance")
  func diff() throws {
    try withCommand { smalti in
      func write(_ arrays: [(String, HostTensor)], _ name: String) throws {
        try NPZFile.write(
          arrays.map { (name: $0.0, value: try TensorBytes($0.1)) }, to: smalti.path(name))
      }
      try write([("a", .f32([2], [1, 4])), ("b", .i32([1], [3]))], "one.npz")
      try write([("a", .f32([2], [1, 4.5])), ("b", .i32([1], [3]))], "two.npz")
      try write([("a", .f32([3], [1, 4, 5])), ("c", .f32([1], [.nan]))], "three.npz")
      let near = try smalti.run("diff", "one.npz", "two.npz", "--tolerance", "0.2")
      #expect(near.status == 0)
      #expect(near.out.contains("a          0.5  0.1111111111111111"))
      let far = try smalti.run("diff", "one.npz", "two.npz")
      #expect(far.status == 1)
      #expect(far.out.contains("above the tolerance"))
      let other = try smalti.run("diff", "one.npz", "three.npz", "--tolerance", "9")
      #expect(other.status == 1)
      #expect(other.out.contains("f32[2] against f32[3]"))
      #expect(other.out.contains("only in three.npz"))
      #expect(other.out.contains("only in one.npz"))
      #expect(try smalti.run("diff", "three.npz", "three.npz").status == 0)
      let page = try json(try smalti.run("diff", "one.npz", "two.npz", "--json").out)
      #expect((page as? [[String: Any]])?.first?["largest"] as? Double == 0.5)
    }
  }
}
