import ExecutionPlan
import Testing

/// A way to break a plan, and what the verifier says.
struct BrokenPlan: Sendable, CustomTestStringConvertible {
  var code: PlanProblem.Code
  var message: String
  var step: String?
  var spoil: @Sendable (inout Plan) -> Void

  init(
    _ code: PlanProblem.Code, _ message: String, step: String? = nil,
    spoil: @escaping @Sendable (inout Plan) -> Void
  ) {
    self.code = code
    self.message = message
    self.step = step
    self.spoil = spoil
  }

  var testDescription: String { "\(code.rawValue): \(message)" }

  static let all: [BrokenPlan] = [
    BrokenPlan(.negative, "the arena's size is -1, at least 0 is needed") {
      $0.arenaByteCount = -1
    },
    BrokenPlan(.negative, "the size of 'x' is -4, at least 0 is needed") {
      $0.inputs[0].byteCount = -4
    },
    BrokenPlan(.negative, "the number of tasks is 0, at least 1 is needed", step: "shift") {
      $0.steps[1].taskCount = 0
    },
    BrokenPlan(
      .negative, "the offset of read arena:shifted[-4, 188) is -4, at least 0 is needed",
      step: "sum"
    ) {
      $0.steps[2].bindings[0].byteOffset = -4
    },
    BrokenPlan(
      .alignment, "buffer 'shifted' lies at byte 200 of the arena, no multiple of 64"
    ) {
      $0.buffers[1].byteOffset = 200
      $0.arenaByteCount = 400
    },
    BrokenPlan(
      .alignment, "input 'x' has alignment 12, a power of two of at least 1 is needed"
    ) {
      $0.inputs[0].alignment = 12
    },
    BrokenPlan(
      .alignment, "weight 'weight' has alignment 32, a power of two of at least 64 is needed"
    ) {
      $0.weights[0].alignment = 32
    },
    BrokenPlan(.bufferRange, "buffer 'shifted' has 192 bytes at byte 192, the arena has 320") {
      $0.arenaByteCount = 320
    },
    BrokenPlan(.lifetime, "buffer 'shifted' lives in steps 1...3, the plan has 3 steps") {
      $0.buffers[1].lastStep = 3
    },
    BrokenPlan(
      .bufferOverlap,
      "buffers 'hidden' (192 bytes at byte 0, steps 0...1) and "
        + "'shifted' (192 bytes at byte 128, steps 1...2) share bytes", step: "shift"
    ) {
      $0.buffers[1].byteOffset = 128
    },
    BrokenPlan(
      .bindingIndex, "read arena:#2[0, 192) names arena 2, which does not exist", step: "sum"
    ) {
      $0.steps[2].bindings[0].index = 2
    },
    BrokenPlan(
      .bindingRange, "write output:y[4, 28) reaches byte 28, 'y' has 24", step: "sum"
    ) {
      $0.steps[2].bindings[2].byteOffset = 4
    },
    BrokenPlan(
      .lifetime, "read arena:hidden[0, 192) is used in step 1, 'hidden' lives in steps 0...0",
      step: "shift"
    ) {
      $0.buffers[0].lastStep = 0
    },
    BrokenPlan(
      .writeToReadOnly, "readWrite weight:weight[0, 4) writes what is only to be read",
      step: "scale"
    ) {
      $0.steps[0].bindings[1].access = .readWrite
    },
    BrokenPlan(
      .stepHazard,
      "read arena:shifted[0, 192) and write arena:shifted[188, 192) share bytes; "
        + "a value replaced in place is one readWrite binding", step: "sum"
    ) {
      $0.steps[2].bindings.append(.init(.write, .arena, 1, byteOffset: 188, byteCount: 4))
    },
    BrokenPlan(
      .readBeforeWrite,
      "read arena:hidden[0, 192) reads byte 188, which no earlier step has written", step: "shift"
    ) {
      $0.steps[0].bindings[2].byteCount = 188
    },
    BrokenPlan(
      .readBeforeWrite,
      "readWrite output:y[0, 24) reads byte 0, which no earlier step has written", step: "sum"
    ) {
      $0.steps[2].bindings[2].access = .readWrite
    },
    BrokenPlan(.outputUnwritten, "output 'y' has 24 bytes, no step writes byte 20") {
      $0.steps[2].bindings[2].byteCount = 20
    },
  ]
}

@Suite("PlanVerifier")
struct PlanVerifierTests {
  @Test("accepts a right plan")
  func acceptsRightPlan() throws {
    #expect(PlanVerifier.problems(in: Sums.plan).isEmpty)
    try PlanVerifier.verify(Sums.plan)
  }

  @Test("refuses a plan that breaks one law, with that law", arguments: BrokenPlan.all)
  func refusesBrokenPlan(_ broken: BrokenPlan) {
    var plan = Sums.plan
    broken.spoil(&plan)
    let problems = PlanVerifier.problems(in: plan)
    #expect(problems.count == 1)
    #expect(problems.first?.code == broken.code)
    #expect(problems.first?.message == broken.message)
    #expect(problems.first?.step == broken.step)
    #expect(throws: PlanProblem.self) { try PlanVerifier.verify(plan) }
  }

  @Test("every law has a plan that breaks it")
  func coversEveryLaw() {
    #expect(Set(BrokenPlan.all.map(\.code)) == Set(PlanProblem.Code.allCases))
  }

  @Test("lets buffers share bytes when their lives do not meet")
  func reusesBytes() {
    var plan = Sums.plan
    plan.steps.insert(
      Plan.Step(
        "copy", kernel: "copy",
        bindings: [
          .init(.read, .arena, 1, byteCount: 192), .init(.write, .arena, 2, byteCount: 192),
        ]), at: 2)
    plan.buffers[1].lastStep = 2
    plan.buffers.append(.init("copied", byteOffset: 0, byteCount: 192, steps: 2...3))
    plan.steps[3].bindings[0].index = 2
    #expect(PlanVerifier.problems(in: plan).isEmpty)
    plan.buffers[2].firstStep = 1
    #expect(PlanVerifier.problems(in: plan).map(\.code) == [.bufferOverlap])
  }

  @Test("does not take an old buffer's bytes for a new one's")
  func forgetsOldBytes() {
    var plan = Sums.plan
    plan.buffers.append(.init("stale", byteOffset: 0, byteCount: 192, steps: 2...2))
    plan.steps[2].bindings[0].index = 2
    #expect(PlanVerifier.problems(in: plan).map(\.code) == [.readBeforeWrite])
  }

  @Test("survives sizes at the edge of Int")
  func survivesHugeSizes() {
    var plan = Sums.plan
    plan.buffers[1].byteOffset = Int.max - 63
    plan.steps[2].bindings[0].byteOffset = Int.max
    let codes = PlanVerifier.problems(in: plan).map(\.code)
    #expect(codes == [.bufferRange, .bindingRange])
  }
}

@Suite("ByteRanges")
struct ByteRangesTests {
  /// Every way to insert three ranges of 0..<6 against a set of bytes.
  @Test("agrees with a set of bytes on a small space")
  func agreesWithSet() {
    let ranges = (0...6).flatMap { first in (first...6).map { first..<$0 } }
    for a in ranges {
      for b in ranges {
        for c in ranges {
          var joined = ByteRanges(a)
          joined.insert(b)
          joined.insert(c)
          let bytes = Set(a).union(b).union(c)
          let query = min(a.lowerBound, c.lowerBound)..<6
          #expect(joined.firstGap(in: query) == query.first { !bytes.contains($0) })
          #expect(joined.ranges.flatMap { Array($0) } == bytes.sorted())
          let neighbours = zip(joined.ranges, joined.ranges.dropFirst())
          #expect(neighbours.allSatisfy { $0.upperBound < $1.lowerBound })
        }
      }
    }
  }
}

@Suite("Plan")
struct PlanTextTests {
  @Test("describes itself, one line per buffer and step")
  func describesItself() {
    var plan = Sums.plan
    plan.level = "x86-64-v4"
    #expect(
      plan.description == """
        plan sums for x86-64-v4: 3 steps, arena 384 bytes, scratch 32 bytes a worker
          input 0 x: f32[48], 192 bytes, aligned to 16
          output 0 y: f32[6], 24 bytes, aligned to 16
          weight 0 weight: f32[1], 4 bytes, aligned to 64
          state 0 counter: f32[6], 24 bytes, aligned to 64
          constant 0 offsets: 32 bytes
          buffer 0 hidden: [0, 192), steps 0...1
          buffer 1 shifted: [192, 384), steps 1...2
          step 0 scale: scale_f32 x 48 read input:x[0, 192) read weight:weight[0, 4) \
        write arena:hidden[0, 192), 4 argument bytes; 96 flops, 388 bytes moved; %0 %1
          step 1 shift: shift_f32 x 6 read arena:hidden[0, 192) read constant:offsets[0, 32) \
        write arena:shifted[0, 192); 0 flops, 416 bytes moved
          step 2 sum: sum_f32 x 6 read arena:shifted[0, 192) readWrite state:counter[0, 24) \
        write output:y[0, 24); 0 flops, 264 bytes moved

        """)
    #expect(plan.flops == 96)
  }
}
