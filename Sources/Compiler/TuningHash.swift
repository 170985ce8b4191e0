import GraphLowering

extension Tuning {
  /// 16 hexadecimal digits: what stands for a tuning in keys of the cache and in reports.
  ///
  /// Of the level and the numbers alone, so that files that choose the same have the same hash,
  /// whatever else they say.
  public var hash: String {
    let numbers = Number.allCases.map { "\($0.rawValue) \(self[$0])\n" }
    let hash = FNV.hash64("\(level)\n\(numbers.joined())".utf8)
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
