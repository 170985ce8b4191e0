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

  /// Row-major from the buffer's start.
  init(buffer: Int, shape: Shape) { self.init(buffer: buffer, strides: shape.strides) }

  /// Whether the elements lie in row-major order without gaps. Axes of length 1 do not matter.
  func isContiguous(_ shape: Shape) -> Bool {
    zip(shape.dimensions, zip(strides, shape.strides)).allSatisfy { $0 == 1 || $1.0 == $1.1 }
  }

  /// The view in another shape, if no copy is needed.
  func reshaped(from old: Shape, to new: Shape) -> View? {
    if old.count == 0 { return View(buffer: buffer, offset: offset, strides: new.strides) }
    var result: [Int] = []
    // Runs of old and new axes with equal products, from the front; an old run must lie evenly.
    let olds = zip(old.dimensions, strides).filter { $0.0 != 1 }
    var (o, n) = (0, 0)
    while n < new.rank {
      if new[n] == 1 {
        result.append(0)
        n += 1
        continue
      }
      let firstNew = n
      guard o < olds.count else { return nil }
      var (oldCount, newCount) = (olds[o].0, new[n])
      let firstOld = o
      o += 1
      n += 1
      while oldCount != newCount {
        if oldCount < newCount {
          guard o < olds.count else { return nil }
          oldCount *= olds[o].0
          o += 1
        } else {
          guard n < new.rank else { return nil }
          newCount *= new[n]
          n += 1
        }
      }
      for axis in firstOld..<o - 1 where olds[axis].1 != olds[axis + 1].0 * olds[axis + 1].1 {
        return nil
      }
      var stride = olds[o - 1].1
      var run: [Int] = []
      for axis in (firstNew..<n).reversed() {
        run.append(stride)
        stride *= new[axis]
      }
      result += run.reversed()
    }
    return View(buffer: buffer, offset: offset, strides: result)
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
