/// The numbers of a run's log as charts.
///
/// A name that means the same in every run has a chart of its own, training beside validation. What
/// else training logs are terms of its loss; what else validation logs are scores.
struct TrainingCharts {
  private let training: Curves
  private let validation: Curves

  init(_ entries: [TrainingReport.Entry]) {
    training = Curves(entries.filter { $0.kind == "train" })
    validation = Curves(entries.filter { $0.kind == "validation" })
  }

  /// In the order of the page; none without points.
  var charts: [LineChart] {
    let slots = pair("active_slots", "Active slots", "the mean over clips", "slots")
    return pair("loss", "Loss", "", "loss", isScaled: true) + terms + scores
      + pair("mse", "Mean squared error", "of reconstructions", "squared error", isScaled: true)
      + norms + pair("learning_rate", "Learning rate", "", "learning rate") + slots + skipped
      + others
  }

  /// Names that have never had a number which a chart could show.
  var unseen: [String] {
    [(training, ""), (validation, "validation ")].flatMap { curves, kind in
      curves.names.filter { curves.series($0, as: $0) == nil }.map { kind + $0 }
    }
  }
}

// MARK: - Curves
extension TrainingCharts {
  /// The numbers of one kind of lines.
  private struct Curves {
    /// In the order in which the log first has them.
    private(set) var names: [String] = []
    private var points: [String: [LineChart.Point]] = [:]

    init(_ entries: [TrainingReport.Entry]) {
      for entry in entries {
        for (name, value) in entry.values {
          if points[name] == nil { names.append(name) }
          points[name, default: []].append(LineChart.Point(Double(entry.step), value ?? .nan))
        }
      }
    }

    /// Nil unless there is something to draw.
    func series(_ name: String, as shown: String) -> LineChart.Series? {
      guard let points = points[name], points.contains(where: \.isDrawable) else { return nil }
      return LineChart.Series(shown, points)
    }
  }

  private static func heights(_ series: [LineChart.Series]) -> [Double] {
    series.flatMap { $0.points.filter(\.isDrawable).map(\.y) }
  }

  /// Whether a linear axis would hide the small ones among these; one with values below zero stays
  /// linear, since a logarithmic one has no place for them.
  private static func spansDecades(_ series: [LineChart.Series]) -> Bool {
    let heights = heights(series)
    guard let greatest = heights.max(), let least = heights.filter({ $0 > 0 }).min() else {
      return false
    }
    return heights.allSatisfy { $0 >= 0 } && greatest > 30 * least
  }
}

// MARK: - Charts
extension TrainingCharts {
  private static let lone = ["loss", "mse", "learning_rate", "active_slots", "skipped"]
  private static let norm = "gradient_norm"
  /// More curves than these in one chart could hardly be told apart.
  private static let mostCurves = 9

  private static func isGeneral(_ name: String) -> Bool {
    lone.contains(name) || name == norm || name.hasPrefix(norm + ".")
  }

  /// What training logs beyond what every run has.
  private var termNames: [String] { training.names.filter { !Self.isGeneral($0) } }
  private var scoreNames: [String] {
    let terms = Set(termNames)
    return validation.names.filter { !Self.isGeneral($0) && !terms.contains($0) }
  }

  private var terms: [LineChart] {
    let series = termNames.flatMap { name in
      [training.series(name, as: name), validation.series(name, as: name + ", validation")]
    }
    return charts(
      "Terms of the loss", "", "value", series.compactMap { $0 }, isScaled: true)
  }

  /// From -1 to 1, as agreements of segmentations are.
  private func isScore(_ series: LineChart.Series) -> Bool {
    Self.heights([series]).allSatisfy { (-1...1).contains($0) }
  }

  private var validated: [LineChart.Series] {
    scoreNames.compactMap { validation.series($0, as: $0) }
  }

  private var scores: [LineChart] {
    charts("Scores", "of validations", "score", validated.filter(isScore))
  }

  private var others: [LineChart] {
    validated.filter { !isScore($0) }.flatMap { one in
      charts(one.name, "of validations", "value", [one], isScaled: true)
    }
  }

  private var norms: [LineChart] {
    let whole = training.series(Self.norm, as: "all").map { [$0] } ?? []
    let modules = training.names.filter { $0.hasPrefix(Self.norm + ".") }.compactMap {
      training.series($0, as: String($0.dropFirst(Self.norm.count + 1)))
    }
    return charts(
      "Gradient norms", modules.isEmpty ? "" : "of all and of each module", "norm", modules,
      beside: whole, isLogarithmic: true)
  }

  private var skipped: [LineChart] {
    let charts = pair("skipped", "Steps without an update", "since the run began", "steps")
    // That none was skipped is what everybody expects.
    return charts.filter { chart in chart.series.contains { $0.points.contains { $0.y > 0 } } }
  }

  /// What both kinds of lines have under one name.
  private func pair(
    _ name: String, _ title: String, _ remark: String, _ yLabel: String, isScaled: Bool = false
  ) -> [LineChart] {
    let series = [
      training.series(name, as: "training"), validation.series(name, as: "validation"),
    ]
    return charts(title, remark, yLabel, series.compactMap { $0 }, isScaled: isScaled)
  }

  /// As many charts as the curves need; those of `beside` are in each.
  ///
  /// - Parameter isScaled: whether the axis is logarithmic if the numbers ask for it.
  private func charts(
    _ title: String, _ remark: String, _ yLabel: String, _ series: [LineChart.Series],
    beside: [LineChart.Series] = [], isScaled: Bool = false, isLogarithmic: Bool = false
  ) -> [LineChart] {
    let count = max((series.count + Self.mostCurves - 1) / Self.mostCurves, beside.isEmpty ? 0 : 1)
    return (0..<count).map { index in
      let part = beside + series.dropFirst(index * Self.mostCurves).prefix(Self.mostCurves)
      let isLogarithmic = isLogarithmic || isScaled && Self.spansDecades(part)
      var chart = LineChart(
        title: count == 1 ? title : "\(title), \(index + 1) of \(count)",
        remark: [remark, isLogarithmic ? "logarithmic axis" : ""].filter { !$0.isEmpty }
          .joined(separator: ", "),
        xLabel: "step", yLabel: yLabel, isLogarithmic: isLogarithmic, series: part)
      // Two fit side by side on a wide page.
      chart.width = 560
      chart.saysHowManyAreDrawn = false
      return chart
    }
  }
}
