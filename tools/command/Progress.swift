import Foundation
import Synchronization

/// One line on a terminal's standard error that says what is being done; nothing anywhere else.
struct Progress: Sendable {
  private let isShown: Bool
  /// Whether a line stands on the terminal that must go before anything else is written.
  private static let isStanding = Mutex(false)

  init(_ options: GlobalOptions) {
    isShown = Console.errorIsTerminal && !options.quiet
  }

  /// Says `what` while `body` runs, then takes the line away.
  func during<Value>(_ what: String, _ body: () throws -> Value) rethrows -> Value {
    show(what)
    defer { Self.clear() }
    return try body()
  }

  /// Replaces the line.
  func show(_ what: String) {
    guard isShown else { return }
    Self.clear()
    Self.isStanding.withLock { $0 = true }
    Console.write(
      Console.usesColor ? "\u{1b}[2m\(what) …\u{1b}[0m" : "\(what) …", to: .standardError)
  }

  /// Takes the line away if one stands.
  static func clear() {
    isStanding.withLock { isStanding in
      guard isStanding else { return }
      Console.write("\r\u{1b}[2K", to: .standardError)
      isStanding = false
    }
  }
}
