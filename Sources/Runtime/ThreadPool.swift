import CSmaltiRuntime

/// Threads that run the tasks of compiled networks. Several sessions may share one pool, from any
/// threads; they take turns phase by phase. The threads end with the last holder of the pool.
public final class ThreadPool: Sendable {
  let handle: PoolHandle

  /// A pool of `threads` workers, the calling thread of each run being one of them; 0 means
  /// ``allowedProcessors``.
  ///
  /// - Errors: `noThreads`, for more than 1024 of them or when the system gives no more.
  public init(threads: Int = 0) throws(RunError) {
    guard let count = UInt32(exactly: threads), let handle = PoolHandle(threads: count) else {
      throw RunError(.noThreads, "a pool of \(threads) threads cannot be made; at most 1024 can")
    }
    self.handle = handle
  }

  /// How many tasks run at the same time.
  public var workerCount: Int { Int(handle.workerCount) }

  /// How many threads this process can keep busy, by affinity and cgroup quota.
  public static var allowedProcessors: Int { Int(smalti_allowed_processors()) }
}
