// Bounds, case by case: what the verifier falls back on where bounds on forms are not enough.

extension Footprint {
  struct Escape {
    var address: Int
    /// The variables that give it, in words.
    var values: String
  }

  enum Search {
    case inside
    case outside(Escape)
    /// There are more cases than may be tried, and none at the corners is outside.
    case unknown
  }

  /// Looks for a task and a pass of the loops in which an address lies outside `0..<count`.
  func search(count: Int, limit: Int) -> Search {
    guard domain.evaluates(form) else { return .unknown }
    // Variables that play no part keep their first value.
    let outer = 0..<outerCount
    let relevant = outer.filter { variable in
      form[variable] != 0 || domain.constraints.contains { $0[variable] != 0 }
    }
    func escape(_ point: [Int]) -> Escape? {
      guard let (least, most) = extremes(at: point), least < 0 || most >= count else { return nil }
      let values = relevant.map { "\(outerNames[$0]) is \(point[$0])" }
      return Escape(address: least < 0 ? least : most, values: values.joined(separator: " and "))
    }
    // The first and last tiles are where programs go wrong.
    for corner in 0..<(1 << min(relevant.count, 10)) {
      var point = [Int](repeating: 0, count: domain.counts.count)
      for (bit, variable) in relevant.prefix(10).enumerated() where corner >> bit & 1 == 1 {
        point[variable] = domain.counts[variable] - 1
      }
      if let escape = escape(point) { return .outside(escape) }
    }
    var cases = Domain()
    cases.counts = domain.counts.indices.map { relevant.contains($0) ? domain.counts[$0] : 1 }
    guard cases.boxCount(limit: limit) != nil else { return .unknown }
    var found: Escape?
    cases.forEachPoint { point in
      found = escape(point)
      return found == nil
    }
    return found.map(Search.outside) ?? .inside
  }

  /// The smallest and largest address where the variables before the positions are given; nil if
  /// nothing is touched there.
  ///
  /// Each position stands in at most one constraint, alone, so its range follows from the others.
  private func extremes(at point: [Int]) -> (least: Int, most: Int)? {
    let address = form.value(point)
    var (least, most) = (address, address)
    var lasts = domain.counts.map { $0 - 1 }
    for constraint in domain.constraints {
      let rest = constraint.value(point)
      if let position = constraint.coefficients.indices.first(where: {
        $0 >= outerCount && constraint.coefficients[$0] != 0
      }) {
        lasts[position] = min(lasts[position], floorQuotient(rest, -constraint[position]))
      } else if rest < 0 {
        return nil
      }
    }
    for position in outerCount..<domain.counts.count {
      if lasts[position] < 0 { return nil }
      if form[position] < 0 {
        least += form[position] * lasts[position]
      } else {
        most += form[position] * lasts[position]
      }
    }
    return (least, most)
  }
}
