import TensorCore

extension Key {
  /// The numbers below `count` in an order of this key, every order equally likely but for draws that
  /// are equal in all 64 bits.
  func permutation(_ count: Int) -> [Int] {
    let draws = (0..<count).map { (folded(UInt64($0)).bits, $0) }
    return draws.sorted { $0 < $1 }.map(\.1)
  }
}
