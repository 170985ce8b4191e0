import GraphCompiler
import GraphIR
import GraphOps
import GraphTraining
import SmaltiRuntime
import TensorCore
import Testing

/// Steps with every optimiser, schedule and option as machine code, against the interpreter.
@Suite("Compiled options of a step") struct CompiledOptionsTests {
  /// A network of two layers; its loss is not linear in its parameters, so stale ones would show.
  private static let program: Program = {
    let builder = GraphBuilder("loss")
    let x = builder.argument("x", .f32([6, 5]))
    let hidden = x.matmul(builder.parameter("first", .f32, [5, 8], .fanInUniform(5))).tanh()
    let y = hidden.matmul(builder.parameter("second", .f32, [8, 3], .fanInUniform(8)))
    let seen = builder.state("seen", .f32, [3], .zeros)
    builder.update(seen, with: seen * 0.5 + y.mean(along: 0) * 0.5)
    builder.result("loss", ((y - seen).squared() * 0.5).sum(along: 0, 1))
    return try! Program("network", [builder.finish()])
  }()

  private static let steps: [(String, TrainingStep)] = {
    func step(
      _ optimizer: any Optimizer, _ schedule: Schedule = .constant(0.05),
      _ change: (inout TrainingStep) -> Void = { _ in }
    ) -> TrainingStep {
      var step = TrainingStep(optimizer, schedule: schedule)
      change(&step)
      return step
    }
    return [
      ("sgd", step(SGD())),
      ("sgd with momentum", step(SGD(momentum: 0.9, isNesterov: true, weightDecay: 0.1))),
      ("adam with l2", step(Adam(decay: .inGradient(0.1)))),
      ("adamw, clipped", step(Adam.adamW()) { $0.gradientClip = 0.5 }),
      ("rmsprop, outside", step(RMSProp.outside(momentum: 0.5))),
      ("rmsprop, inside", step(RMSProp.inside(momentum: 0.9))),
      ("warm-up to a cosine", step(SGD(), .warmUp(steps: 3, .cosine(high: 0.1, low: 0, steps: 5)))),
      ("quadratic warm-up", step(SGD(), .quadraticWarmUp(steps: 4, .constant(0.1)))),
      (
        "piecewise",
        step(SGD(), .piecewise(first: 0.1, changes: [.init(from: 2, 0.01), .init(from: 4, 0.2)]))
      ),
      ("averages", step(Adam()) { $0.averageDecay = 0.75 }),
      ("two micro-batches", step(SGD()) { $0.microBatches = 2 }),
      (
        "three micro-batches, averages, frozen",
        step(Adam()) {
          $0.microBatches = 3; $0.averageDecay = 0.5; $0.frozen = ["first"]
        }
      ),
    ]
  }()

  @Test("move parameters and states as the interpreter does", arguments: steps.map(\.0))
  func agree(_ name: String) throws {
    let step = try #require(Self.steps.first { $0.0 == name }).1
    let program = try step.program(Self.program)
    let loaded = try LoadedProgram(Compiler.compile(program), threads: 2, seed: Key(4))
    var stored: [String: HostTensor] = [:]
    for entry in program.parameters { stored[entry.path] = entry.initialValue(seed: Key(4)) }
    for entry in program.states { stored[entry.path] = entry.initialValue(seed: Key(0)) }
    let start = stored
    for batch in 0..<6 * step.microBatches {
      let isLast = (batch + 1).isMultiple(of: step.microBatches)
      let entry = isLast ? TrainingStep.entry : TrainingStep.accumulatingEntry
      // One batch in the middle is skipped, with all that waits for its step.
      let x = HostTensor.noise(.f32([6, 5]), "\(batch)").mappingReals {
        batch == 3 ? .infinity : $0
      }
      let found = try loaded.run(entry, ["x": x])
      let meant = try Interpreter(.exact).run(program.entry(entry), ["x": x], replacing: &stored)
      for (result, value) in zip(try program.entry(entry).results, meant) {
        #expect(isNear(found[result.name]!, value), "\(result.name) of batch \(batch)")
      }
    }
    for entry in program.parameters + program.states {
      // A parameter that nothing replaces lies in the prepared block.
      guard let state = loaded.states[entry.path] else {
        #expect(step.frozen == [entry.path])
        continue
      }
      let found = try withExtendedLifetime(state) {
        try HostTensor(entry.type, bytes: UnsafeRawBufferPointer(state.bytes))
      }
      #expect(isNear(found, stored[entry.path]!), "\(entry.path)")
      #expect(found != start[entry.path]! || entry.path.hasPrefix("accumulated"), "\(entry.path)")
    }
  }

  private func isNear(_ a: HostTensor, _ b: HostTensor) -> Bool {
    zip(a.numbers, b.numbers).allSatisfy {
      $0 == $1 || ($0.isNaN && $1.isNaN) || abs($0 - $1) <= 2e-5 * (1 + abs($1))
    }
  }

  @Test("micro-batches see the parameters as the last step left them")
  func readsLiveParameters() throws {
    let builder = GraphBuilder("loss")
    let p = builder.parameter("p", .f32, [1], .ones)
    builder.result("loss", (p * p).sum(along: 0))
    var step = TrainingStep(SGD(), schedule: .constant(1))
    step.microBatches = 2
    let program = try step.program(Program("square", [builder.finish()]))
    let loaded = try LoadedProgram(Compiler.compile(program), threads: 1, seed: Key(0))
    // p − 2p changes its sign in each step.
    for meant in [Float(-1), 1, -1] {
      _ = try loaded.run("accumulate", [:])
      _ = try loaded.run("step", [:])
      let state = try #require(loaded.states["p"])
      withExtendedLifetime(state) {
        #expect(state.bytes.loadUnaligned(as: Float.self) == meant)
      }
    }
  }
}
