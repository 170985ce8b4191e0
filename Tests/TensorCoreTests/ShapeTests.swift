import TensorCore
import Testing

@Suite("shapes")
struct ShapeTests {
  @Test("the limits hold exactly at their edge")
  func keepsLimits() throws {
    let eight = try Shape(checking: [1, 2, 1, 2, 1, 2, 1, 2])
    #expect(eight.rank == 8 && eight.count == 16)
    expectRefusal("shape.rank") { _ = try Shape(checking: [1, 1, 1, 1, 1, 1, 1, 1, 1]) }
    #expect(try Shape(checking: [1 << 46]).count == 1 << 46)
    #expect(try Shape(checking: [1 << 23, 1 << 23]).count == 1 << 46)
    let refused: [([Int], Diagnostic.Code)] = [
      ([(1 << 46) + 1], "shape.too-large"), ([1 << 23, (1 << 23) + 1], "shape.too-large"),
      ([.max, .max], "shape.too-large"), ([1 << 32, 1 << 32, 1 << 32], "shape.too-large"),
      ([0, .max], "shape.too-large"), ([.max, 0], "shape.too-large"),
      ([-1], "shape.negative"), ([3, .min], "shape.negative"), ([0, -1], "shape.negative"),
    ]
    for (dimensions, expected) in refused {
      expectRefusal(expected, "\(dimensions)") { _ = try Shape(checking: dimensions) }
    }
  }

  @Test("a scalar has one element, a zero length none")
  func countsElements() throws {
    #expect(([] as Shape).count == 1)
    #expect(([2, 0, 3] as Shape).count == 0)
    #expect(([2, 0, 3] as Shape).strides == [3, 3, 1])
    #expect(([] as Shape).strides == [])
    #expect(([4, 2, 3] as Shape).strides == [6, 3, 1])
    #expect(([4, 2] as Shape).description == "[4, 2]")
  }

  @Test("strides lead to the position's place in row-major order")
  func stridesFollowRowMajorOrder() {
    for shape in shapes(rank: 4, lengths: [1, 2, 3]) {
      for (place, position) in positions(shape).enumerated() {
        let offset = zip(position, shape.strides).map { $0 * $1 }.reduce(0, +)
        #expect(offset == place, "\(shape) \(position)")
      }
    }
  }

  @Test("axes count from both ends and are refused outside")
  func resolvesAxes() throws {
    let shape: Shape = [5, 6, 7]
    let resolved = try (-3...2).map { axis in try shape.axis(axis) }
    #expect(resolved == [0, 1, 2, 0, 1, 2])
    for axis in [3, -4, .max, .min] {
      expectRefusal("axis.out-of-range") { _ = try shape.axis(axis) }
    }
    expectRefusal("axis.out-of-range") { _ = try Shape().axis(0) }
    #expect(try shape.axes([-1, 0]) == [0, 2])
    expectRefusal("axis.repeated") { _ = try shape.axes([2, 0, -1]) }
    expectRefusal("axis.out-of-range") { _ = try shape.axes([1, 3]) }
  }

  @Test("reduced axes become 1 or go away")
  func reducesAxes() {
    let shape: Shape = [5, 0, 7]
    #expect(shape.reduced(along: [1], keepingAxes: true) == [5, 1, 7])
    #expect(shape.reduced(along: [0, 2], keepingAxes: false) == [0])
    #expect(shape.reduced(along: [], keepingAxes: false) == shape)
    #expect(shape.reduced(along: [0, 1, 2], keepingAxes: false) == [])
  }
}

@Suite("broadcasting")
struct BroadcastTests {
  /// NumPy's rule said another way: pad with ones, then each pair of lengths has one that is 1 or
  /// both are equal, and the result takes the other.
  private func oracle(_ a: Shape, _ b: Shape) -> [Int]? {
    let rank = max(a.rank, b.rank)
    let left = [Int](repeating: 1, count: rank - a.rank) + a.dimensions
    let right = [Int](repeating: 1, count: rank - b.rank) + b.dimensions
    var result: [Int] = []
    for (l, r) in zip(left, right) {
      let others = Set([l, r]).subtracting([1])
      if others.count > 1 { return nil }
      result.append(others.first ?? 1)
    }
    return result
  }

  @Test("every pair of small shapes agrees with the rule in other words")
  func agreesWithOracle() {
    let all = shapes(rank: 3, lengths: [0, 1, 2, 3])
    for a in all {
      for b in all {
        let expected = oracle(a, b)
        #expect((try? a.broadcast(with: b))?.dimensions == expected, "\(a) with \(b)")
        #expect(a.broadcasts(to: b) == (expected == b.dimensions), "\(a) to \(b)")
      }
    }
  }

  @Test("strides of a stretched shape read the source at the position modulo its lengths")
  func stridesStretch() {
    let all = shapes(rank: 3, lengths: [1, 2, 3])
    for source in all {
      for target in all where source.broadcasts(to: target) {
        let strides = source.strides(broadcastTo: target)
        for position in positions(target) {
          var place = 0
          for axis in 0..<source.rank {
            let index = position[axis + target.rank - source.rank] % source[axis]
            place = place * source[axis] + index
          }
          let offset = zip(position, strides).map { $0 * $1 }.reduce(0, +)
          #expect(offset == place, "\(source) to \(target) at \(position)")
        }
      }
    }
  }

  @Test("mismatches and results beyond the limits have codes")
  func refuses() throws {
    let shape: Shape = [2, 3]
    expectRefusal("shape.no-broadcast") { _ = try shape.broadcast(with: [2, 2]) }
    let tall = try Shape(checking: [1 << 30, 1])
    let wide = try Shape(checking: [1, 1 << 30])
    expectRefusal("shape.too-large") { _ = try tall.broadcast(with: wide) }
  }
}
