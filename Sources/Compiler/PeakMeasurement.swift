import ExecutionPlan
import LLVMBackend
import LLVMEmission
import SmaltiRuntime
import TensorCore
import TileIR

/// How many f32 operations a second all threads of a pool can do: `fma` on the widest vectors of a
/// level, in registers alone. What every percentage of the peak refers to.
///
/// It is the peak of the moment: neighbours and the processor's clock move it, so measure around
/// what is compared with it and take the largest.
public struct PeakMeasurement {
  /// Passes of a task: about half a millisecond, long beside the barrier of a round, and few enough
  /// for sums that are exact in f32.
  package static let passesPerTask = 1 << 17
  /// Tasks of a worker in a round, so that one that is held up leaves work to the others.
  private static let tasksPerWorker = 8

  public let level: TargetLevel
  /// The peak is that of so many threads.
  public let threadCount: Int
  package let kernel: PeakKernel
  private let session: Session
  private let sums: AlignedBytes
  private let flopsPerRound: Int

  /// Compiles the loop for `level` and makes it ready to run on the threads of `pool`.
  ///
  /// - Errors: the backend's; those of the runtime if this machine lacks the level's features.
  /// - Cost: 5 ms when the object code is not in the cache.
  public init(_ level: TargetLevel = .host, pool: ThreadPool, usesCache: Bool = true) throws {
    let kernel = PeakKernel(level)
    var options = CompilerOptions(level: level)
    options.usesCache = usesCache
    let code = try LoadedObject(try Compiler.objectCode([kernel.text], options).objects)
    let plan = Self.plan(kernel, taskCount: pool.workerCount * Self.tasksPerWorker)
    let loaded = try LoadedPlan(plan, keeping: code, address: code.address)
    self.level = level
    self.kernel = kernel
    threadCount = pool.workerCount
    session = try Session(loaded, pool: pool)
    sums = AlignedBytes(byteCount: plan.outputs[0].byteCount)
    flopsPerRound = plan.flops
  }

  /// - Units: 10^9 floating-point operations a second, a multiply-add being two.
  /// - Errors: those of the runtime.
  public func gigaflopsPerSecond(
    forAtLeast duration: Duration = .milliseconds(200)
  ) throws(RunError) -> Double {
    // The first round wakes the threads and raises the clock; it is not counted.
    _ = try round()
    let clock = ContinuousClock()
    let start = clock.now
    var rounds = 0
    var elapsed = Duration.zero
    repeat {
      _ = try round()
      rounds += 1
      elapsed = clock.now - start
    } while elapsed < duration
    return Double(flopsPerRound) * Double(rounds) / (elapsed / .seconds(1)) * 1e-9
  }

  /// All tasks once; the sums that they leave, a vector for each task.
  package func round() throws(RunError) -> AlignedBytes {
    try session.run([:], into: ["sums": sums])
    return sums
  }

  private static func plan(_ kernel: PeakKernel, taskCount: Int) -> Plan {
    let lanes = kernel.level.vectorByteCount / 4
    let byteCount = taskCount * kernel.level.vectorByteCount
    var plan = Plan(name: "peak")
    plan.level = kernel.level.name
    plan.outputs = [
      Plan.Slot("sums", type: TensorType.f32([taskCount, lanes]).description, byteCount: byteCount)
    ]
    plan.steps = [
      Plan.Step(
        "peak", kernel: PeakKernel.symbol, taskCount: taskCount,
        bindings: [Plan.Binding(.write, .output, 0, byteCount: byteCount)],
        arguments: kernel.arguments(passes: passesPerTask),
        flops: taskCount * kernel.flops(passes: passesPerTask))
    ]
    return plan
  }
}
