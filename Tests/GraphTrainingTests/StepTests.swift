import GraphIR
import GraphOps
import GraphTraining
import TensorCore
import Testing

@Suite("The training step") struct StepTests {
  @Test("a step that is not finite leaves parameters and moments, and is counted")
  func skipsWhatIsNotFinite() throws {
    var trajectory = try Trajectory(TrainingStep(Adam(), gradientClip: 1), start: [1, 2])
    try trajectory.step([0.5, -0.25])
    let before = trajectory.stored
    for bad in [Double.nan, .infinity, -.infinity] {
      try trajectory.step([bad, 1])
    }
    for path in ["p", "optimizer.first.p", "optimizer.second.p"] {
      #expect(try #require(trajectory.stored[path]) == before[path], "\(path)")
    }
    #expect(trajectory.stored["training.skipped"]?.integers == [3])
    #expect(trajectory.stored["training.steps"]?.integers == [4])
    // The next one is Adam's second: skipped steps are no updates.
    var other = try Trajectory(TrainingStep(Adam(), gradientClip: 1), start: [1, 2])
    try other.step([0.5, -0.25])
    #expect(try trajectory.step([1, 1]) == other.step([1, 1]))
  }

  @Test("micro-batches make the step of their mean")
  func accumulates() throws {
    var step = TrainingStep(SGD(), schedule: .constant(0.5))
    step.microBatches = 3
    var trajectory = try Trajectory(step, start: [0, 0])
    for _ in 0..<2 {
      let before = trajectory.stored["p"]!.reals
      #expect(try trajectory.step([3, 0], entry: "accumulate") == before)
      try trajectory.step([6, 9], entry: "accumulate")
      try trajectory.step([0, 0])
    }
    // Twice half of the mean of (3, 6, 0) and of (0, 9, 0).
    let found = trajectory.stored["p"]!.reals
    #expect(abs(found[0] + 3) < 1e-6 && abs(found[1] + 3) < 1e-6)
    #expect(trajectory.stored["training.batches"]?.integers == [6])
    #expect(trajectory.stored["training.steps"]?.integers == [2])
  }

  @Test("the average starts at the first new parameters and follows them")
  func averages() throws {
    var step = TrainingStep(SGD(), schedule: .constant(1))
    step.averageDecay = 0.75
    var trajectory = try Trajectory(step, start: [8])
    try trajectory.step([4])
    #expect(trajectory.stored["average.p"]?.reals == [4])
    try trajectory.step([4])
    #expect(trajectory.stored["average.p"]?.reals == [3])
    try trajectory.step([.nan])
    #expect(trajectory.stored["average.p"]?.reals == [3])
  }

  @Test("what the loss itself replaces is replaced, unless the batch is skipped")
  func replacesTheLossesStates() throws {
    let builder = GraphBuilder("loss")
    let x = builder.argument("x", .f64([]))
    let p = builder.parameter("p", .f64, [], .ones)
    let seen = builder.state("seen", .f64, [], .ones)
    builder.update(seen, with: seen + x)
    builder.result("loss", p * x)
    var step = TrainingStep(SGD())
    step.microBatches = 2
    var trajectory = try Trajectory(
      step.program(try Program("counting", [builder.finish()])))
    try trajectory.run("accumulate", ["x": .f64([], [2])])
    try trajectory.run("step", ["x": .f64([], [4])])
    #expect(trajectory.stored["seen"]?.reals == [7])
    try trajectory.run("accumulate", ["x": .f64([], [.nan])])
    try trajectory.run("step", ["x": .f64([], [.infinity])])
    #expect(trajectory.stored["seen"]?.reals == [7])
  }

  @Test("frozen parameters stay, and a loss of one element is a loss")
  func freezes() throws {
    let builder = GraphBuilder("loss")
    let x = builder.argument("x", .f64([1]))
    let (a, b) = builder.scoped("encoder") {
      (builder.parameter("a", .f64, [1], .ones), builder.parameter("b", .f64, [1], .ones))
    }
    let c = builder.parameter("encoders", .f64, [1], .ones)
    builder.result("loss", (a + b + c) * x)
    let program = try Program("frozen", [builder.finish()])
    var step = TrainingStep(SGD(), schedule: .constant(1))
    step.frozen = ["encoder.a"]
    var trajectory = try Trajectory(step.program(program))
    try trajectory.run("step", ["x": .f64([1], [4])])
    #expect(trajectory.stored["encoder.a"]?.reals == [1])
    #expect(trajectory.stored["encoder.b"]?.reals == [-3])
    step.frozen = ["encoder"]
    #expect(try step.program(program).states.map(\.path).contains("training.steps"))
    #expect(try step.program(program).entry("step").updates.count == 4)
    step.frozen = ["encoder", "encoders"]
    #expect(throws: Diagnostic.self) { try step.program(program) }
    step.frozen = ["encode"]
    let mistake = #expect(throws: Diagnostic.self) { try step.program(program) }
    #expect(
      mistake?.message == "frozen names encode, which is no parameter and no scope of one")
  }

  @Test("a model whose parameters have paths of the step's states is refused")
  func refusesTakenPaths() throws {
    let builder = GraphBuilder("loss")
    let names = ["w", "average.w"]
    let parameters = names.map { builder.parameter($0, .f32, [], .ones) }
    builder.result("loss", parameters[0] * parameters[1])
    let program = try Program("taken", [builder.finish()])
    var step = TrainingStep(SGD())
    _ = try step.program(program)
    step.averageDecay = 0.5
    let mistake = #expect(throws: Diagnostic.self) { try step.program(program) }
    #expect(mistake?.code == "graph.path-taken")
  }

  @Test("arguments with a schedule are those of the step, in micro-batches too")
  func schedulesArguments() throws {
    let builder = GraphBuilder("loss")
    let weight = builder.argument("weight", .f32([]))
    let p = builder.parameter("p", .f32, [], .zeros)
    builder.result("loss", p * weight)
    var step = TrainingStep(SGD(), schedule: .constant(1))
    step.scheduledArguments = [("weight", .line(from: 1, to: 3, steps: 2))]
    step.microBatches = 2
    let program = try Program("scheduled", [builder.finish()])
    var trajectory = try Trajectory(step.program(program))
    for expected in [-1.0, -3, -6, -9] {
      try trajectory.run("accumulate", [:])
      try trajectory.run("step", [:])
      #expect(trajectory.stored["p"]?.reals == [expected])
    }
    let results = try step.program(program).entry("step").results.map(\.name)
    #expect(results == ["loss", "gradient_norm", "learning_rate", "weight"])
    step.scheduledArguments = [("wait", .constant(1))]
    let mistake = #expect(throws: Diagnostic.self) { try step.program(program) }
    #expect(mistake?.message == "loss has no argument wait f32[] that a schedule could give")
    #expect(mistake?.help == "its f32 scalars are weight")
  }

  @Test("what cannot be trained is refused, with the remedy")
  func refusesLosses() throws {
    func mistake(_ formula: (GraphBuilder) -> Void) throws -> Diagnostic? {
      let builder = GraphBuilder("loss")
      formula(builder)
      let program = try Program("wrong", [builder.finish()])
      do { _ = try TrainingStep().program(program) } catch { return error }
      return nil
    }
    #expect(try mistake { _ in }?.code == "training.no-loss")
    let vector = try mistake { $0.result("y", $0.parameter("p", .f32, [2], .ones)) }
    #expect(
      vector?.message == "loss must return one floating number first, the loss, got y, f32[2]")
    let without = try mistake { $0.result("y", $0.argument("x", .f32([]))) }
    #expect(without?.code == "training.no-parameter")
    let flat = try mistake { builder in
      let p = builder.parameter("p", .f32, [], .ones)
      builder.result("y", p.floor() * builder.parameter("q", .f32, [], .ones))
    }
    #expect(flat?.code == "gradient.no-path")
    #expect(flat?.help == "name it in frozen, or mend the path")
  }

  @Test("each batch draws from a key of its own")
  func foldsTheKey() throws {
    let builder = GraphBuilder("loss")
    let key = builder.argument("key", .u64([]))
    let p = builder.parameter("p", .f32, [], .zeros)
    builder.result("loss", p * key.normal([]))
    let program = try TrainingStep(SGD()).program(try Program("noise", [builder.finish()]))
    var stored = Dictionary(
      uniqueKeysWithValues: (program.parameters + program.states).map {
        ($0.path, $0.initialValue(seed: Key(0)))
      })
    var norms: [Double] = []
    for number in 0..<3 as Range<UInt64> {
      let results = try Interpreter(.exact).run(
        program.entry("step"), ["key": .u64([], [9])], replacing: &stored)
      norms.append(results[1].reals[0])
      #expect(abs(norms.last! - abs(Key(9).folded(number).normal(at: 0))) < 1e-6)
    }
    #expect(Set(norms).count == 3)
  }

  @Test("options that make no sense are refused")
  func refuses() throws {
    func mistake(_ change: (inout TrainingStep) -> Void) -> String? {
      var step = TrainingStep()
      change(&step)
      do { _ = try Trajectory(step, start: [1]) } catch { return (error as? Diagnostic)?.message }
      return nil
    }
    #expect(
      mistake { $0.gradientClip = 0 } == "gradient_clip must be a finite number above 0, got 0.0")
    #expect(mistake { $0.gradientClip = .infinity } != nil)
    #expect(
      mistake { $0.optimizer = Adam(beta2: 1) }
        == "adam_beta2 must be 0 or more and below 1, got 1.0")
    #expect(
      mistake { $0.optimizer = Adam.adamW(weightDecay: -1) }
        == "adam_weight_decay must be a finite number, 0 or more, got -1.0")
    #expect(
      mistake { $0.optimizer = SGD(isNesterov: true) }
        == "sgd_momentum must be above 0 with nesterov, got 0.0")
    #expect(mistake { $0.optimizer = RMSProp.inside(decay: .nan) } != nil)
    #expect(
      mistake { $0.schedule = .constant(.nan) }
        == "learning_rate must be a finite f32, 0 or more, got nan")
    #expect(
      mistake { $0.schedule = .warmUp(steps: 0, .constant(1)) }
        == "schedule.steps must be 1 or more, got 0")
    let changes: [Schedule.Change] = [.init(from: 6, 0.05), .init(from: 3, 0.02)]
    #expect(
      mistake { $0.schedule = .piecewise(first: 1, changes: changes) }
        == "schedule.changes must be steps above 0 that ascend, got [6, 3]")
    #expect(mistake { $0.microBatches = 0 } == "micro_batches must be 1 to 2^20, got 0")
    #expect(
      mistake { $0.averageDecay = 1 } == "average_decay must be 0 or more and below 1, got 1.0")
  }
}

@Suite("Schedules") struct ScheduleTests {
  static let schedules: [Schedule] = [
    .constant(0.1), .warmUp(steps: 4, .constant(0.1)), .quadraticWarmUp(steps: 4, .constant(0.1)),
    .cosine(high: 0.1, low: 0.01, steps: 8), .warmUp(steps: 3, .cosine(high: 1, low: 0, steps: 10)),
    .line(from: 0.1, to: 0.02, steps: 5),
    .piecewise(first: 0.1, changes: [.init(from: 3, 0.05), .init(from: 6, 0.02)]),
  ]

  @Test("the graph's rate is the formula's", arguments: schedules)
  func graphAgrees(_ schedule: Schedule) throws {
    var trajectory = try Trajectory(TrainingStep(SGD(), schedule: schedule), start: [0])
    var before = 0.0
    for count in 0..<12 {
      let found = try trajectory.step([1])[0]
      #expect(abs((before - found) - schedule.rate(after: count)) < 1e-7)
      before = found
    }
  }

  @Test("rates are those of the definitions")
  func rates() {
    func rates(_ schedule: Schedule, _ counts: [Int]) -> [Double] {
      counts.map { (schedule.rate(after: $0) * 1e6).rounded() / 1e6 }
    }
    #expect(rates(.warmUp(steps: 4, .constant(1)), [0, 1, 3, 9]) == [0.25, 0.5, 1, 1])
    #expect(rates(.quadraticWarmUp(steps: 4, .constant(1)), [0, 1, 3, 9]) == [0.0625, 0.25, 1, 1])
    #expect(rates(.cosine(high: 1, low: 0.5, steps: 4), [0, 2, 4, 9]) == [1, 0.75, 0.5, 0.5])
    #expect(rates(.line(from: 0, to: 2, steps: 4), [0, 1, 4, 9]) == [0, 0.5, 2, 2])
    let steps = Schedule.piecewise(first: 3, changes: [.init(from: 2, 2), .init(from: 5, 1)])
    #expect(rates(steps, [0, 1, 2, 4, 5, 99]) == [3, 3, 2, 2, 1, 1])
  }
}
