import TensorCore

// The element types and axis counts that each statement needs.

/// The element types of a program's buffers and scratch.
struct TileElements {
  let program: TileProgram

  /// - Errors: `tile.place`.
  func element(_ base: TileLocation.Base) throws(Diagnostic) -> ElementType {
    switch base {
    case .buffer(let number):
      guard program.buffers.indices.contains(number) else {
        throw .tilePlace("buffer b\(number)", known: program.buffers.count)
      }
      return program.buffers[number].element
    case .scratch(let number):
      guard program.scratch.indices.contains(number) else {
        throw .tilePlace("scratch s\(number)", known: program.scratch.count)
      }
      return program.scratch[number].element
    }
  }

  func require(
    _ what: String, _ location: TileLocation, _ expected: ElementType
  ) throws(Diagnostic) {
    let element = try element(location.base)
    guard element == expected else {
      throw .tileType(what, expected: "\(expected)", got: "\(element)")
    }
  }

  func requireInteger(_ what: String, _ location: TileLocation) throws(Diagnostic) {
    let element = try element(location.base)
    guard element.isInteger else {
      throw .tileType(what, expected: "an integer type", got: "\(element)")
    }
  }
}

private func requireAxes(
  _ what: String, expected: Int, _ got: Int
) throws(Diagnostic) {
  guard expected == got else { throw .tileAxes(what, expected: expected, got: got) }
}

private func require(
  _ what: String, _ value: Int, atLeast least: Int
) throws(Diagnostic) {
  guard value >= least else { throw .tileSize(what, value, "at least \(least)") }
}

extension TileCompute {
  /// - Errors: `tile.axes`, `tile.combiner`, `tile.operand`, `tile.place`, `tile.type`.
  func checkTypes(_ elements: TileElements) throws(Diagnostic) {
    try requireAxes("the target", expected: extents.count, target.strides.count)
    var operands: [ElementType] = []
    for (number, source) in sources.enumerated() {
      let axisCount = extents.count + reduced.count
      try requireAxes("source \(number)", expected: axisCount, source.strides.count)
      operands.append(try elements.element(source.location.base))
    }
    let hasCoordinate = expression.hasCoordinate
    let originCount = hasCoordinate ? extents.count : 0
    try requireAxes("the list of origins", expected: originCount, origins.count)
    let element = try expression.checkedElement(operands, axisCount: extents.count)
    try elements.require("the target's element", target.location, element)
    try checkCombiner(element)
    guard let index else { return }
    try requireAxes("the index", expected: extents.count, index.strides.count)
    try elements.requireInteger("the index", index.location)
    guard combiner == .maximum || combiner == .minimum, reduced.count == 1 else {
      throw .tileCombiner(
        "an index needs maximum or minimum along one axis, got "
          + "\(combiner?.rawValue ?? "no combiner") along \(reduced.count)")
    }
  }

  private func checkCombiner(_ element: ElementType) throws(Diagnostic) {
    guard let combiner else {
      guard reduced.isEmpty else {
        throw .tileCombiner("\(reduced.count) axes are reduced without a combiner")
      }
      return
    }
    guard !reduced.isEmpty else {
      throw .tileCombiner("\(combiner.rawValue) combines along no axis")
    }
    let fits: Bool
    switch combiner {
    case .add, .multiply, .maximum, .minimum: fits = element != .bool
    case .and, .or: fits = element == .bool
    default: fits = false
    }
    guard fits else { throw .tileCombiner("\(combiner.rawValue) does not combine \(element)") }
  }
}

extension TileContract {
  func checkTypes(_ elements: TileElements) throws(Diagnostic) {
    let element = try elements.element(left.base)
    guard element.isFloating else {
      throw .tileType("a product", expected: "of a floating type", got: "\(element)")
    }
    try elements.require("the right operand", right, element)
    let result = try epilogue?.checkedElement(of: element, elements) ?? element
    try elements.require("the target's element", target, result)
    if accumulates { try elements.require("a target that accumulates", target, element) }
    try require("a panel's width", panelWidth, atLeast: 1)
    try require("the rows of a register tile", register.rows, atLeast: 1)
    try require("the vectors of a register tile", register.vectors, atLeast: 1)
    try require("the parts of a panel", register.parts, atLeast: 1)
    let (vectors, isTooLarge) = register.vectors.multipliedReportingOverflow(by: register.parts)
    guard !isTooLarge, panelWidth.isMultiple(of: vectors) else {
      throw .tileSize(
        "a panel's width", panelWidth,
        "a multiple of \(register.parts) x \(register.vectors) vectors")
    }
  }
}

extension TileContract.Epilogue {
  /// The element type of what is stored.
  ///
  /// - Errors: `tile.axes`, `tile.operand`, `tile.place`, `tile.size`, `tile.type`.
  func checkedElement(
    of sum: ElementType, _ elements: TileElements
  ) throws(Diagnostic) -> ElementType {
    var operands = [sum]
    for (number, source) in sources.enumerated() {
      try requireAxes("source \(number)", expected: 2, source.strides.count)
      guard (0...1).contains(source.strides[1]) else {
        throw .tileSize("the column stride of source \(number)", source.strides[1], "0 or 1")
      }
      operands.append(try elements.element(source.location.base))
    }
    return try expression.checkedElement(operands, axisCount: 0)
  }
}

extension TilePack {
  func checkTypes(_ elements: TileElements) throws(Diagnostic) {
    try elements.require("the target", target, try elements.element(source.base))
    try require("a panel's width", width, atLeast: 1)
    guard columns.size <= width else {
      throw .tileSize("the columns of a panel", columns.size, "at most its width \(width)")
    }
  }
}

extension TileGather {
  func checkTypes(_ elements: TileElements) throws(Diagnostic) {
    try requireAxes("the access of the indices", expected: 1, indices.strides.count)
    try elements.requireInteger("the index", indices.location)
    try elements.require("the target", target, try elements.element(source.base))
    try require("the number of slices", limit, atLeast: 1)
    try require("a run", run, atLeast: 0)
  }
}

extension TileRandom {
  func checkTypes(_ elements: TileElements) throws(Diagnostic) {
    try elements.require("the key", key, .u64)
    switch draw {
    case .uniform, .normal:
      try elements.require("the target", target, .f32)
      guard number == nil else {
        throw .tileType("a stream's number", expected: "absent", got: "\(number!)")
      }
    case .foldedKey:
      try elements.require("the target", target, .u64)
      guard let number else {
        throw .tileType("a folded key's number", expected: "a place of u64", got: "nothing")
      }
      try elements.require("the number", number, .u64)
      guard count == TileExtent(1) else {
        throw .tileSize("the count of folded keys", count.size, "1, in every task")
      }
    }
  }
}

// MARK: - Expressions
extension ScalarExpression {
  var hasCoordinate: Bool {
    switch self {
    case .coordinate: true
    case .operand, .constant: false
    case .cast(_, let operand): operand.hasCoordinate
    case .apply(_, let operands): operands.contains { $0.hasCoordinate }
    }
  }

  /// The element type of the value.
  ///
  /// - Errors: `tile.operand`, `tile.type`.
  func checkedElement(
    _ operands: [ElementType], axisCount: Int
  ) throws(Diagnostic) -> ElementType {
    switch self {
    case .operand(let number):
      guard operands.indices.contains(number) else {
        throw .tileOperand("%\(number) names no source", limit: operands.count)
      }
      return operands[number]
    case .constant(_, let element): return element
    case .coordinate(let axis):
      guard (0..<axisCount).contains(axis) else {
        throw .tileOperand("coordinate(\(axis)) names no axis of the target", limit: axisCount)
      }
      return .i64
    case .cast(let element, let operand):
      _ = try operand.checkedElement(operands, axisCount: axisCount)
      return element
    case .apply(let function, let arguments):
      guard arguments.count == function.operandCount else {
        throw .tileType(
          "\(function.rawValue)", expected: "of \(function.operandCount) operands",
          got: "\(arguments.count)")
      }
      var types: [TensorType] = []
      for argument in arguments {
        types.append(
          TensorType(try argument.checkedElement(operands, axisCount: axisCount), []))
      }
      do {
        return try function.resultElement(of: types)
      } catch {
        let got = types.map(\.element.rawValue).joined(separator: ", ")
        throw .tileType(
          "\(function.rawValue)", expected: "of operands that it takes", got: got
        ).noting(error.message)
      }
    }
  }
}
