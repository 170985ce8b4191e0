import GraphIR
import TensorCore

extension FormGraph {
  /// Mean and variance of f16 or bf16 by f32: the short types cannot hold most counts, and a mean
  /// rounded to them would shift the variance.
  mutating func widenMoments(
    along axes: [Int], of operand: Int, _ resultType: TensorType, group: Int
  ) -> [Int] {
    func cast(_ value: Int, to target: TensorType) -> Int {
      add(.map(.cast(target.element, .operand(0))), [value], [target], group: group)[0]
    }
    let wide = cast(operand, to: TensorType(.f32, types[operand].shape))
    let kept = TensorType(.f32, resultType.shape)
    let parts = add(.moments(axes: axes), [wide], [kept, kept], group: group)
    return parts.map { cast($0, to: resultType) }
  }
}
