import Synchronization
import TensorCore

/// Results of parallel work, each set once from any thread.
final class Results<Value: Sendable>: Sendable {
  private let values: Mutex<[Result<Value, Diagnostic>?]>

  init(count: Int) { values = Mutex([Result<Value, Diagnostic>?](repeating: nil, count: count)) }

  func set(_ index: Int, _ value: Result<Value, Diagnostic>) {
    values.withLock { $0[index] = value }
  }

  /// All results, once every one is set.
  var all: [Result<Value, Diagnostic>] { values.withLock { $0.map { $0! } } }
}
