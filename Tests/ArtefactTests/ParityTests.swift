import Foundation
import GraphIR
import ModelArtefacts
import ModelZoo
import SmaltiRuntime
import TensorCore
import Testing
import TileIR

/// A compiled file computes what the compiler computes in memory: the same bits.
@Suite("Compiled files: the same bits as in memory")
struct ParityTests {
  @Test(
    "every entry point of a tiny preset, on one thread and on three", arguments: ["simone:tiny"])
  func presets(_ name: String) throws {
    let program = try Zoo.model(name, []).program()
    try Workshop.with { workshop in
      try workshop.build(program, Workshop.options(.so, "model"))
      let artefact = try LoadedArtefact(workshop.path("model.so"))
      #expect(artefact.entries.map(\.name) == program.graphs.map(\.name))
      for graph in program.graphs {
        let expected = try Workshop.expected(program, graph.name)
        for threads in [1, 3] {
          let isSame =
            try workshop.outputs(of: artefact, graph, threads: threads) == expected
          #expect(isSame, "\(graph.name) on \(threads) threads")
        }
      }
    }
  }

  @Test("each level of a file with several, chosen by the environment")
  func levels() throws {
    let program = try Workshop.dense()
    let input = Workshop.argument(.f32([3, 6]))
    let levels = [TargetLevel.x86v3, .x86v4].filter { level in
      MachineFeatures.current.isSuperset(of: MachineFeatures(level: level.name)!)
    }
    try Workshop.with { workshop in
      try workshop.build(program, Workshop.options(.exe, levels: [.x86v3, .x86v4]))
      try workshop.write(NPY.bytes(input), to: "x.npy")
      for level in levels {
        let expected = try Workshop.expected(program, "whole", level)
        for (output, bytes) in expected {
          try workshop.run(
            "./dense", ["--input", "x=x.npy", "--output", "o.npy", "--outputs", output],
            environment: ["SMALTI_LEVEL": level.name])
          #expect(
            try workshop.read("o.npy").suffix(bytes.count) == bytes[...], "\(level) \(output)")
        }
      }
      let words = try workshop.run(
        "./dense", ["--input", "x=x.npy", "--output", "o.npz"],
        environment: ["SMALTI_LEVEL": "x86-64-v9"], status: 1)
      #expect(words.contains("limited by SMALTI_LEVEL=x86-64-v9"))
    }
  }

  @Test("a specialisation is chosen by the sizes of the inputs; others are refused with all sizes")
  func specialisations() throws {
    let programs = try [1, 4].map { try Workshop.dense(batch: $0) }
    let model = ModelToPackage(
      "dense", zip(["batch=1", "batch=4"], programs).map { .init($0, $1) })
    try Workshop.with { workshop in
      try workshop.build(model, Workshop.options(.so))
      let artefact = try LoadedArtefact(workshop.path("dense.so"))
      #expect(artefact.entries[0].signatures.map(\.specialisation) == ["batch=1", "batch=4"])
      for (label, program) in zip(["batch=1", "batch=4"], programs) {
        let graph = program.graphs[0]
        let outputs = try workshop.outputs(of: artefact, graph, specialisation: label)
        #expect(try outputs == Workshop.expected(program, "whole"))
      }
      let session = try Session(artefact)
      let error = #expect(throws: RunError.self) {
        try session.run(["x": AlignedBytes(byteCount: 48)])
      }
      #expect(error?.code == .wrongBytes)
      #expect(
        error?.sentence == "no specialisation of 'whole' has inputs of these sizes; bytes are "
          + "batch=1: x 24; batch=4: x 96")
    }
  }

  @Test("specialisations of the same sizes are refused")
  func alike() throws {
    let program = try Workshop.dense()
    let model = ModelToPackage("dense", [.init("a=1", program), .init("a=2", program)])
    let error = #expect(throws: Diagnostic.self) {
      try Artefact.build(model, Workshop.options(.so)) { _ in AlignedBytes(byteCount: 0) }
    }
    #expect(error?.code == "artefact.specialisations-alike")
  }

  @Test("a program that keeps something between calls is refused")
  func states() throws {
    let builder = GraphBuilder("count")
    let count = builder.state("count", .f32, [], .zeros)
    builder.update(count, with: builder.argument("x", .f32([])))
    builder.result("y", count)
    let model = ModelToPackage("counter", [.init("", try Program("counter", [builder.finish()]))])
    let error = #expect(throws: Diagnostic.self) {
      try Artefact.build(model, Workshop.options(.so)) { _ in AlignedBytes(byteCount: 0) }
    }
    #expect(error?.code == "artefact.states")
    #expect(error?.place == "count")
  }

  @Test("on AArch64, under qemu, within rounding of this machine's")
  func aarch64() throws {
    let program = try Workshop.dense()
    try Workshop.with { workshop in
      var options = Workshop.options(.exe, levels: [.aarch64])
      // Static, so that qemu needs no library of the target.
      try workshop.write(
        "#!/bin/sh\ncase \" $* \" in *\" -o model executable/\"*) set -- -static \"$@\" ;; esac\n"
          + "exec aarch64-linux-gnu-gcc \"$@\"\n", to: "cc")
      try workshop.run("chmod", ["+x", "cc"])
      options.cCompiler = workshop.path("cc")
      try workshop.build(program, options)
      try workshop.write(NPY.bytes(Workshop.argument(.f32([3, 6]))), to: "x.npy")
      let expected = try Workshop.expected(program, "whole")["y"]!
      try workshop.run(
        "qemu-aarch64", ["./dense", "--input", "x=x.npy", "-o", "y.npy", "--outputs", "y"])
      let type = TensorType.f32([3, 5])
      let ours = try HostTensor(type, bytes: Array(try workshop.read("y.npy").suffix(60)))
      let other = try HostTensor(type, bytes: expected)
      #expect(ours.relativeDifference(to: other) < 1e-6)
    }
  }
}

/// Arrays as `.npy` files.
enum NPY {
  static func bytes(_ tensor: HostTensor) -> [UInt8] {
    let shape = tensor.shape.dimensions.map { "\($0)," }.joined(separator: " ")
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(shape)), }"
    header += String(repeating: " ", count: 117 - header.utf8.count) + "\n"
    return [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(header.utf8) + tensor.bytes
  }
}
