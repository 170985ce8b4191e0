import Foundation
import Smalti
import Testing

/// `run`: what it computes.
@Suite("The command: run")
struct RunTests {
  @Test("outputs equal the program's own, with 1, 2 and 3 threads bit by bit")
  func equalsLoadedProgram() throws {
    let model = try Zoo.model("simone:tiny", ["frames=2", "frames_decoded=1"])
    let program = try model.program(entries: ["whole"])
    let clip = Command.pictures([2, 32, 32, 3])
    let video = HostTensor(
      .f32([1, 2, 32, 32, 3]), converting: clip.numbers.map { $0 / 255 })
    let loaded = try LoadedProgram(Compiler.compile(program), seed: Key(3))
    let expected = try loaded.run("whole", ["video": video])

    try withCommand { smalti in
      try smalti.write(clip, to: "clip.npy")
      for threads in ["1", "2", "3"] {
        let outcome = try smalti.run(
          "run", "simone:tiny", "frames=2", "frames_decoded=1", "--input", "video=clip.npy", "-o",
          "out.npz", "--threads", threads, "--seed", "3")
        #expect(outcome.status == 0)
        #expect(
          outcome.error == "note: without --weights, simone:tiny frames=2 frames_decoded=1 has "
            + "weights made from seed 3; it is not trained\n")
        #expect(
          outcome.out.hasPrefix(
            "wrote out.npz: reconstruction f32[1, 2, 32, 32, 3], weights f32[1, 2, 16, 32, 32]\n"))
        let file = try NPZFile(reading: smalti.path("out.npz"))
        #expect(file.names == ["reconstruction", "weights"])
        for name in file.names { #expect(try file.tensor(name) == expected[name]) }
      }
    }
  }

  @Test("a longer clip gives its first frames, f64 becomes f32, a batch axis is added")
  func inputsAreFitted() throws {
    try withCommand { smalti in
      let long = Command.pictures([4, 32, 32, 3])
      let first = HostTensor(
        .f64([1, 2, 32, 32, 3]), converting: long.numbers.prefix(2 * 32 * 32 * 3).map { $0 / 255 })
      try smalti.write(long, to: "long.npy")
      try NPZFile.write(
        [
          (name: "other", value: try TensorBytes(long)), (name: "video", value: TensorBytes(first)),
        ],
        to: smalti.path("first.npz"))
      for (input, output) in [
        ("long.npy", "a.npz"), ("first.npz", "b.npz"), ("first.npz:other", "c.npz"),
      ] {
        let outcome = try smalti.run(
          "run", "simone:tiny", "frames=2", "frames_decoded=1", "--entry", "encode", "--input",
          "video=\(input)", "-o", output, "--quiet")
        #expect(outcome.status == 0)
        #expect(outcome.out + outcome.error == "")
      }
      // `encode` has neither reconstruction nor weights, so all of its outputs are kept.
      #expect(
        try NPZFile(reading: smalti.path("a.npz")).names
          == ["object_mean", "object_log_std", "frame_mean", "frame_log_std"])
      #expect(try smalti.run("diff", "a.npz", "b.npz").status == 0)
      #expect(try smalti.run("diff", "a.npz", "c.npz").status == 0)
    }
  }

  @Test("negative numbers are no input of whole numbers without sign")
  func negativeNumbers() throws {
    try withCommand { smalti in
      try smalti.write(
        "graph @twice(%n: u32[2]) -> (y: u32[2]) {\n  %0 = add %n, %n : u32[2]\n  return %0\n}\n",
        to: "twice.smalti")
      try smalti.write(HostTensor.i32([2], [3, 4]), to: "good.npy")
      try smalti.write(HostTensor.i32([2], [-1, 4]), to: "bad.npy")
      func run(_ file: String) throws -> Outcome {
        try smalti.run("run", "twice.smalti", "--input", "n=\(file)", "-o", "out.npz")
      }
      #expect(try run("good.npy").status == 0)
      let outcome = try run("bad.npy")
      #expect(outcome.status == 2)
      #expect(outcome.error.hasPrefix("error[call.input-type]: n needs u32[2], got i32[2]"))
    }
  }

  @Test("an array file may have an archive's ending inside its name")
  func endingInside() throws {
    try withCommand { smalti in
      try smalti.write(Command.smallGraph, to: "small.smalti")
      try smalti.write(Command.pictures([2, 32, 32, 3]), to: "clip.npz.npy")
      let outcome = try smalti.run(
        "run", "simone:tiny", "frames=2", "frames_decoded=1", "--entry", "encode", "--input",
        "video=clip.npz.npy", "-o", "out.npz", "--quiet")
      #expect(outcome.status == 0, "\(outcome.error)")
    }
  }

  @Test("OpenBLAS computes the products when asked, near ours; other names are refused")
  func unfusedMatmul() throws {
    try withCommand { smalti in
      try smalti.write(Command.pictures([2, 32, 32, 3]), to: "clip.npy")
      for (provider, file) in [("smalti", "a.npz"), ("openblas", "b.npz")] {
        let outcome = try smalti.run(
          "run", "simone:tiny", "frames=2", "frames_decoded=1", "--input", "video=clip.npy", "-o",
          file, "--unfused-matmul", provider)
        #expect(outcome.status == 0)
      }
      #expect(try smalti.run("diff", "a.npz", "b.npz", "--tolerance", "1e-4").status == 0)
      // The library's products need no kernels of ours.
      let plans = try ["smalti", "openblas"].map { provider in
        try smalti.run(
          "explain", "simone:tiny", "--entry", "decode", "--unfused-matmul", provider
        ).out
      }
      #expect(plans[0] != plans[1])
      #expect(try smalti.run("run", "simone:tiny", "--unfused-matmul", "mkl").status == 2)
    }
  }

  @Test("weights from a file are used; --json is JSON alone; --outputs picks")
  func weightsFromFile() throws {
    try withCommand { smalti in
      try smalti.write(Command.smallGraph, to: "small.smalti")
      try smalti.write(.f32([2, 3], [1, -2, 3, -4, 5, -6]), to: "x.npy")
      let weight = HostTensor.f32([2, 3], [2, 2, 2, 10, 10, 10])
      try SafetensorsFile.write(
        [(name: "scale.weight", value: try TensorBytes(weight))], to: smalti.path("w.safetensors"))
      let outcome = try smalti.run(
        "run", "small.smalti", "--weights", "w.safetensors", "--input", "x=x.npy", "-o", "out.npz",
        "--outputs", "z,y", "--json")
      #expect(outcome.status == 0)
      #expect(outcome.error == "")
      let report = try #require(try json(outcome.out) as? [String: Any])
      #expect(report["output"] as? String == "out.npz")
      #expect(report["notes"] as? [String] == [])
      let file = try NPZFile(reading: smalti.path("out.npz"))
      #expect(file.names == ["z", "y"])
      #expect(try file.tensor("y").reals == [2, -4, 6, -40, 50, -60])
      #expect(try file.tensor("z").reals == [3, -6, 9, -44, 55, -66])
    }
  }

  @Test("NaN runs, and the report says where it went in and came out")
  func notANumber() throws {
    try withCommand { smalti in
      try smalti.write(Command.smallGraph, to: "small.smalti")
      try smalti.write(.f32([2, 3], [1, 2, 3, 4, .nan, .nan]), to: "x.npy")
      let outcome = try smalti.run(
        "run", "small.smalti", "--input", "x=x.npy", "-o", "out.npz", "--outputs", "z")
      #expect(outcome.status == 0)
      #expect(
        outcome.error.contains("note: input x holds NaN at 2 of 6 places, first at [1, 1]\n"))
      #expect(
        outcome.error.contains("note: output z holds NaN at 2 of 6 places, first at [1, 1]\n"))
    }
  }

  @Test("an input key that is not given is drawn from the seed")
  func sampledLatents() throws {
    try withCommand { smalti in
      let latents = [
        ("object_mean", [1, 16, 8] as Shape), ("object_log_std", [1, 16, 8]),
        ("frame_mean", [1, 2, 8]), ("frame_log_std", [1, 2, 8]),
      ]
      var call = [
        "run", "simone:tiny", "frames=2", "frames_decoded=1", "latents=sample", "--entry", "decode",
      ]
      for (name, shape) in latents {
        try smalti.write(HostTensor(.f32(shape), repeating: 0), to: "\(name).npy")
        call += ["--input", "\(name)=\(name).npy"]
      }
      for (seed, output) in [("1", "a.npz"), ("1", "b.npz"), ("2", "c.npz")] {
        let outcome = try smalti.start(call + ["-o", output, "--seed", seed]).outcome()
        #expect(outcome.status == 0)
      }
      #expect(try smalti.run("diff", "a.npz", "b.npz").status == 0)
      #expect(try smalti.run("diff", "a.npz", "c.npz").status == 1)
    }
  }
}
