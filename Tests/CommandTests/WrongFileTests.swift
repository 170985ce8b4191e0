import Foundation
import Smalti
import Testing

/// Files that a run cannot use: said with names and values, code 1, and nothing left behind.
@Suite("The command: wrong files")
struct WrongFileTests {
  /// Runs the small graph with an input that fits.
  private func run(_ smalti: Command, _ more: String...) throws -> Outcome {
    try smalti.write(Command.smallGraph, to: "small.smalti")
    try smalti.write(.f32([2, 3], [1, 2, 3, 4, 5, 6]), to: "x.npy")
    return try smalti.start(
      ["run", "small.smalti", "--input", "x=x.npy", "-o", "out.npz"] + more
    ).outcome()
  }

  @Test("a weights file that is not there")
  func weightsMissing() throws {
    try withCommand { smalti in
      let outcome = try run(smalti, "--weights", "none.safetensors")
      #expect(outcome.status == 1)
      #expect(
        outcome.error == """
          error[file.unreadable]: cannot read none.safetensors: No such file or directory
            at none.safetensors
            help: check the path and its permissions

          """)
      #expect(try smalti.files() == ["small.smalti", "x.npy"])
    }
  }

  @Test("a truncated weights file")
  func weightsTruncated() throws {
    try withCommand { smalti in
      let weight = try TensorBytes(HostTensor.f32([2, 3], [1, 2, 3, 4, 5, 6]))
      try SafetensorsFile.write(
        [(name: "scale.weight", value: weight)], to: smalti.path("w.safetensors"))
      let url = URL(filePath: smalti.path("w.safetensors"))
      try Data(contentsOf: url).dropLast(5).write(to: url)
      let outcome = try run(smalti, "--weights", "w.safetensors")
      #expect(outcome.status == 1)
      #expect(outcome.error.hasPrefix("error[safetensors."))
      #expect(outcome.error.contains("  at w.safetensors\n"))
      #expect(try smalti.files() == ["small.smalti", "w.safetensors", "x.npy"])
    }
  }

  @Test("missing, surplus and misshapen weights are all listed at once")
  func weightsMismatch() throws {
    try withCommand { smalti in
      let program = try Zoo.model("simone:tiny").program()
      var tensors = program.parameters.map { (name: $0.path, type: $0.type) }
      let missing = tensors.remove(at: 3)
      let misshapen = tensors[5]
      tensors[5].type = .f32([7])
      tensors.append((name: "surplus.weight", type: .f32([2])))
      try SafetensorsFile.write(
        tensors.map { (name: $0.name, value: try TensorBytes(HostTensor($0.type, repeating: 0))) },
        to: smalti.path("w.safetensors"))
      try smalti.write(Command.pictures([6, 32, 32, 3]), to: "clip.npy")
      // One entry point alone needs the whole model's file all the same.
      let outcome = try smalti.run(
        "run", "simone:tiny", "--entry", "encode", "--weights", "w.safetensors", "--input",
        "video=clip.npy", "-o", "out.npz")
      #expect(outcome.status == 1)
      #expect(
        outcome.error == """
          error[weights.mismatch]: the weights do not fit: 1 missing, 1 surplus, 1 of another type
            at w.safetensors
            note: missing: \(missing.name) \(missing.type)
            note: surplus: surplus.weight
            note: \(misshapen.name) needs \(misshapen.type), got f32[7]
            help: use the file that belongs to this model and these options

          """)
      #expect(try smalti.files() == ["clip.npy", "w.safetensors"])
    }
  }

  @Test(
    "an input of another shape, too few frames, or numbers that would change",
    arguments: [
      (HostTensor.f32([2, 2], [1, 2, 3, 4]), "f32[2, 2]"),
      (HostTensor.i64([2, 3], [1, 2, 3, 4, 5, 6]), "i64[2, 3]"),
    ])
  func inputShape(_ tensor: HostTensor, _ got: String) throws {
    try withCommand { smalti in
      try smalti.write(tensor, to: "wrong.npy")
      try smalti.write(Command.smallGraph, to: "small.smalti")
      let outcome = try smalti.run(
        "run", "small.smalti", "--input", "x=wrong.npy", "-o", "out.npz")
      #expect(outcome.status == 2)
      #expect(
        outcome.error == """
          error[call.input-type]: x needs f32[2, 3], got \(got)
            at wrong.npy
            help: bring the array to this shape, or set the model's options to fit it

          """)
      #expect(try smalti.files() == ["small.smalti", "wrong.npy"])
    }
  }

  @Test("an output that cannot be written is refused before the run, and nothing is left")
  func unwritableOutput() throws {
    try withCommand { smalti in
      try FileManager.default.createDirectory(
        atPath: smalti.path("folder"), withIntermediateDirectories: false)
      for (output, reason) in [
        ("none/out.npz", "there is no directory none"), ("folder", "it is a directory"),
        ("x.npy/out.npz", "x.npy is not a directory"),
      ] {
        let outcome = try run(smalti, "-o", output)
        #expect(outcome.status == 1)
        #expect(
          outcome.error == """
            error[file.unwritable]: cannot write \(output): \(reason)
              at \(output)
              note: nothing was left behind
              help: name a file in an existing directory that you may write, on a disk with room

            """)
      }
      #expect(try smalti.files() == ["folder", "small.smalti", "x.npy"])
    }
  }

  @Test("graph text with an error is placed in its file, with line and column")
  func graphText() throws {
    try withCommand { smalti in
      try smalti.write(
        Command.smallGraph.replacingOccurrences(of: "add %y, %x", with: "ad %y, %x"),
        to: "wrong.smalti")
      let outcome = try smalti.run("explain", "wrong.smalti")
      #expect(outcome.status == 1)
      #expect(outcome.error.contains("  at wrong.smalti, line 5, column 8\n"))
      let options = try smalti.run("explain", "wrong.smalti", "heads=2")
      #expect(options.error.contains("  at wrong.smalti, line 5, column 8\n"))
      try smalti.write(Command.smallGraph, to: "small.smalti")
      let settings = try smalti.run("explain", "small.smalti", "heads=2")
      #expect(settings.status == 2)
      #expect(settings.error.hasPrefix("error[call.settings]: heads=2 sets an option"))
      try Data([0xFF, 0xFE]).write(to: URL(filePath: smalti.path("bytes.smalti")))
      let bytes = try smalti.run("explain", "bytes.smalti")
      #expect(bytes.error.hasPrefix("error[file.not-text]: bytes.smalti is not UTF-8 text\n"))
      #expect(
        try smalti.run("explain", "none.smalti").error.hasPrefix(
          "error[file.unreadable]: cannot read none.smalti: No such file or directory\n"))
    }
  }
}
