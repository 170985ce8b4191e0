import Foundation
import Synchronization
import TensorCore

/// Batches of a stream, made on a thread of its own while earlier ones are used.
public final class BatchLoader: Sendable {
  /// Some samples side by side.
  public struct Batch: Sendable {
    /// `f32[batch, frames, size, size, 3]`
    public let values: [Float]
    /// Where the stream stands behind it.
    public let position: StreamPosition
  }

  private struct State {
    var batches: [Batch] = []
    var failure: Diagnostic?
    var isStopped = false
    var waited = Duration.zero
  }

  private let state = Mutex(State())
  /// Batches that may be made, and batches that are there; the failure counts as one.
  private let room = DispatchSemaphore(value: 0)
  private let ready = DispatchSemaphore(value: 0)

  /// - Parameters:
  ///   - position: where the stream goes on.
  ///   - depth: batches that are kept ready, so that the next block is read while this one is used.
  public init(
    _ options: StreamOptions, from position: StreamPosition = StreamPosition(), batch: Int,
    depth: Int
  ) {
    // A semaphore that begins with more than it ends with traps when it is freed.
    for _ in 0..<max(depth, 1) { room.signal() }
    let thread = Thread { [weak self] in
      var stream = SampleStream(options, from: position)
      while let room = self?.room {
        room.wait()
        guard self?.make(&stream, batch) == true else { return }
      }
    }
    thread.name = "batches"
    thread.start()
  }

  deinit { stop() }

  /// Ends the thread; ``next()`` must not be called any more.
  public func stop() {
    state.withLock { $0.isStopped = true }
    room.signal()
  }

  /// Makes one batch; false when the thread is to end.
  private func make(_ stream: inout SampleStream, _ count: Int) -> Bool {
    guard !state.withLock({ $0.isStopped }) else { return false }
    do throws(Diagnostic) {
      var values: [Float] = []
      values.reserveCapacity(count * stream.options.sampleByteCount / 4)
      for _ in 0..<count { values += try stream.take().values }
      let made = Batch(values: values, position: stream.position)
      state.withLock { $0.batches.append(made) }
    } catch {
      state.withLock { $0.failure = error }
    }
    ready.signal()
    return state.withLock { $0.failure == nil }
  }

  /// The next batch; waits until it is there.
  ///
  /// - Errors: those of ``SampleStream/take()``, behind the batches that came before.
  public func next() throws(Diagnostic) -> Batch {
    let start = ContinuousClock.now
    ready.wait()
    let duration = ContinuousClock.now - start
    let (batch, failure) = state.withLock { state in
      state.waited += duration
      return (state.batches.isEmpty ? nil : state.batches.removeFirst(), state.failure)
    }
    room.signal()
    if let batch { return batch }
    // Asked again, it fails again.
    ready.signal()
    guard let failure else { preconditionFailure("internal: neither batch nor failure") }
    throw failure
  }

  /// How long ``next()`` has waited, all in all.
  public var waited: Duration { state.withLock { $0.waited } }
}
