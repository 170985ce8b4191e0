import TensorCore

/// The elements that one operand of a statement touches, over all tasks and passes of loops.
struct Footprint {
  /// `target`, `source 1`, …
  var name: String
  var base: TileLocation.Base
  var isWrite: Bool
  /// The element's index in its base.
  var form: LinearForm
  /// Variables of the grid, then of the loops, then positions of the statement's box.
  var domain: Domain
  /// How many variables stand before the positions.
  var outerCount: Int
  /// Names of those.
  var outerNames: [String]
  /// Where the statement stands.
  var place: String
  /// Where the first positions are those of the target, their number: the operand is read for
  /// computing the element at these positions, before that is written. Else nil.
  var targetAxisCount: Int?
}

/// The variables around a statement, and what guards and loops say about them.
struct TileScope {
  private(set) var domain = Domain()
  private(set) var names: [String] = []
  private var variables: [TileVariable: Int] = [:]

  init(grid: [Int]) {
    for (axis, count) in grid.enumerated() { define(.grid(axis), below: count) }
  }

  private mutating func define(_ variable: TileVariable, below count: Int) {
    variables[variable] = domain.variable(below: count)
    names.append("\(variable)")
  }

  /// - Errors: `tile.variable`, `tile.size`.
  func form(_ expression: AffineExpression) throws(Diagnostic) -> LinearForm {
    var form = LinearForm(try Self.limited(expression.constant, "a constant"))
    for term in expression.terms {
      guard let variable = variables[term.variable] else {
        throw .tileVariable("\(term.variable)", "is not defined here")
      }
      form[variable] += try Self.limited(term.factor, "a factor")
    }
    return form
  }

  /// `total - 1 - start`: the last position that an extent may have; nil if it is never clipped.
  func lastPosition(_ extent: TileExtent) throws(Diagnostic) -> LinearForm? {
    if extent == TileExtent(extent.size) { return nil }
    var form = LinearForm(try Self.limited(extent.total, "an extent's total") - 1)
    let start = try self.form(extent.start)
    form.constant -= start.constant
    for (variable, factor) in start.coefficients.enumerated() { form[variable] = -factor }
    return form
  }

  /// The scope of a loop's body.
  ///
  /// - Errors: `tile.variable`, `tile.size`.
  func looping(_ number: Int, _ count: TileExtent) throws(Diagnostic) -> TileScope {
    guard variables[.loop(number)] == nil else {
      throw .tileVariable("i\(number)", "counts an enclosing loop already")
    }
    var scope = self
    scope.define(.loop(number), below: try Self.length(count.size, "a loop's count"))
    if var last = try lastPosition(count) {
      last[scope.domain.counts.count - 1] = -1
      scope.domain.constraints.append(last)
    }
    return scope
  }

  /// The scope where a form is at least 0.
  func assuming(_ form: LinearForm, plus constant: Int, times factor: Int) -> TileScope {
    var scope = self
    var constraint = LinearForm(constant + factor * form.constant)
    constraint.coefficients = form.coefficients.map { $0 * factor }
    scope.domain.constraints.append(constraint)
    return scope
  }
}

/// One axis along which an operand's elements lie.
struct FootprintAxis {
  var extent: TileExtent
  var stride: Int
  /// How much of the extent one position takes: a panel takes as many columns as it is wide.
  var step = 1

  init(_ extent: TileExtent, _ stride: Int, step: Int = 1) {
    self.extent = extent
    self.stride = stride
    self.step = step
  }
}

extension TileScope {
  /// - Errors: `tile.variable`, `tile.size`.
  func footprint(_ operand: TileOperand, at place: String) throws(Diagnostic) -> Footprint {
    var result = Footprint(
      name: operand.name, base: operand.location.base, isWrite: operand.isWrite,
      form: try form(operand.location.offset), domain: domain, outerCount: domain.counts.count,
      outerNames: names, place: place, targetAxisCount: operand.targetAxisCount)
    for axis in operand.axes {
      let size = try Self.length(axis.extent.size, "an extent")
      let count = size / axis.step + (size % axis.step == 0 ? 0 : 1)
      let position = result.domain.variable(below: count)
      result.form[position] = try Self.limited(axis.stride, "a stride")
      if var last = try lastPosition(axis.extent) {
        last[position] = -axis.step
        result.domain.constraints.append(last)
      }
    }
    return result
  }

  /// - Errors: `tile.size`.
  static func length(_ value: Int, _ what: String) throws(Diagnostic) -> Int {
    guard value >= 0 else { throw .tileSize(what, value, "0 or more") }
    return try Self.limited(value, what)
  }

  /// Far above any memory, and far enough below overflow that sums of products need few checks.
  ///
  /// - Errors: `tile.size`.
  static func limited(_ value: Int, _ what: String) throws(Diagnostic) -> Int {
    guard value.magnitude <= UInt(Shape.maximumCount) else {
      throw .tileSize(what, value, "at most 2^46 in size")
    }
    return value
  }
}
