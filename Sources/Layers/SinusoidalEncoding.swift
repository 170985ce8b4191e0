import GraphIR
import GraphOps
import RealModule
import TensorCore

/// Sines and cosines of positions on a grid, one block of channels for each axis.
///
/// For width C and n axes a block has A = 2·ceil(C / 2n) channels: frequencies
/// f_i = 10000^(−2i/A), all sines first, then all cosines. Blocks follow each other in the order
/// of the axes and are cut to C channels. Nothing is learnt.
///
/// - Shapes: → `T[lengths..., width]`.
/// - Source: Vaswani et al., 2017, extended to grids as in SIMONe's reference.
public struct SinusoidalEncoding {
  public var lengths: [Int]
  public var width: Int

  public init(_ lengths: [Int], width: Int) {
    self.lengths = lengths
    self.width = width
  }

  public func callAsFunction(_ builder: GraphBuilder, _ element: ElementType = .f32) -> Tensor {
    let axes = lengths.count
    let half = (width + 2 * axes - 1) / (2 * axes)
    let blocks = lengths.indices.map { axis in
      var shape = [Int](repeating: 1, count: axes) + [2 * half]
      shape[axis] = lengths[axis]
      return block(builder, element, lengths[axis], half).reshaped(to: shape)
        .broadcast(to: lengths + [2 * half])
    }
    let all = builder.apply(Concatenate(), blocks)[0]
    return all.sliced(0..<width, along: -1)
  }

  /// [length, 2 · half]
  private func block(
    _ builder: GraphBuilder, _ element: ElementType, _ length: Int, _ half: Int
  ) -> Tensor {
    let positions = builder.iota(element, [length, 1], axis: 0)
    let indices = builder.iota(element, [1, half], axis: 1)
    let frequencies = (indices * (-Double.log(10_000) / Double(half))).exponential()
    let angles = positions * frequencies
    return angles.sine().concatenated(with: angles.cosine(), along: -1)
  }
}
