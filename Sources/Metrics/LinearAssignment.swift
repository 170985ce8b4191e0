import TensorCore

/// Which row goes with which column, each at most once, so that the sum is least or most.
public enum LinearAssignment {
  /// A column for each row, or nil where there are more rows than columns and the row is left over.
  ///
  /// Rows are taken in order; each finds the cheapest path of exchanges to a free column, by Dijkstra's
  /// algorithm on reduced costs, so the time is rows² · columns at most. The same costs give the same
  /// assignment: of equal ones the column with the lower number.
  ///
  /// - Shapes: `costs` [rows, columns], row-major.
  /// - Errors: `metrics.cost` for a cost that is not finite.
  /// - Source: Crouse, "On implementing 2D rectangular assignment algorithms", 2016; the same as SciPy's
  ///   `linear_sum_assignment`.
  public static func minimizing(
    _ costs: [Double], rows: Int, columns: Int
  ) throws(Diagnostic) -> [Int?] {
    precondition(rows >= 0 && columns >= 0 && costs.count == rows * columns)
    for (place, cost) in costs.enumerated() where !cost.isFinite {
      throw .metricsCost(cost, row: place / columns, column: place % columns)
    }
    guard rows <= columns else {
      let transposed = (0..<columns).flatMap { column in
        (0..<rows).map { row in costs[row * columns + column] }
      }
      var result = [Int?](repeating: nil, count: rows)
      let ofColumns = try minimizing(transposed, rows: columns, columns: rows)
      for (column, row) in ofColumns.enumerated() { if let row { result[row] = column } }
      return result
    }
    var search = PathSearch(costs, rows, columns)
    for row in 0..<rows { search.assign(row) }
    return search.columnOfRow
  }

  /// The same for the largest sum.
  public static func maximizing(
    _ gains: [Double], rows: Int, columns: Int
  ) throws(Diagnostic) -> [Int?] {
    try minimizing(gains.map { -$0 }, rows: rows, columns: columns)
  }
}

/// Shortest paths of exchanges, one row after the other.
private struct PathSearch {
  private let costs: [Double]
  private let columnCount: Int
  private(set) var columnOfRow: [Int?]
  private var rowOfColumn: [Int?]
  /// Potentials: what a row costs and a column saves.
  private var rowPrices: [Double]
  private var columnPrices: [Double]

  init(_ costs: [Double], _ rows: Int, _ columns: Int) {
    self.costs = costs
    columnCount = columns
    columnOfRow = Array(repeating: nil, count: rows)
    rowOfColumn = Array(repeating: nil, count: columns)
    rowPrices = Array(repeating: 0, count: rows)
    columnPrices = Array(repeating: 0, count: columns)
  }

  mutating func assign(_ start: Int) {
    var distances = [Double](repeating: .infinity, count: columnCount)
    var cameFrom = [Int](repeating: start, count: columnCount)
    var isDone = [Bool](repeating: false, count: columnCount)
    var visited: [Int] = []
    var (row, reached) = (start, 0.0)
    var end: Int?
    while end == nil {
      visited.append(row)
      var nearest: Int?
      for column in 0..<columnCount where !isDone[column] {
        let distance =
          reached + costs[row * columnCount + column] - rowPrices[row] - columnPrices[column]
        if distance < distances[column] {
          distances[column] = distance
          cameFrom[column] = row
        }
        // Of equal ones a free column ends the search.
        if let best = nearest {
          let isFreer = rowOfColumn[column] == nil && rowOfColumn[best] != nil
          if distances[column] < distances[best]
            || (distances[column] == distances[best] && isFreer)
          {
            nearest = column
          }
        } else {
          nearest = column
        }
      }
      // There are as many columns as rows at least, so one is always left.
      let column = nearest!
      reached = distances[column]
      isDone[column] = true
      if let next = rowOfColumn[column] { row = next } else { end = column }
    }
    rowPrices[start] += reached
    for other in visited.dropFirst() {
      rowPrices[other] += reached - distances[columnOfRow[other]!]
    }
    for column in 0..<columnCount where isDone[column] {
      columnPrices[column] -= reached - distances[column]
    }
    // Every row on the path takes the column that leads on.
    var column = end!
    while true {
      let row = cameFrom[column]
      rowOfColumn[column] = row
      let next = columnOfRow[row]
      columnOfRow[row] = column
      guard row != start, let next else { return }
      column = next
    }
  }
}
