import TensorCore
import TileIR

/// Programs with every field in use, sound or not; the same for the same seed.
struct ProgramGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// A number below `limit`, from a stream of its own.
  mutating func number(_ limit: Int) -> Int {
    state = Key(state).folded(1).bits
    return Int(state % UInt64(limit))
  }

  mutating func pick<T>(_ items: [T]) -> T { items[number(items.count)] }

  mutating func list<T>(_ limit: Int, _ item: (inout Self) -> T) -> [T] {
    (0..<number(limit)).map { _ in item(&self) }
  }

  mutating func program() -> TileProgram {
    TileProgram(
      buffers: list(4) { TileProgram.Buffer($0.element(), $0.pick([.read, .write, .readWrite])) },
      scratch: list(3) { TileProgram.Scratch($0.element(), $0.number(1000)) },
      grid: list(4) { $0.number(9) }, body: body(depth: 0))
  }

  private mutating func body(depth: Int) -> [Statement] { list(4) { $0.statement(depth: depth) } }

  private mutating func statement(depth: Int) -> Statement {
    switch number(depth < 3 ? 7 : 5) {
    case 0: .compute(compute())
    case 1:
      .contract(
        TileContract(
          rows: extent(), columns: extent(), depths: depths(), left: location(),
          leftRowStride: integer(), right: location(), panelWidth: integer(), target: location(),
          targetRowStride: integer(), register: .init(rows: integer(), vectors: integer()),
          epilogue: number(2) == 0
            ? nil : .init(sources: list(3) { $0.access() }, expression: expression(depth: 0)),
          accumulates: number(2) == 0))
    case 2:
      .pack(
        TilePack(
          columns: extent(), width: integer(), depths: depths(), source: location(),
          columnStride: integer(), target: location()))
    case 3:
      .gather(
        TileGather(
          count: extent(), indices: access(), source: location(), limit: integer(),
          sliceStride: integer(), run: integer(), runStride: integer(), target: location()))
    case 4:
      .random(
        TileRandom(
          pick([.uniform, .normal, .foldedKey]), key: location(),
          number: number(2) == 0 ? nil : location(), first: affine(), count: extent(),
          target: location()))
    case 5: .loop(number: number(5), count: extent(), body: body(depth: depth + 1))
    default:
      .guarded(
        index: affine(), limit: integer(), body: body(depth: depth + 1),
        otherwise: body(depth: depth + 1))
    }
  }

  private mutating func compute() -> TileCompute {
    let combiner: ScalarFunction? = number(2) == 0 ? nil : pick([.add, .maximum, .or])
    return TileCompute(
      extents: list(3) { $0.extent() }, reduced: combiner == nil ? [] : list(3) { $0.extent() },
      combiner: combiner, target: access(), index: number(3) == 0 ? access() : nil,
      sources: list(3) { $0.access() }, expression: expression(depth: 0),
      origins: list(3) { $0.affine() })
  }

  private mutating func expression(depth: Int) -> ScalarExpression {
    switch number(depth < 4 ? 6 : 3) {
    case 0: return .operand(number(4))
    case 1: return .constant(constant(), element())
    case 2: return .coordinate(axis: number(3))
    case 3: return .cast(element(), expression(depth: depth + 1))
    default:
      let function = pick(ScalarFunction.allCases)
      return .apply(
        function, (0..<function.operandCount).map { _ in expression(depth: depth + 1) })
    }
  }

  private mutating func constant() -> Double {
    pick([
      0, 1, -1, 0.1, -1e-30, 1e300, .leastNonzeroMagnitude, .infinity, -.infinity, .pi, 1e16,
    ])
  }

  private mutating func integer() -> Int { pick([0, 1, -1, 7, 64, -4096, 1 << 40]) }
  private mutating func element() -> ElementType { pick(ElementType.allCases) }
  private mutating func depths() -> [TileContract.Depth] {
    list(4) { .init($0.integer(), $0.integer()) }
  }
  private mutating func access() -> TileAccess {
    TileAccess(location(), strides: list(4) { $0.integer() })
  }
  private mutating func location() -> TileLocation {
    TileLocation(number(2) == 0 ? .buffer(number(5)) : .scratch(number(3)), affine())
  }
  private mutating func extent() -> TileExtent {
    number(2) == 0 ? TileExtent(integer()) : TileExtent(integer(), of: integer(), from: affine())
  }
  private mutating func affine() -> AffineExpression {
    AffineExpression(
      integer(),
      list(3) { .init($0.pick([.grid($0.number(3)), .loop($0.number(3))]), $0.integer()) })
  }
}
