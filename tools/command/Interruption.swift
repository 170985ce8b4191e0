import Foundation
import Synchronization

/// Ctrl-C: leaves with 130, but never in the middle of writing a file.
enum Interruption {
  private static let writing = Mutex(())
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
      writing.withLock { _ in
        Progress.clear()
        Console.write("interrupted\n", to: .standardError)
        _exit(Ending.interrupted.rawValue)
      }
    }
    source.resume()
    return source
  }

  /// Runs `body` to its end before Ctrl-C is heard, so that no partial file stays behind.
  static func deferred<Value>(_ body: () throws -> Value) rethrows -> Value {
    try writing.withLock { _ in try body() }
  }
}
