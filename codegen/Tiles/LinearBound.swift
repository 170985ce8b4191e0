import TensorCore

/// `constant + Σ coefficients[v] · v` over the variables of a `Domain`.
struct LinearForm: Hashable {
  var constant: Int
  /// By variable; those past the end are 0.
  var coefficients: [Int]

  init(_ constant: Int = 0, _ coefficients: [Int] = []) {
    self.constant = constant
    self.coefficients = coefficients
  }

  subscript(variable: Int) -> Int {
    get { variable < coefficients.count ? coefficients[variable] : 0 }
    set {
      while coefficients.count <= variable { coefficients.append(0) }
      coefficients[variable] = newValue
    }
  }

  /// `scale · self + factor · other`; nil if a number overflows.
  func combined(scale: Int, _ other: LinearForm, factor: Int) -> LinearForm? {
    func sum(_ a: Int, _ b: Int) -> Int? {
      let (left, overflowsLeft) = a.multipliedReportingOverflow(by: scale)
      let (right, overflowsRight) = b.multipliedReportingOverflow(by: factor)
      let (sum, overflows) = left.addingReportingOverflow(right)
      if overflowsLeft || overflowsRight || overflows { return nil }
      // Half of the range is kept free, so that negation and `abs` cannot overflow.
      return sum.magnitude < 1 << 62 ? sum : nil
    }
    guard let constant = sum(constant, other.constant) else { return nil }
    var result = LinearForm(constant)
    for variable in 0..<max(coefficients.count, other.coefficients.count) {
      guard let coefficient = sum(self[variable], other[variable]) else { return nil }
      result.coefficients.append(coefficient)
    }
    return result
  }

  func value(_ point: [Int]) -> Int {
    var value = constant
    for (variable, coefficient) in coefficients.enumerated() where coefficient != 0 {
      value += coefficient * point[variable]
    }
    return value
  }
}

/// Whole points: variable `v` runs over `0..<counts[v]`, and every constraint is at least 0.
///
/// Clipped extents, loops and guards are constraints: position `p` of `min(size, total-(start))`
/// has `0 ≤ p < size` and `total - 1 - start - p ≥ 0`.
struct Domain {
  var counts: [Int] = []
  var constraints: [LinearForm] = []

  /// Adds a variable below `count` and gives its number.
  mutating func variable(below count: Int) -> Int {
    counts.append(count)
    return counts.count - 1
  }

  /// The largest value of a form over all of the box, whatever the constraints say.
  func maximumOverBox(_ form: LinearForm) -> Int? {
    var sum = form.constant
    for (variable, coefficient) in form.coefficients.enumerated() where coefficient > 0 {
      let (most, overflows) = coefficient.multipliedReportingOverflow(by: counts[variable] - 1)
      let (next, overflowsSum) = sum.addingReportingOverflow(most)
      if overflows || overflowsSum { return nil }
      sum = next
    }
    return sum
  }
}

// MARK: - Bounds
extension Domain {
  /// A number that the form exceeds nowhere in the domain; nil if none was found.
  ///
  /// By weak duality `max f ≤ max over the box of f + Σ μ·c` for constraints `c ≥ 0` and `μ ≥ 0`.
  /// The search takes those μ that cancel a variable: with tile starts and lengths clipped together
  /// that bound is exact. It goes level by level, a few of the best forms from each.
  func upperBound(_ form: LinearForm) -> Int? {
    // A constraint that holds in all of the box says nothing.
    let active = constraints.filter { constraint in
      guard let negated = LinearForm().combined(scale: 1, constraint, factor: -1),
        let most = maximumOverBox(negated)
      else { return true }
      return most > 0
    }
    guard let first = maximumOverBox(form) else { return nil }
    var best = first
    var level = [Candidate(form: form, scale: 1, unused: active, bound: first)]
    var fruitless = 0
    while !level.isEmpty, fruitless < 2 {
      var seen: Set<LinearForm> = []
      level = level.flatMap { cancellations(of: $0) }.filter { seen.insert($0.form).inserted }
      level = Array(level.sorted { $0.bound < $1.bound }.prefix(Self.beam))
      guard let next = level.first else { break }
      fruitless = next.bound < best ? 0 : fruitless + 1
      best = min(best, next.bound)
    }
    return best
  }

  func lowerBound(_ form: LinearForm) -> Int? {
    LinearForm().combined(scale: 1, form, factor: -1).flatMap(upperBound).map { -$0 }
  }

  /// Whether it can be shown that no point satisfies the constraints.
  var isEmpty: Bool {
    counts.contains { $0 <= 0 }
      || constraints.contains { constraint in upperBound(constraint).map { $0 < 0 } ?? false }
  }

  private static let beam = 12

  /// `form = scale · f + Σ μ·c`, so `f ≤ bound = ⌊max form / scale⌋`.
  private struct Candidate {
    var form: LinearForm
    var scale: Int
    var unused: [LinearForm]
    var bound: Int
  }

  private func cancellations(of candidate: Candidate) -> [Candidate] {
    var results: [Candidate] = []
    for (position, constraint) in candidate.unused.enumerated() {
      for (variable, factor) in constraint.coefficients.enumerated() where factor != 0 {
        let coefficient = candidate.form[variable]
        guard coefficient != 0, (coefficient < 0) != (factor < 0) else { continue }
        let divisor = greatestCommonDivisor(coefficient, factor)
        let (scale, multiplier) = (abs(factor) / divisor, abs(coefficient) / divisor)
        let (total, overflows) = candidate.scale.multipliedReportingOverflow(by: scale)
        guard !overflows,
          let form = candidate.form.combined(scale: scale, constraint, factor: multiplier),
          let most = maximumOverBox(form)
        else { continue }
        var unused = candidate.unused
        unused.remove(at: position)
        results.append(
          Candidate(form: form, scale: total, unused: unused, bound: floorQuotient(most, total)))
      }
    }
    return results
  }
}

// MARK: - Points
extension Domain {
  /// Whether the form and all constraints can be evaluated at every point without overflow.
  func evaluates(_ form: LinearForm) -> Bool {
    (constraints + [form]).allSatisfy { form in
      guard let negated = LinearForm().combined(scale: 1, form, factor: -1) else { return false }
      return maximumOverBox(form) != nil && maximumOverBox(negated) != nil
    }
  }

  /// How many points the box has; nil if more than `limit`.
  func boxCount(limit: Int) -> Int? {
    var count = 1
    for length in counts {
      let (product, overflows) = count.multipliedReportingOverflow(by: max(length, 0))
      if overflows || product > limit { return nil }
      count = product
    }
    return count
  }

  /// Visits every point, the last variable fastest, until `body` returns false.
  func forEachPoint(_ body: ([Int]) -> Bool) {
    guard !counts.contains(where: { $0 <= 0 }) else { return }
    var point = [Int](repeating: 0, count: counts.count)
    while true {
      if constraints.allSatisfy({ $0.value(point) >= 0 }), !body(point) { return }
      var variable = counts.count - 1
      while variable >= 0 {
        point[variable] += 1
        if point[variable] < counts[variable] { break }
        point[variable] = 0
        variable -= 1
      }
      if variable < 0 { return }
    }
  }
}

/// Rounded toward minus infinity; the divisor is positive.
func floorQuotient(_ a: Int, _ b: Int) -> Int {
  let quotient = a / b
  return a % b < 0 ? quotient - 1 : quotient
}
