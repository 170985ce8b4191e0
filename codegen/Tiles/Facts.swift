import TensorCore

// The diagnostics of TileIR, alphabetically. The verifier adds the statement to each.

extension Diagnostic {
  static func tileAxes(_ what: String, expected: Int, got: Int) -> Diagnostic {
    Diagnostic(
      "tile.axes", "\(what) needs one entry for each of \(expected) axes, got \(got)",
      help: "an access has a stride, a coordinate an origin, along every axis")
  }

  static func tileBounds(
    _ what: String, _ address: Int, count: Int, of base: String, when values: String
  ) -> Diagnostic {
    Diagnostic(
      "tile.bounds", "\(what) touches element \(address) of \(base), which has \(count)",
      notes: values.isEmpty ? [] : ["this happens when \(values)"],
      help: "clip an extent, guard the statement, or pass a larger buffer")
  }

  static func tileBoundsUnproven(_ what: String, count: Int, of base: String) -> Diagnostic {
    Diagnostic(
      "tile.bounds-unproven",
      "\(what) cannot be shown to stay inside \(base), which has \(count) elements",
      help: "let the extent's start be the offset divided by the stride")
  }

  static func tileBufferCounts(expected: Int, got: Int) -> Diagnostic {
    Diagnostic(
      "tile.buffer-counts", "the program has \(expected) buffers, got \(got) counts",
      help: "pass one count of elements per buffer")
  }

  static func tileCombiner(_ message: String) -> Diagnostic {
    Diagnostic(
      "tile.combiner", message,
      help: "combine with add, multiply, maximum, minimum, and, or along at least one axis")
  }

  static func tileOperand(_ message: String, limit: Int) -> Diagnostic {
    Diagnostic(
      "tile.operand", message, help: limit == 0 ? "there are none" : "use 0 to \(limit - 1)")
  }

  static func tileOverlap(_ target: String, _ source: String) -> Diagnostic {
    Diagnostic(
      "tile.overlap", "the \(target) may overwrite elements that the \(source) still reads",
      help: "read at the position that is written, or write elsewhere")
  }

  static func tilePlace(_ name: String, known: Int) -> Diagnostic {
    Diagnostic(
      "tile.place", "there is no \(name)",
      help: known == 0 ? "the program declares none" : "their numbers are 0 to \(known - 1)")
  }

  static func tileRace(
    _ base: String, _ address: Int, writer: [Int], other: [Int], reads: Bool
  ) -> Diagnostic {
    Diagnostic(
      "tile.race",
      "task \(writer) writes element \(address) of \(base), and task \(other) "
        + (reads ? "reads it" : "writes it too"),
      help: "tasks run in any order: give each its own elements")
  }

  static func tileRaceUnproven(_ base: String, _ first: String, _ second: String) -> Diagnostic {
    Diagnostic(
      "tile.race-unproven",
      "\(first) and \(second) of \(base) cannot be shown to belong to one task",
      help: "let the grid's factors in the offset be at least as large as a task's span")
  }

  static func tileReadOnly(_ base: String) -> Diagnostic {
    Diagnostic(
      "tile.read-only", "\(base) is declared read, but is written",
      help: "declare it write or readWrite")
  }

  static func tileSize(_ what: String, _ value: Int, _ needed: String) -> Diagnostic {
    Diagnostic("tile.size", "\(what) must be \(needed), got \(value)", help: "choose another tile")
  }

  static func tileSyntax(
    _ message: String, line: Int, column: Int, help: String? = nil
  ) -> Diagnostic {
    Diagnostic("tile.syntax", message, at: "line \(line), column \(column)", help: help)
  }

  static func tileType(_ what: String, expected: String, got: String) -> Diagnostic {
    Diagnostic(
      "tile.type", "\(what) must be \(expected), got \(got)", help: "convert it with cast")
  }

  static func tileVariable(_ variable: String, _ message: String) -> Diagnostic {
    Diagnostic(
      "tile.variable", "\(variable) \(message)",
      help: "g counts axes of the grid, i the loops around a statement")
  }

  static func tileWriteOnly(_ base: String) -> Diagnostic {
    Diagnostic(
      "tile.write-only", "\(base) is declared write, but is read",
      help: "declare it read or readWrite")
  }

  static func tileWritesTwice(_ target: String, strides: [Int]) -> Diagnostic {
    Diagnostic(
      "tile.overlap", "the \(target) writes an element more than once, strides \(strides)",
      help: "let each stride exceed what the smaller ones reach")
  }
}
