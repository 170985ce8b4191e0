import Foundation
import GraphCompiler
import ModelArtefacts
import SmaltiRuntime
import TensorCore
import Testing

/// The executable as a program that people call; and C programs around compiled files.
@Suite("Compiled files: programs")
struct ExecutableTests {
  @Test("the executable's C does as its checks say, under the address and undefined sanitizers")
  func checks() throws {
    try Workshop.with { workshop in
      let check = Workshop.root.appending(path: "Tests/ExecutableDriver/check.py").path
      try workshop.run("python3", [check])
    }
  }

  @Test("it computes what the compiler computes in memory, and says what it is")
  func runs() throws {
    try Workshop.with { workshop in
      let program = try Workshop.dense()
      try workshop.build(program, Workshop.options(.exe))
      try workshop.write(NPY.bytes(Workshop.argument(.f32([3, 6]))), to: "x.npy")
      try workshop.run("./dense", ["--input", "x=x.npy", "-o", "y.npy", "--outputs", "y"])
      let expected = try Workshop.expected(program, "whole")["y"]!
      #expect(try workshop.read("y.npy").suffix(expected.count) == expected[...])
      let help = try workshop.run("./dense", ["--help"])
      #expect(help.contains("x") && help.contains("f32[3, 6]") && help.contains("f32[3, 5]"))
      #expect(
        try workshop.run("./dense", ["--version"])
          == "dense, compiled by smalti \(SmaltiVersion.text)\n")
      #expect(try workshop.run("./dense", ["--bench", "--runs", "2"]).contains("median"))
      #expect(try InspectedFile(workshop.path("dense")).description.form == "exe")
    }
  }
}
