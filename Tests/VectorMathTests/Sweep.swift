import Foundation

/// Bit patterns of f32 from end to end: all of them where `SMALTI_EXHAUSTIVE` asks for it, else every
/// 4099th.
///
/// `SMALTI_EXHAUSTIVE` is `all`, or the names of functions with commas between them. Such a sweep says
/// how far it is, and what it found.
struct Sweep {
  let name: String
  let isExhaustive: Bool

  init(_ name: String) {
    self.name = name
    let chosen = ProcessInfo.processInfo.environment["SMALTI_EXHAUSTIVE"] ?? ""
    isExhaustive = chosen == "all" || chosen.split(separator: ",").contains { $0 == name }
  }

  func forEachBatch(_ body: ([Float]) -> Void) {
    let stride: UInt64 = isExhaustive ? 1 : 4099
    let count: UInt64 = 4096
    var next: UInt64 = 0
    while next < 1 << 32 {
      body((0..<count).map { Float(bitPattern: UInt32(truncatingIfNeeded: next + $0 * stride)) })
      next += count * stride
      if isExhaustive, next % (1 << 29) == 0 { say("\(next >> 29) of 8 parts") }
    }
  }

  /// What an exhaustive sweep found.
  func report(_ result: some CustomStringConvertible) {
    if isExhaustive { say(result.description) }
  }

  private func say(_ words: String) {
    FileHandle.standardError.write(Data("exhaustive \(name): \(words)\n".utf8))
  }
}
