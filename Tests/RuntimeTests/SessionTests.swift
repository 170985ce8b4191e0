import CSmaltiRuntime
import ExecutionPlan
import Foundation
import SmaltiRuntime
import Testing

@Suite("Session")
struct SessionTests {
  @Test("runs on any number of threads with the same bits", arguments: [0, 1, 2, 3, 7])
  func runsOnThreads(_ threads: Int) throws {
    let pool = threads == 0 ? nil : try ThreadPool(threads: threads)
    let session = try Session(try Sums.loaded(), pool: pool)
    for run in 0..<20 {
      let outputs = try session.run(["x": AlignedBytes(Sums.input)])
      #expect(outputs["y"]?.elements(as: Float.self) == Sums.expected(weight: 2, run: run))
    }
    #expect(session.state("counter")?.elements(as: Float.self) == Array(repeating: 20, count: 6))
    #expect(session.state("other") == nil)
  }

  @Test("is right when many sessions of one plan share a pool at once")
  func sharesPool() throws {
    let (plan, pool) = (try Sums.loaded(weight: 3), try ThreadPool(threads: 2))
    let failures = Counter()
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      do {
        let session = try Session(plan, pool: pool)
        for run in 0..<50 {
          let outputs = try session.run(["x": AlignedBytes(Sums.input)])
          if outputs["y"]?.elements(as: Float.self) != Sums.expected(weight: 3, run: run) {
            failures.add()
          }
        }
      } catch {
        failures.add()
      }
    }
    #expect(failures.value == 0)
  }

  @Test("measures each step when asked")
  func measuresSteps() throws {
    let session = try Session(try Sums.loaded())
    _ = try session.run(["x": AlignedBytes(Sums.input)])
    #expect(session.stepNanoseconds.isEmpty)
    session.measuresSteps = true
    _ = try session.run(["x": AlignedBytes(Sums.input)])
    #expect(session.stepNanoseconds.count == 3)
    #expect(session.stepNanoseconds.allSatisfy { $0 < 1_000_000_000 })
    #expect(session.stepNanoseconds.contains { $0 > 0 })
  }

  /// A host may round upwards in its thread; the pool's threads round to nearest.
  @Test("rounds to nearest whatever the caller's mode is, and restores that")
  func roundsToNearest() throws {
    let session = try Session(try Sums.loaded(weight: 0.1), pool: try ThreadPool(threads: 1))
    let expected = try session.run(["x": AlignedBytes(Sums.input)])["y"]!.elements(as: Float.self)
    let again = try Session(try Sums.loaded(weight: 0.1))
    let (input, output) = (AlignedBytes(Sums.input), AlignedBytes(byteCount: 24))
    fesetround(FE_UPWARD)
    let result = Result { try again.run(["x": input], into: ["y": output]) }
    let mode = vectorRoundingMode()
    fesetround(FE_TONEAREST)
    try result.get()
    #expect(mode == FE_UPWARD)
    #expect(output.elements(as: Float.self) == expected)
  }

  @Test("refuses names that the plan does not have, and buffers that are missing")
  func refusesNames() throws {
    let session = try Session(try Sums.loaded())
    let x = AlignedBytes(Sums.input)
    let surplus = #expect(throws: RunError.self) { try session.run(["x": x, "z": x]) }
    #expect(surplus?.description == "error[run.unknownName]: there is no input 'z'; the plan has x")
    let missing = #expect(throws: RunError.self) { try session.run(["x": x], into: [:]) }
    #expect(missing?.code == .missingBuffer)
    #expect(missing?.sentence == "output 'y' is missing; the plan asks for f32[6], 24 bytes")
  }

  @Test("repeats the runtime's sentence")
  func repeatsSentence() throws {
    let session = try Session(try Sums.loaded())
    let error = #expect(throws: RunError.self) {
      try session.run(["x": AlignedBytes(byteCount: 8)])
    }
    #expect(error?.code == .wrongBytes)
    #expect(error?.sentence == "input 'x' has 8 bytes, the plan asks for 192")
  }

  @Test("gives a code to every status of the runtime")
  func mapsEveryStatus() {
    let unknown = String(cString: smalti_status_text(-1))
    #expect(unknown == "unknown status")
    for status in SMALTI_NULL_ARGUMENT.rawValue...SMALTI_UNREADABLE.rawValue {
      #expect(RunError.Code(rawValue: Int32(status)) != nil)
      #expect(String(cString: smalti_status_text(Int32(status))) != unknown)
    }
    #expect(String(cString: smalti_status_text(Int32(SMALTI_UNREADABLE.rawValue + 1))) == unknown)
  }
}

@Suite("LoadedPlan")
struct LoadedPlanTests {
  @Test("refuses a plan that breaks a law")
  func refusesBrokenPlan() {
    var plan = Sums.plan
    plan.arenaByteCount = 320
    let error = #expect(throws: RunError.self) {
      try LoadedPlan(plan, weights: [AlignedBytes([Float(2)])]) { Sums.kernels[$0] }
    }
    #expect(error?.code == .brokenPlan)
    #expect(error?.sentence.contains("plan.buffer-range") == true)
  }

  @Test("refuses a kernel without address")
  func refusesUnknownKernel() {
    let error = #expect(throws: RunError.self) {
      try LoadedPlan(Sums.plan, weights: [AlignedBytes([Float(2)])]) {
        $0 == "sum_f32" ? nil : Sums.kernels[$0]
      }
    }
    #expect(
      error?.sentence == "step 'sum' needs kernel 'sum_f32', which has no address")
    #expect(error?.code == .unknownKernel)
  }

  @Test("refuses weights of another model")
  func refusesWeights() {
    let none = #expect(throws: RunError.self) { try LoadedPlan(Sums.plan) { Sums.kernels[$0] } }
    #expect(none?.sentence == "there are 0 weight buffers, plan 'sums' has 1")
    let large = #expect(throws: RunError.self) {
      try LoadedPlan(Sums.plan, weights: [AlignedBytes([1.0])]) { Sums.kernels[$0] }
    }
    #expect(large?.sentence == "weight 'weight' has 8 bytes, the plan asks for 4")
  }

  @Test("refuses a level it does not know")
  func refusesUnknownLevel() {
    var plan = Sums.plan
    plan.level = "rocketlake"
    let error = #expect(throws: RunError.self) {
      try LoadedPlan(plan, weights: [AlignedBytes([Float(2)])]) { Sums.kernels[$0] }
    }
    #expect(error?.code == .unknownLevel)
  }

  @Test("keeps borrowed weights as long as it lives, and releases them once")
  func keepsBorrowedWeights() throws {
    let releases = Counter()
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4, alignment: 64)
    memory.storeBytes(of: 2, as: Float.self)
    do {
      let weight = AlignedBytes(borrowing: memory) {
        releases.add()
        memory.deallocate()
      }
      let plan = try LoadedPlan(Sums.plan, weights: [weight]) { Sums.kernels[$0] }
      let outputs = try Session(plan).run(["x": AlignedBytes(Sums.input)])
      #expect(outputs["y"]?.elements(as: Float.self) == Sums.expected(weight: 2, run: 0))
      #expect(releases.value == 0)
    }
    #expect(releases.value == 1)
  }
}

/// The mode of the vector unit; on x86-64, `fegetround` tells that of the old x87 unit.
private func vectorRoundingMode() -> Int32 {
  #if arch(x86_64)
    var environment = fenv_t()
    fegetenv(&environment)
    return Int32((environment.__mxcsr >> 3) & 0xc00)
  #else
    return fegetround()
  #endif
}

/// A number that several threads add to.
final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var count = 0

  func add() { lock.withLock { count += 1 } }
  var value: Int { lock.withLock { count } }
}
