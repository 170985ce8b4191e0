import Foundation
import Synchronization

/// Ctrl-C: leaves with 130, but never in the middle of writing a file.
enum Interruption {
  private static let writing = Mutex(())
  /// What is to be done before Ctrl-C ends the process.
  private static let cleaners = Mutex<[@Sendable () -> Void]>([])
  private static let isLeftToParent = Mutex(false)
  /// Whether the first Ctrl-C is only noted, for work that ends by itself; and whether it came.
  private static let patience = Mutex((isPatient: false, wasAsked: false))
  private static let queue = DispatchQueue(label: "interruption")

  /// Listens as long as what it returns is kept. A caller that ignores Ctrl-C (`nohup`) is left
  /// alone.
  static func listen() -> (any DispatchSourceSignal)? {
    var current = sigaction()
    sigaction(SIGINT, nil, &current)
    guard current.__sigaction_handler.sa_handler == nil else { return nil }
    signal(SIGINT, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: queue)
    source.setEventHandler {
      guard !isLeftToParent.withLock({ $0 }), !isBorne() else { return }
      writing.withLock { _ in
        Progress.clear()
        for clean in cleaners.withLock({ $0.reversed() }) { clean() }
        Console.write("interrupted\n", to: .standardError)
        _exit(Ending.interrupted.rawValue)
      }
    }
    source.resume()
    return source
  }

  /// Whether this Ctrl-C is only noted.
  private static func isBorne() -> Bool {
    let isBorne = patience.withLock { patience in
      defer { patience.wasAsked = true }
      return patience.isPatient && !patience.wasAsked
    }
    if isBorne { Console.error("stops after this step; Ctrl-C again leaves at once") }
    return isBorne
  }

  /// Whether Ctrl-C came during ``patiently(_:)``.
  static var wasAsked: Bool { patience.withLock { $0.wasAsked } }

  /// Notes the first Ctrl-C during `body`, which looks at ``wasAsked`` and ends by itself; the second one
  /// leaves.
  static func patiently<Value>(_ body: () throws -> Value) rethrows -> Value {
    patience.withLock { $0 = (true, false) }
    defer { patience.withLock { $0.isPatient = false } }
    return try body()
  }

  /// From now on the process that started this one answers Ctrl-C for both.
  static func leaveToParent() { isLeftToParent.withLock { $0 = true } }

  /// Has `clean` done if Ctrl-C comes during `body`; the innermost first. Does not return while
  /// Ctrl-C is answered: `body` may have ended because of what `clean` did.
  static func cleaning<Value>(
    _ clean: @escaping @Sendable () -> Void, during body: () throws -> Value
  ) rethrows -> Value {
    cleaners.withLock { $0.append(clean) }
    defer {
      waitWhileAnswered()
      cleaners.withLock { _ = $0.popLast() }
    }
    return try body()
  }

  /// Does not return while Ctrl-C is answered: what was just seen may be what its cleaning did.
  static func waitWhileAnswered() { writing.withLock { _ in } }

  /// Runs `body` to its end before Ctrl-C is heard, so that no partial file stays behind.
  static func deferred<Value>(_ body: () throws -> Value) rethrows -> Value {
    try writing.withLock { _ in try body() }
  }
}
