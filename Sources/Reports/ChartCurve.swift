/// One series of a ``LineChart`` as it is drawn, in fractions of the chart's width and height.
///
/// Few points are joined by lines. Many lie in columns: the line goes through the means of the columns, in
/// a band from the least to the greatest. What has no place leaves a gap; in a column, if it has nothing else.
struct ChartCurve {
  struct Place {
    var x: Double
    /// The mean, on the axis: of logarithms if that is logarithmic.
    var y: Double
    var low: Double
    var high: Double
  }

  /// The most points that are joined one by one.
  static let mostJoined = 1000
  static let columnCount = 400

  /// Places that are joined; each holds one or more.
  private(set) var runs: [[Place]] = []
  /// Whether places are columns.
  let isDense: Bool

  init(_ points: [LineChart.Point], x: ChartAxis, y: ChartAxis) {
    isDense = points.count > Self.mostJoined
    if isDense {
      runs = Self.columns(points, x, y).split(whereSeparator: \.isGap).map { run in
        run.compactMap(\.place)
      }
    } else {
      runs = points.split { !$0.hasPlace(y) }.map { run in
        run.map { point in
          let height = y[point.y]
          return Place(x: x[point.x], y: height, low: height, high: height)
        }
      }
    }
    runs.removeAll(where: \.isEmpty)
  }

  private struct Column {
    var place: Place?
    var count = 0
    /// Whether points without a place lie here.
    var hasOthers = false
    var isGap: Bool { hasOthers && place == nil }

    mutating func add(_ x: Double, _ y: Double) {
      count += 1
      var place = self.place ?? Place(x: x, y: y, low: y, high: y)
      place.x += (x - place.x) / Double(count)
      place.y += (y - place.y) / Double(count)
      (place.low, place.high) = (min(place.low, y), max(place.high, y))
      self.place = place
    }
  }

  private static func columns(
    _ points: [LineChart.Point], _ x: ChartAxis, _ y: ChartAxis
  ) -> [Column] {
    var columns = [Column](repeating: Column(), count: columnCount)
    for point in points where abs(point.x) <= ChartAxis.limit {
      let part = x[point.x]
      let index = min(max(Int(part * Double(columnCount)), 0), columnCount - 1)
      if point.hasPlace(y) {
        columns[index].add(part, y[point.y])
      } else {
        columns[index].hasOthers = true
      }
    }
    return columns
  }
}

extension LineChart.Point {
  /// Whether both coordinates are numbers that an axis can have.
  var isDrawable: Bool { abs(x) <= ChartAxis.limit && abs(y) <= ChartAxis.limit }

  /// Whether it can be drawn where `axis` is the vertical one.
  func hasPlace(_ axis: ChartAxis) -> Bool { hasPlace(isLogarithmic: axis.isLogarithmic) }

  func hasPlace(isLogarithmic: Bool) -> Bool {
    isDrawable && (!isLogarithmic || y >= 1 / ChartAxis.limit)
  }
}
