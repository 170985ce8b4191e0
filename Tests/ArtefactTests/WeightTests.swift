import Foundation
import GraphIR
import ModelArtefacts
import SmaltiRuntime
import TensorCore
import Testing

/// Weights beside a file, and none at all; what wrong and damaged ones get.
@Suite("Compiled files: weights")
struct WeightTests {
  private static func beside(_ workshop: Workshop, _ name: String = "dense") throws -> Program {
    let program = try Workshop.dense()
    var options = Workshop.options(.so, name)
    options.weights = .beside(workshop.path("\(name).weights"))
    try workshop.build(program, options)
    return program
  }

  @Test("weights of a file of their own give the same bits; without it the file is refused")
  func beside() throws {
    try Workshop.with { workshop in
      let program = try Self.beside(workshop)
      let artefact = try LoadedArtefact(
        workshop.path("dense.so"), weights: workshop.path("dense.weights"))
      #expect(
        try workshop.outputs(of: artefact, program.graphs[0])
          == Workshop.expected(program, "whole"))
      let error = #expect(throws: RunError.self) { try LoadedArtefact(workshop.path("dense.so")) }
      #expect(error?.code == .noWeights)
    }
  }

  @Test("wrong and damaged files of weights are refused, each with its reason")
  func refused() throws {
    try Workshop.with { workshop in
      _ = try Self.beside(workshop)
      let good = try workshop.read("dense.weights")
      func refusal(_ bytes: [UInt8]) throws -> RunError.Code? {
        try workshop.write(bytes, to: "bad.weights")
        return #expect(throws: RunError.self) {
          try LoadedArtefact(workshop.path("dense.so"), weights: workshop.path("bad.weights"))
        }?.code
      }
      for count in [0, 1, 63, 4095] {
        #expect(try refusal(Array(good.prefix(count))) == .wrongWeights, "\(count) bytes")
      }
      for count in [4096, good.count - 1] {
        #expect(try refusal(Array(good.prefix(count))) == .damagedWeights, "\(count) bytes")
      }
      #expect(try refusal(good + [0]) == .damagedWeights)
      // Magic, version, checksum, size, layout, and a byte of the block.
      let places: [(Int, RunError.Code)] = [
        (0, .wrongWeights), (8, .wrongWeights), (12, .damagedWeights), (16, .wrongWeights),
        (24, .wrongWeights), (4100, .damagedWeights),
      ]
      for (place, code) in places {
        var bytes = good
        bytes[place] ^= 1
        #expect(try refusal(bytes) == code, "byte \(place)")
      }
      let missing = #expect(throws: RunError.self) {
        try LoadedArtefact(workshop.path("dense.so"), weights: workshop.path("none"))
      }
      #expect(missing?.code == .unreadable)
    }
  }

  @Test("weights of another model of the same size are refused")
  func otherModel() throws {
    try Workshop.with { workshop in
      _ = try Self.beside(workshop)
      var options = Workshop.options(.so, "other")
      options.weights = .beside(workshop.path("other.weights"))
      let other = ModelToPackage("other", [.init("", try Workshop.dense())])
      try workshop.build(other, options)
      let error = #expect(throws: RunError.self) {
        try LoadedArtefact(workshop.path("dense.so"), weights: workshop.path("other.weights"))
      }
      #expect(error?.code == .wrongWeights)
      #expect(error?.sentence.contains("holds weights of 'other'") == true)
    }
  }

  @Test("without weights, `prepare` makes the block that the compiler makes")
  func prepare() throws {
    try Workshop.with { workshop in
      let program = try Self.beside(workshop)
      let block = Array(try workshop.read("dense.weights").dropFirst(4096))
      var options = Workshop.options(.obj, "bare")
      options.weights = .nowhere
      try workshop.build(program, options)
      var raw: [UInt8] = []
      for parameter in program.parameters { raw += parameter.initialValue(seed: Key(0)).bytes }
      try workshop.write(raw, to: "raw")
      try workshop.write(Self.preparing, to: "prepare.c")
      try workshop.run(
        "gcc", ["-std=c11", "-Wall", "-Wextra", "-Werror", "prepare.c", "bare.o", "-lm", "-o", "p"])
      #expect(try workshop.run("./p", []) == "no weights: 17\n")
      #expect(try workshop.read("block") == block)
    }
  }

  private static let preparing = """
    #include "bare.h"
    #include <stdio.h>
    #include <stdlib.h>
    int main(void) {
      const smalti_model *model = bare_model();
      FILE *file = fopen("raw", "rb");
      smalti_buffer inputs[8], output;
      for (uint64_t i = 0; i < model->parameter_count; i++) {
        inputs[i].byte_count = model->parameters[i].byte_count;
        inputs[i].pointer = malloc(inputs[i].byte_count);
        if (fread(inputs[i].pointer, 1, inputs[i].byte_count, file) != inputs[i].byte_count) return 2;
      }
      output.byte_count = BARE_PREPARED_BYTES;
      output.pointer = aligned_alloc(64, (output.byte_count + 63) / 64 * 64);
      smalti_call call = smalti_new_call();
      call.inputs = inputs;
      call.input_count = model->parameter_count;
      call.outputs = &output;
      call.output_count = 1;
      call.workspace.byte_count = bare_prepare_workspace_bytes(1);
      call.workspace.pointer = aligned_alloc(64, call.workspace.byte_count);
      if (bare_prepare(&call) != SMALTI_OK) return 3;
      FILE *block = fopen("block", "wb");
      fwrite(output.pointer, 1, output.byte_count, block);
      fclose(block);
      static float x[BARE_WHOLE_X_COUNT], y[BARE_WHOLE_Y_COUNT], mean[BARE_WHOLE_MEAN_COUNT];
      smalti_buffer in = {x, sizeof x}, out[2] = {{y, sizeof y}, {mean, sizeof mean}};
      call = smalti_new_call();
      call.inputs = &in;
      call.input_count = 1;
      call.outputs = out;
      call.output_count = 2;
      call.workspace.byte_count = bare_run_workspace_bytes(1);
      call.workspace.pointer = aligned_alloc(64, call.workspace.byte_count);
      printf("no weights: %d\\n", bare_run(&call));
      call.weights = &output;
      call.weight_count = 1;
      return bare_run(&call);
    }

    """
}
