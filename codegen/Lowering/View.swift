import TensorCore

/// How a value lies in a buffer: position p is element `offset + Σ p · strides`. Moves that copy
/// nothing are views of their operand's buffer.
struct View: Hashable {
  var buffer: Int
  var offset: Int
  var strides: [Int]

  init(buffer: Int, offset: Int = 0, strides: [Int]) {
    self.buffer = buffer
    self.offset = offset
    self.strides = strides
  }
}

/// Axes of a loop nest with their distances in several operands, outermost first.
struct StridedAxes {
  var lengths: [Int]
  /// One list per operand.
  var strides: [[Int]]

  /// Neighbours merged wherever every operand runs on through them; `limit` keeps outer axes apart
  /// once the inner ones are that long. Axes of length 1 go.
  func merged(limit: Int = .max) -> StridedAxes {
    var result = StridedAxes(lengths: [], strides: strides.map { _ in [] })
    for axis in lengths.indices.reversed() where lengths[axis] != 1 {
      if let inner = result.lengths.first, inner < limit,
        strides.indices.allSatisfy({ strides[$0][axis] == inner * result.strides[$0][0] })
      {
        result.lengths[0] = inner * lengths[axis]
      } else {
        result.lengths.insert(lengths[axis], at: 0)
        for operand in strides.indices {
          result.strides[operand].insert(strides[operand][axis], at: 0)
        }
      }
    }
    return result
  }
}
