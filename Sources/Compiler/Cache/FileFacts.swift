/// What the system says about a file, as far as the cache cares; a value, so that the law of trust
/// can be tested without being another user.
package struct FileFacts: Equatable, Sendable {
  package enum Kind: String, Sendable {
    case folder
    case file = "regular file"
    case link = "symbolic link"
    case other = "device or pipe"
  }

  package var kind: Kind
  /// The user's number.
  package var owner: UInt32
  /// The twelve permission bits.
  package var mode: UInt32
  package var byteCount: Int
  /// When it was written or found last, since 1970.
  package var lastUse: Duration

  package init(
    kind: Kind, owner: UInt32, mode: UInt32, byteCount: Int = 0, lastUse: Duration = .zero
  ) {
    self.kind = kind
    self.owner = owner
    self.mode = mode
    self.byteCount = byteCount
    self.lastUse = lastUse
  }
}

// MARK: - Trust
extension FileFacts {
  /// Why `user` must not run code from here: someone else could have put it there. Nil if only
  /// `user` (or the system's administrator) could.
  ///
  /// The kind comes first: owner and mode of a symbolic link say nothing about what it points to.
  package func distrust(expecting expected: Kind, user: UInt32) -> String? {
    if kind != expected { return "is a \(kind.rawValue), no \(expected.rawValue)" }
    if owner != user { return "belongs to user \(owner), and you are user \(user)" }
    if mode & Self.othersMayWrite != 0 {
      return "may be written by others than you: its mode is 0\(String(mode, radix: 8)), and "
        + "0\(String(mode & ~Self.othersMayWrite, radix: 8)) would do"
    }
    return nil
  }

  /// Write permission of the group and of everyone.
  private static let othersMayWrite: UInt32 = 0o022
}
