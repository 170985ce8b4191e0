import TensorCore

extension TileProgram: CustomStringConvertible {
  /// One line per statement. Equal programs print equal text, and unequal ones unequal text.
  public var description: String {
    let parameters = buffers.enumerated().map { "b\($0): \($1.access.rawValue) \($1.element)" }
    var lines = ["tile (\(parameters.joined(separator: ", "))) grid \(grid) {"]
    for (number, array) in scratch.enumerated() {
      lines.append("  scratch s\(number): \(array.element)[\(array.count)]")
    }
    for statement in body { lines += Self.lines(statement, "  ") }
    return (lines + ["}"]).joined(separator: "\n") + "\n"
  }

  private static func lines(_ statement: Statement, _ indent: String) -> [String] {
    switch statement {
    case .loop(let number, let count, let body):
      return ["\(indent)for i\(number) < \(count) {"] + nested(body, indent) + ["\(indent)}"]
    case .guarded(let index, let limit, let body, let otherwise):
      return ["\(indent)if 0 <= \(index) < \(limit) {"] + nested(body, indent)
        + ["\(indent)} else {"] + nested(otherwise, indent) + ["\(indent)}"]
    case .compute(let compute): return [indent + compute.description]
    case .contract(let contract): return [indent + contract.description]
    case .pack(let pack): return [indent + pack.description]
    case .gather(let gather): return [indent + gather.description]
    case .random(let random): return [indent + random.description]
    }
  }

  private static func nested(_ body: [Statement], _ indent: String) -> [String] {
    body.flatMap { lines($0, indent + "  ") }
  }
}

extension TileVariable: CustomStringConvertible {
  public var description: String {
    switch self {
    case .grid(let axis): "g\(axis)"
    case .loop(let number): "i\(number)"
    }
  }
}

extension AffineExpression: CustomStringConvertible {
  public var description: String {
    var parts = terms.map { $0.factor == 1 ? "\($0.variable)" : "\($0.factor)*\($0.variable)" }
    if constant != 0 || parts.isEmpty { parts.append(String(constant)) }
    return parts.joined(separator: "+")
  }
}

extension TileExtent: CustomStringConvertible {
  /// Every field stands in the text: a fixed length that was clipped is not a plain one.
  public var description: String {
    self == TileExtent(size) ? "\(size)" : "min(\(size), \(total)-(\(start)))"
  }
}

extension TileLocation.Base: CustomStringConvertible {
  public var description: String {
    switch self {
    case .buffer(let number): "b\(number)"
    case .scratch(let number): "s\(number)"
    }
  }
}

extension TileLocation: CustomStringConvertible {
  public var description: String { "\(base)[\(offset)]" }
}

extension TileAccess: CustomStringConvertible {
  public var description: String { "\(location) by \(strides)" }
}

extension TileCompute: CustomStringConvertible {
  public var description: String {
    var text = "compute \(target)"
    if let index { text += ", index \(index)" }
    text += " over \(list(extents))"
    if let combiner { text += " \(combiner.rawValue) \(list(reduced))" }
    text += " of \(expression) with \(list(sources))"
    return origins.isEmpty ? text : text + " from \(list(origins))"
  }
}

extension TileContract: CustomStringConvertible {
  public var description: String {
    "contract \(target) by \(targetRowStride) \(accumulates ? "+=" : "=") \(left) by \(leftRowStride) x panels \(right) of "
      + "\(panelWidth), rows \(rows), columns \(columns), depth \(list(depths)), registers "
      + "\(register.rows) by \(register.vectors)"
      + (register.parts > 1 ? " parts \(register.parts)" : "")
      + (epilogue.map { ", storing \($0)" } ?? "")
  }
}

extension TileContract.Epilogue: CustomStringConvertible {
  public var description: String { "\(expression) with \(list(sources))" }
}

extension TileContract.Depth: CustomStringConvertible {
  public var description: String { "\(count) by \(stride)" }
}

extension TilePack: CustomStringConvertible {
  public var description: String {
    "pack \(target) of \(width) = \(source) by \(columnStride), columns \(columns), depth "
      + list(depths)
  }
}

extension TileGather: CustomStringConvertible {
  public var description: String {
    "gather \(target) = \(source) at \(indices) below \(limit) by \(sliceStride), count \(count), "
      + "run \(run) by \(runStride)"
  }
}

extension TileRandom: CustomStringConvertible {
  public var description: String {
    "random \(draw.rawValue) \(target) key \(key)" + (number.map { " number \($0)" } ?? "")
      + " from \(first), count \(count)"
  }
}

private func list<T>(_ items: [T]) -> String {
  "(" + items.map { "\($0)" }.joined(separator: ", ") + ")"
}
