import TensorCore

/// Shows that two operands never touch one element, or do so only where variables agree.
///
/// Both addresses are sums of digits, `Σ C·D + rest` with distinct factors `C`. From the largest
/// factor down: equal addresses mean `C·(D₁ - D₂) = rest₂ - rest₁`. If the right side is always
/// smaller than `|C|`, the digits agree and so do the rests; if it can be no multiple of `C`, the
/// addresses never agree. The bounds of the rests use that extents are clipped, so that a tile
/// never reaches into its neighbour's digit. Factors that fail are merged with the next.
struct Separation {
  enum Result {
    /// No element is touched by both.
    case disjoint
    /// An element touched by both has the same values of these variables.
    case agreeing(Set<Int>)
  }

  var left: (form: LinearForm, domain: Domain)
  var right: (form: LinearForm, domain: Domain)
  /// Variables `0..<sharedCount` have the same meaning on both sides.
  var sharedCount: Int

  init(_ left: Footprint, _ right: Footprint, sharedCount: Int) {
    self.left = (left.form, left.domain)
    self.right = (right.form, right.domain)
    self.sharedCount = sharedCount
  }

  /// For one task and one pass of the loops: the shared variables are equal, so only differences
  /// of their factors count.
  mutating func identifySharedVariables() {
    for variable in 0..<sharedCount {
      left.form[variable] -= right.form[variable]
      right.form[variable] = 0
    }
  }

  func result() -> Result {
    var rests = (left.form, right.form)
    var agreeing: Set<Int> = []
    var head: Set<Int> = []
    let factors = Set(left.form.coefficients + right.form.coefficients).subtracting([0])
    guard let start = difference(rests) else { return .agreeing([]) }
    if start.lower > 0 || start.upper < 0 { return .disjoint }
    // Of factors with one magnitude, the order does not matter but must be fixed.
    for factor in factors.sorted(by: { (abs($0), $0) > (abs($1), $1) }) {
      let digits = (take(factor, from: &rests.0), take(factor, from: &rests.1))
      head.insert(factor)
      let unit = head.reduce(0, greatestCommonDivisor)
      guard let rest = difference(rests) else { return .agreeing(agreeing) }
      // The heads differ by a multiple of the unit, the rests by its negative.
      if floorQuotient(rest.upper, unit) * unit < rest.lower { return .disjoint }
      guard -unit < rest.lower, rest.upper < unit else { continue }
      if head.count == 1, digits.0.count == 1, digits.0 == digits.1, digits.0[0] < sharedCount {
        agreeing.insert(digits.0[0])
      }
      head = []
    }
    return .agreeing(agreeing)
  }

  /// Bounds of the left rest minus the right one.
  private func difference(
    _ rests: (LinearForm, LinearForm)
  ) -> (lower: Int, upper: Int)? {
    guard let leftLower = left.domain.lowerBound(rests.0),
      let leftUpper = left.domain.upperBound(rests.0),
      let rightLower = right.domain.lowerBound(rests.1),
      let rightUpper = right.domain.upperBound(rests.1)
    else { return nil }
    let (lower, overflowsLower) = leftLower.subtractingReportingOverflow(rightUpper)
    let (upper, overflowsUpper) = leftUpper.subtractingReportingOverflow(rightLower)
    return overflowsLower || overflowsUpper ? nil : (lower, upper)
  }

  /// The variables with this factor, which are taken out of the form.
  private func take(_ factor: Int, from form: inout LinearForm) -> [Int] {
    let variables = form.coefficients.indices.filter { form.coefficients[$0] == factor }
    for variable in variables { form[variable] = 0 }
    return variables
  }
}

// MARK: - Within a statement
/// A statement writes no element twice, and reads none that it may have overwritten.
struct OverlapCheck {
  private let footprints: [Footprint]

  init(_ footprints: [Footprint]) { self.footprints = footprints }

  /// - Errors: `tile.overlap`.
  func check() throws(Diagnostic) {
    for (number, target) in footprints.enumerated() where target.isWrite {
      guard isInjective(target) else {
        let positions = target.outerCount..<target.domain.counts.count
        throw .tileWritesTwice(target.name, strides: positions.map { target.form[$0] })
      }
      for (otherNumber, other) in footprints.enumerated() where otherNumber != number {
        guard other.base == target.base, !(other.isWrite && otherNumber < number) else { continue }
        if readsWhereItWrites(target, other) { continue }
        var separation = Separation(target, other, sharedCount: target.outerCount)
        separation.identifySharedVariables()
        guard case .disjoint = separation.result() else {
          throw .tileOverlap(target.name, other.name)
        }
      }
    }
  }

  /// Mixed radix: along every axis the stride exceeds all that smaller strides add up to.
  private func isInjective(_ footprint: Footprint) -> Bool {
    let positions = footprint.outerCount..<footprint.domain.counts.count
    var span = 0
    for position in positions.sorted(by: {
      abs(footprint.form[$0]) < abs(footprint.form[$1])
    }) {
      var form = LinearForm()
      form[position] = 1
      let last = min(
        footprint.domain.counts[position] - 1, footprint.domain.upperBound(form) ?? .max)
      if last == 0 { continue }
      let stride = abs(footprint.form[position])
      let (reach, overflows) = stride.multipliedReportingOverflow(by: last)
      guard stride > span, !overflows, reach < 1 << 60 else { return false }
      span += reach
    }
    return true
  }

  /// Whether the operand is read only at the position that is written.
  private func readsWhereItWrites(_ target: Footprint, _ source: Footprint) -> Bool {
    guard let axisCount = source.targetAxisCount, !source.isWrite,
      target.form.constant == source.form.constant
    else { return false }
    let count = target.outerCount + axisCount
    return (0..<count).allSatisfy { target.form[$0] == source.form[$0] }
      && (count..<source.domain.counts.count).allSatisfy { source.form[$0] == 0 }
  }
}
