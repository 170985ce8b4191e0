import TensorCore
import TileIR

/// Collects the parameters, scratch and statements of one tile program.
struct ProgramBuilder {
  private(set) var bindings: [LoweredEntry.Binding] = []
  private var program = TileProgram()
  private var loops = 0

  /// The parameter for a place in a buffer; the same place is one parameter.
  ///
  /// - Parameter readsOwn: tasks read back only what they have written themselves.
  mutating func parameter(
    _ buffer: Int, offset: Int, _ element: ElementType, _ access: TileProgram.Buffer.Access,
    readsOwn: Bool = false
  ) -> TileLocation.Base {
    let binding = LoweredEntry.Binding(
      buffer: buffer, offset: offset, access: access, readsOwn: readsOwn)
    if let known = bindings.firstIndex(of: binding) { return .buffer(known) }
    bindings.append(binding)
    program.buffers.append(TileProgram.Buffer(element, access))
    return .buffer(bindings.count - 1)
  }

  mutating func scratch(_ element: ElementType, _ count: Int) -> TileLocation.Base {
    program.scratch.append(TileProgram.Scratch(element, max(count, 1)))
    return .scratch(program.scratch.count - 1)
  }

  /// The number of a loop that no other has.
  mutating func newLoop() -> Int {
    loops += 1
    return loops - 1
  }

  /// A new axis of the grid.
  mutating func gridAxis(_ count: Int) -> TileVariable {
    program.grid.append(count)
    return .grid(program.grid.count - 1)
  }

  /// Computations run over as few and as long axes as they can.
  mutating func append(_ statement: Statement) {
    if case .compute(let compute) = statement {
      program.body.append(.compute(compute.collapsed()))
    } else {
      program.body.append(statement)
    }
  }

  func step(_ name: String, flops: Int = 0) -> LoweredEntry.Step {
    LoweredEntry.Step(name: name, program: program, bindings: bindings, flops: flops)
  }

  var taskCount: Int { program.taskCount }
}

/// One axis cut into tiles, one for each step of a grid axis.
struct TiledAxis {
  var length: Int
  var tile: Int
  /// Nil if the whole axis is one tile.
  var variable: TileVariable?

  init(_ length: Int, tile: Int, _ builder: inout ProgramBuilder) {
    self.length = length
    self.tile = min(max(tile, 1), max(length, 1))
    let count = (length + self.tile - 1) / self.tile
    variable = count == 1 ? nil : builder.gridAxis(count)
  }

  /// Where the task's tile starts.
  var start: AffineExpression {
    variable.map { .variable($0, times: tile) } ?? AffineExpression()
  }

  /// How long it is: the same everywhere if tiles divide the axis.
  var extent: TileExtent {
    length.isMultiple(of: tile) ? TileExtent(tile) : TileExtent(tile, of: length, from: start)
  }
}

extension AffineExpression {
  /// The quotient of an expression whose every term is a multiple of `divisor`.
  func divided(by divisor: Int) -> AffineExpression {
    AffineExpression(
      constant / divisor, terms.map { Term($0.variable, $0.factor / divisor) })
  }
}
