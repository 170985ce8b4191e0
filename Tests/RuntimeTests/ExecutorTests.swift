import CSmaltiRuntime
import ExecutionPlan
import Foundation
import SmaltiRuntime
import Testing

typealias ParallelFor =
  @convention(c) (UnsafeMutableRawPointer?, Int64, smalti_task?, UnsafeMutableRawPointer?) -> Void

@Suite("Executors")
struct ExecutorTests {
  private func run(workers: UInt32 = 1, _ loop: ParallelFor?) -> (smalti_status, String, [Float]) {
    var call = RawCall(workers: max(workers, 1))
    let executor = smalti_executor(parallel_for: loop, context: nil, worker_count: workers)
    let (status, text) = call.run(executor)
    return (status, text, call.result)
  }

  @Test("a plain loop is legal, backwards too, on any worker")
  func acceptsPlainLoop() {
    let forwards = run { _, count, task, argument in
      for index in 0..<count { task!(argument, index, 0) }
    }
    let backwards = run(workers: 3) { _, count, task, argument in
      for index in (0..<count).reversed() { task!(argument, index, UInt32(index % 3)) }
    }
    #expect(forwards == (SMALTI_OK, "", Sums.expected(weight: 2, run: 0)))
    #expect(backwards == (SMALTI_OK, "", Sums.expected(weight: 2, run: 0)))
  }

  @Test("a task run twice is noticed, and runs once")
  func noticesTaskTwice() {
    let (status, text, _) = run { _, count, task, argument in
      for index in 0..<count { task!(argument, index, 0) }
      task!(argument, 5, 0)
    }
    #expect(status == SMALTI_TASK_TWICE)
    #expect(text == "the executor ran task 5 of step 'scale' twice")
  }

  @Test("a task never run is noticed")
  func noticesMissingTask() {
    let (status, text, _) = run { _, count, task, argument in
      for index in 0..<count where count > 6 || index != 2 { task!(argument, index, 0) }
    }
    #expect(status == SMALTI_TASK_MISSING)
    #expect(text == "the executor returned before task 2 of 6 in step 'shift' had run")
  }

  @Test("a task or worker that does not exist is noticed")
  func noticesUnknownTask() {
    let (status, text, _) = run { _, count, task, argument in
      for index in 0...count { task!(argument, index, 0) }
    }
    #expect(status == SMALTI_TASK_UNKNOWN)
    #expect(
      text == "the executor ran task 48 on worker 0 in step 'scale', "
        + "which has 48 tasks and 1 workers")
    let negative = run { _, count, task, argument in task!(argument, -1, 0) }
    #expect(negative.0 == SMALTI_TASK_UNKNOWN)
    let worker = run(workers: 2) { _, count, task, argument in
      for index in 0..<count { task!(argument, index, 2) }
    }
    #expect(worker.0 == SMALTI_TASK_UNKNOWN)
  }

  @Test("an executor without function or workers is refused")
  func refusesEmptyExecutor() {
    let nothing = run(nil)
    #expect(nothing.0 == SMALTI_BAD_EXECUTOR)
    #expect(nothing.1 == "the executor has no function and 1 workers")
    let idle = run(workers: 0) { _, _, _, _ in }
    #expect(idle.1 == "the executor has a function and 0 workers")
  }

  /// The kernel of task 0 runs task 1 on its own worker, as a thread would that takes its number.
  @Test("a worker that gets two tasks at once is noticed")
  func noticesBusyWorker() {
    let thief = UnsafeMutablePointer<Thief>.allocate(capacity: 1)
    thief.initialize(to: Thief())
    defer { thief.deallocate() }
    var plan = Plan(name: "busy")
    plan.steps = [
      Plan.Step(
        "steal", kernel: "steal", taskCount: 2, bindings: [],
        arguments: withUnsafeBytes(of: UInt(bitPattern: thief)) { Array($0) })
    ]
    let steal: smalti_kernel = { _, arguments, task, _ in
      guard task == 0 else { return }
      let address = arguments!.load(as: UInt.self)
      let thief = UnsafeMutablePointer<Thief>(bitPattern: address)!.pointee
      thief.task!(thief.argument, 1, 0)
    }
    let tables = PlanTables(plan, kernels: ["steal": address(of: steal)])
    var call = RawCall()
    call.plan = tables.plan.pointee
    (call.inputs, call.outputs, call.weights, call.states) = ([], [], [], [])
    let executor = smalti_executor(
      parallel_for: { context, _, task, argument in
        context!.assumingMemoryBound(to: Thief.self).pointee = Thief(
          task: task, argument: argument)
        task!(argument, 0, 0)
      }, context: thief, worker_count: 1)
    let (status, text) = call.run(executor)
    #expect(status == SMALTI_WORKER_BUSY)
    #expect(
      text == "the executor gave worker 0 task 1 of step 'steal' while another task ran there")
    withExtendedLifetime(tables) {}
  }

  private struct Thief {
    var task: smalti_task?
    var argument: UnsafeMutableRawPointer?
  }
}

@Suite("Pool")
struct PoolTests {
  @Test("has as many workers as asked for, or as allowed")
  func countsWorkers() throws {
    #expect(try ThreadPool(threads: 5).workerCount == 5)
    #expect(try ThreadPool().workerCount == ThreadPool.allowedProcessors)
    #expect(ThreadPool.allowedProcessors >= 1)
    #expect(ThreadPool.allowedProcessors <= ProcessInfo.processInfo.processorCount)
  }

  @Test("refuses numbers of threads that no machine has", arguments: [-1, 1025, .max])
  func refusesThreadCount(_ threads: Int) {
    let error = #expect(throws: RunError.self) { try ThreadPool(threads: threads) }
    #expect(error?.code == .noThreads)
  }

  @Test("runs every task once, for few and for many", arguments: [1, 2, 3, 7])
  func runsEveryTask(_ threads: UInt32) throws {
    let pool = try #require(smalti_pool_create(threads))
    defer { smalti_pool_free(pool) }
    let executor = smalti_pool_executor(pool)!.pointee
    for count in [0, 1, 2, 3, 5, 8, 1000] {
      let visits = AlignedBytes(byteCount: count)
      for round in 1...20 {
        executor.parallel_for(
          executor.context, Int64(count),
          { argument, index, worker in
            guard worker < 7 else { return }
            argument!.assumingMemoryBound(to: UInt8.self)[Int(index)] += 1
          }, visits.bytes.baseAddress)
        #expect(visits.elements(as: UInt8.self).allSatisfy { $0 == round })
      }
    }
  }

  /// Tasks that wait for each other, which kernels never do, show who runs them.
  @Test("uses its threads")
  func usesThreads() throws {
    let pool = try #require(smalti_pool_create(3))
    defer { smalti_pool_free(pool) }
    let executor = smalti_pool_executor(pool)!.pointee
    let meeting = Meeting(3)
    executor.parallel_for(
      executor.context, 3,
      { argument, _, worker in
        Unmanaged<Meeting>.fromOpaque(argument!).takeUnretainedValue().join(worker)
      }, Unmanaged.passUnretained(meeting).toOpaque())
    #expect(meeting.workers == [0, 1, 2])
  }
}

/// Returns from `join` when all have come, or after ten seconds.
final class Meeting: @unchecked Sendable {
  private let condition = NSCondition()
  private let count: Int
  private var joined: Set<UInt32> = []

  init(_ count: Int) { self.count = count }

  func join(_ worker: UInt32) {
    condition.lock()
    joined.insert(worker)
    condition.broadcast()
    let end = Date(timeIntervalSinceNow: 10)
    while joined.count < count, condition.wait(until: end) {}
    condition.unlock()
  }

  var workers: [UInt32] {
    condition.withLock { joined.sorted() }
  }
}

extension NSCondition {
  fileprivate func withLock<Value>(_ body: () -> Value) -> Value {
    lock()
    defer { unlock() }
    return body()
  }
}
