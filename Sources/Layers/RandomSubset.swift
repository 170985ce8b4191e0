import GraphIR
import GraphOps
import TensorCore

extension Tensor {
  /// `count` of the numbers 0..<`total`, each subset equally likely, in ascending order, from this
  /// key.
  ///
  /// Each number draws a uniform; those with the `count` smallest are chosen. Ranks and places are sums
  /// of comparisons, so the work is `total`², which suits frames of a clip.
  ///
  /// - Shapes: `key: u64[]` → `y: i32[count]`.
  /// - Errors (from `finish()`): `random.key`, and `attribute.range` unless `count` ≤ `total`.
  public func randomSubset(_ count: Int, of total: Int) -> Tensor {
    guard (0...max(total, 0)).contains(count) else {
      builder.fail(.subsetTooLarge(count, of: total))
      return self
    }
    let draws = uniform([total])
    let (row, column) = (draws.reshaped(to: [total, 1]), draws.reshaped(to: [1, total]))
    let (i, j) = (
      builder.iota(.i32, [total, 1], axis: 0), builder.iota(.i32, [1, total], axis: 1)
    )
    // Row i counts what comes before number i; equal draws come in their order.
    let comesBefore = column < row || (column .== row && j < i)
    let rank = comesBefore.cast(to: .i32).sum(along: 1)
    let isChosen = rank < rank.scalar(Double(count))
    let chosen = isChosen.cast(to: .i32)
    let place = ((j < i).cast(to: .i32) * chosen.reshaped(to: [1, total])).sum(along: 1)
    // Result s is the chosen number with s chosen ones before it.
    let slots = builder.iota(.i32, [count, 1], axis: 0)
    let stands = isChosen.reshaped(to: [1, total]) && place.reshaped(to: [1, total]) .== slots
    return (stands.cast(to: .i32) * j).sum(along: 1)
  }
}
