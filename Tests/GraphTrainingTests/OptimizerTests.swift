import Foundation
import GraphIR
import GraphOps
import GraphTraining
import TensorCore
import Testing

/// Parameters that are moved by given gradients, step after step, by the interpreter.
struct Trajectory {
  let program: Program
  private(set) var stored: [String: HostTensor] = [:]

  /// The loss is the product of the parameter with an argument, so the argument is its gradient.
  init(_ step: TrainingStep, start: [Double]) throws {
    let builder = GraphBuilder("loss")
    let given = builder.argument("gradient", .f64([start.count]))
    let parameter = builder.parameter("p", .f64, [start.count], .zeros)
    builder.result("loss", (parameter * given).sum(along: 0))
    try self.init(step.program(try Program("linear", [builder.finish()])))
    stored["p"] = .f64([start.count], start)
  }

  init(_ program: Program) throws {
    self.program = program
    for entry in program.parameters + program.states {
      stored[entry.path] = entry.initialValue(seed: Key(0))
    }
  }

  @discardableResult
  mutating func run(
    _ entry: String, _ arguments: [String: HostTensor]
  ) throws -> [HostTensor] {
    try Interpreter(.exact).run(program.entry(entry), arguments, replacing: &stored)
  }

  /// The parameters after a step.
  @discardableResult
  mutating func step(_ gradient: [Double], entry: String = "step") throws -> [Double] {
    try run(entry, ["gradient": .f64([gradient.count], gradient)])
    return stored["p"]!.reals
  }
}

@Suite("Optimisers") struct OptimizerTests {
  /// What `tools/fixtures/torch_optimizers.py` wrote.
  struct Fixture: Decodable {
    var start: [Double]
    var gradients: [[Double]]
    var rate: Double
  }

  private static let data: Data = {
    let url = Bundle.module.url(
      forResource: "optimizers", withExtension: "json", subdirectory: "Fixtures")!
    return try! Data(contentsOf: url)
  }()

  private static let optimizers: [(String, any Optimizer)] = [
    ("sgd", SGD()), ("sgd-momentum", SGD(momentum: 0.9, weightDecay: 0.1)),
    ("sgd-nesterov", SGD(momentum: 0.9, isNesterov: true)), ("adam", Adam()),
    ("adam-other", Adam(beta2: 0.98, epsilon: 1e-9, decay: .inGradient(0.2))),
    ("adamw", Adam.adamW()), ("rmsprop", RMSProp.outside()),
    ("rmsprop-momentum", RMSProp.outside(momentum: 0.5)),
    ("rmsprop-inside", RMSProp.inside(momentum: 0.9)),
  ]

  private func meant(_ name: String) throws -> (Fixture, [[Double]]) {
    let fixture = try JSONDecoder().decode(Fixture.self, from: Self.data)
    let all = try #require(
      try JSONSerialization.jsonObject(with: Self.data) as? [String: Any])
    return (fixture, try #require(all[name] as? [[Double]]))
  }

  private func follows(_ name: String, _ step: TrainingStep) throws {
    let (fixture, meant) = try meant(name)
    var step = step
    step.schedule = .constant(fixture.rate)
    var trajectory = try Trajectory(step, start: fixture.start)
    for (gradient, expected) in zip(fixture.gradients, meant) {
      let found = try trajectory.step(gradient)
      for (a, b) in zip(found, expected) {
        // The rate and what is derived from it are f32.
        #expect(abs(a - b) <= 1e-7 * (1 + abs(b)), "\(name)")
      }
    }
  }

  @Test("move parameters as PyTorch's do", arguments: optimizers.map(\.0))
  func moveAsTorchs(_ name: String) throws {
    let optimizer = try #require(Self.optimizers.first { $0.0 == name }).1
    try follows(name, TrainingStep(optimizer))
  }

  @Test("clipping by the norm is PyTorch's")
  func clips() throws { try follows("clipped", TrainingStep(SGD(), gradientClip: 0.75)) }
}
