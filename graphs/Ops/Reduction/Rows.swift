import TensorCore

/// A tensor seen as rows: the axes that a reduction keeps are the outer index, the reduced ones run
/// along the row in row-major order.
struct Rows {
  let shape: Shape
  let axes: [Int]
  let kept: [Int]
  let count: Int
  let length: Int

  init(_ shape: Shape, along axes: [Int]) {
    self.shape = shape
    self.axes = axes
    kept = (0..<shape.rank).filter { !axes.contains($0) }
    count = kept.reduce(1) { $0 * shape[$1] }
    length = axes.reduce(1) { $0 * shape[$1] }
  }

  /// Linear positions in the tensor, row after row.
  var positions: [Int] {
    let order = kept + axes
    let lengths = order.map { shape[$0] }
    return HostTensor.sources(Shape(trusted: lengths), strides: order.map { shape.strides[$0] })
  }

  /// Of each row the value that no earlier one equals and none beats, and its index in the row.
  ///
  /// - Precondition: rows are not empty.
  func best<Value>(
    of values: [Value], _ beats: (Value, Value) -> Bool
  ) -> [(value: Value, index: Int)] {
    let positions = positions
    return (0..<count).map { row in
      var best = (value: values[positions[row * length]], index: 0)
      for index in 1..<length {
        let value = values[positions[row * length + index]]
        if beats(value, best.value) { best = (value, index) }
      }
      return best
    }
  }
}

extension HostTensor {
  /// Each row along `axes` replaced by as many values.
  func mappingRows(along axes: [Int], _ transform: ([Double]) -> [Double]) -> HostTensor {
    let rows = Rows(shape, along: axes)
    let positions = rows.positions
    let values = reals
    var result = values
    for row in 0..<rows.count {
      let places = positions[row * rows.length..<(row + 1) * rows.length]
      for (place, value) in zip(places, transform(places.map { values[$0] })) {
        result[place] = value
      }
    }
    return HostTensor(type, reals: result)
  }

  /// Each row along `axes` as one value, in the order of the kept axes.
  func reducingRows(along axes: [Int], _ combine: ([Double]) -> Double) -> [Double] {
    let rows = Rows(shape, along: axes)
    let positions = rows.positions
    let values = reals
    return (0..<rows.count).map { row in
      combine(positions[row * rows.length..<(row + 1) * rows.length].map { values[$0] })
    }
  }
}
