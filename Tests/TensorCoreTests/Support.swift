import TensorCore
import Testing

/// Equal bits, or both NaN: what "the same real" means in these tests.
func same(_ a: Double, _ b: Double) -> Bool {
  a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN)
}

func same(_ a: [Double], _ b: [Double]) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { same($0, $1) }
}

/// Every shape with at most `rank` dimensions whose lengths are among `lengths`.
func shapes(rank: Int, lengths: [Int]) -> [Shape] {
  var lists: [[Int]] = [[]]
  var newest = lists
  for _ in 0..<rank {
    newest = newest.flatMap { list in lengths.map { list + [$0] } }
    lists += newest
  }
  return lists.map(Shape.init(trusted:))
}

/// Every position of a shape in row-major order, by counting like an odometer.
func positions(_ shape: Shape) -> [[Int]] {
  var all: [[Int]] = []
  guard shape.count > 0 else { return all }
  var position = [Int](repeating: 0, count: shape.rank)
  for _ in 0..<shape.count {
    all.append(position)
    var axis = shape.rank - 1
    while axis >= 0 {
      position[axis] += 1
      if position[axis] < shape[axis] { break }
      position[axis] = 0
      axis -= 1
    }
  }
  return all
}

/// Records an issue unless `body` throws a diagnostic of `code`.
func expectRefusal(
  _ code: Diagnostic.Code, _ about: String = "", at place: SourceLocation = #_sourceLocation,
  _ body: () throws -> Void
) {
  do {
    try body()
    Issue.record("nothing was refused \(about)", sourceLocation: place)
  } catch {
    let got = (error as? Diagnostic)?.code
    #expect(got == code, "\(about)", sourceLocation: place)
  }
}
