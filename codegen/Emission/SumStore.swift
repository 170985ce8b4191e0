import TensorCore
import TileIR

/// Where the sums of a product go to: they start from 0 and are stored, added to what the target has, or
/// stored as what the epilogue makes of them.
///
/// The epilogue stands after the loop over k, so that nothing but sums and factors takes registers
/// inside. Sources that all rows share are therefore loaded once for a block, not for a panel.
struct SumStore {
  let emitter: KernelEmitter
  let contract: TileContract
  /// The element type of the sums, and their vectors.
  let element: ElementType
  let type: VectorType
  /// Where each source of the epilogue starts.
  private let sources: [String]
  private var writer: IRWriter { emitter.writer }
  private var vectors: Int { contract.register.vectors }

  init(_ emitter: KernelEmitter, _ contract: TileContract, _ type: VectorType) {
    self.emitter = emitter
    self.contract = contract
    element = emitter.element(contract.left.base)
    self.type = type
    sources = contract.epilogue?.sources.map { emitter.address($0.location) } ?? []
  }

  /// The register tile that is stored.
  struct Block {
    /// Row by row, a vector of columns after the other.
    var sums: [String] = []
    var height: Int
    /// The first row, and the first column of the panel.
    var row: String
    var column: String
    /// Where the target's first element of the panel lies, in row 0.
    var target: String
    /// Columns that are left; nil if the panel is whole.
    var columns: String?
  }

  /// What the sums start from: 0, also where they are added to the target.
  func start(_ block: Block) -> [String] {
    (0..<block.height * vectors).map { _ in emitter.literal(0, element, type) }
  }

  /// Asks for what the next block is added to, while this one is computed: it lies row by row in memory
  /// that no core foresees.
  func prefetchNext(_ block: Block) {
    guard contract.accumulates, contract.depth >= Self.prefetchDepth else { return }
    let start = target(block)
    for row in block.height..<2 * block.height {
      for vector in 0..<vectors {
        writer.effect(
          "call void @llvm.prefetch.p0(ptr \(place(start, String(row), vector)), i32 1, i32 3, i32 1)"
        )
      }
    }
  }

  /// Steps of k that are worth it.
  private static let prefetchDepth = 16

  func emit(_ block: Block) {
    let start = target(block)
    let masks = (0..<vectors).map { mask($0, block) }
    guard let epilogue = contract.epilogue else {
      return forEachPlace(block) { row, vector in
        let sum = added(block.sums[row * vectors + vector], start, String(row), vector, masks)
        store(sum, start, String(row), vector, masks)
      }
    }
    let operands = operands(epilogue, block, masks)
    func result(_ sum: String, _ row: String, _ vector: Int) {
      let values = [Scalar(text: sum, element: element)] + operands.map { $0(row, vector) }
      let value = emitter.emit(epilogue.expression, type, operands: values) { _ in
        preconditionFailure("internal: a coordinate in an epilogue")
      }
      store(value.text, start, row, vector, masks)
    }
    if epilogue.expression.instructionCount <= Self.unrolledCount {
      return forEachPlace(block) { row, vector in
        result(block.sums[row * vectors + vector], String(row), vector)
      }
    }
    throughMemory(block, result)
  }

  /// Instructions of an expression that is repeated for every sum of a block. Longer ones would
  /// make code that takes long to compile, and the sums would not stay in registers anyway.
  private static let unrolledCount = 8

  private func forEachPlace(_ block: Block, _ body: (_ row: Int, _ vector: Int) -> Void) {
    for row in 0..<block.height {
      for vector in 0..<vectors { body(row, vector) }
    }
  }

  /// The sums lie on the stack, and a loop over rows takes them from there.
  private func throughMemory(
    _ block: Block, _ result: (_ sum: String, _ row: String, _ vector: Int) -> Void
  ) {
    let register = type.register(element)
    let slot = writer.slot("[\(contract.register.rows * vectors) x \(register)]")
    func place(_ index: String) -> String {
      writer.value("getelementptr inbounds \(register), ptr \(slot), i64 \(index)")
    }
    for (number, sum) in block.sums.enumerated() {
      writer.effect("store \(register) \(sum), ptr \(place(String(number)))")
    }
    writer.loop(below: String(block.height)) { row, _ in
      for vector in 0..<vectors {
        let index = writer.multiplyAdd(row, vectors, plus: String(vector))
        result(writer.value("load \(register), ptr \(place(index))"), row, vector)
      }
      return []
    }
  }

  private func mask(_ vector: Int, _ block: Block) -> LaneMask {
    guard let columns = block.columns else { return .all }
    let rest = writer.value("sub nsw i64 \(columns), \(vector * type.lanes)")
    // Beyond 32 bits a rest would wrap when the mask narrows it.
    let near = writer.value("call i64 @llvm.smin.i64(i64 \(rest), i64 \(type.lanes))")
    return emitter.mask(below: near, type)
  }

  private func store(
    _ value: String, _ start: String, _ row: String, _ vector: Int, _ masks: [LaneMask]
  ) {
    emitter.store(
      emitter.element(contract.target.base), value, place(start, row, vector), stride: 1,
      masks[vector], type)
  }

  /// The sum, or with what the target has.
  private func added(
    _ sum: String, _ start: String, _ row: String, _ vector: Int, _ masks: [LaneMask]
  ) -> String {
    guard contract.accumulates else { return sum }
    let before = emitter.load(
      element, place(start, row, vector), stride: 1, masks[vector], type)
    return writer.value("fadd \(type.register(element)) \(before), \(sum)")
  }

  /// Where the target of a block starts.
  private func target(_ block: Block) -> String {
    emitter.advanced(
      block.target, emitter.element(contract.target.base),
      by: writer.multiplyAdd(block.row, contract.targetRowStride, plus: "0"))
  }

  private func place(_ start: String, _ row: String, _ vector: Int) -> String {
    let offset = writer.multiplyAdd(
      row, contract.targetRowStride, plus: String(vector * type.lanes))
    return emitter.advanced(start, emitter.element(contract.target.base), by: offset)
  }
}

// MARK: - Operands
extension SumStore {
  /// The value of a source in a row of the block, for a vector of columns.
  private typealias Operand = (_ row: String, _ vector: Int) -> Scalar

  /// One for each source.
  private func operands(
    _ epilogue: TileContract.Epilogue, _ block: Block, _ masks: [LaneMask]
  ) -> [Operand] {
    zip(epilogue.sources, sources).map { source, address in
      let element = emitter.element(source.location.base)
      let (rowStride, columnStride) = (source.strides[0], source.strides[1])
      let first = writer.multiplyAdd(block.column, columnStride, plus: "0")
      let start = emitter.advanced(
        address, element, by: writer.multiplyAdd(block.row, rowStride, plus: first))
      func load(_ row: String, _ vector: Int) -> Scalar {
        let column = columnStride * vector * type.lanes
        let offset = writer.multiplyAdd(row, rowStride, plus: String(column))
        let text = emitter.load(
          element, emitter.advanced(start, element, by: offset), stride: columnStride,
          masks[vector], type)
        return Scalar(text: text, element: element)
      }
      guard rowStride == 0 else { return load }
      let shared = (0..<(columnStride == 0 ? 1 : vectors)).map { load("0", $0) }
      return { _, vector in shared[min(vector, shared.count - 1)] }
    }
  }
}

extension ScalarExpression {
  /// About how many instructions one vector takes.
  var instructionCount: Int {
    switch self {
    case .operand, .constant, .coordinate: 0
    case .cast(_, let operand): 1 + operand.instructionCount
    case .apply(let function, let operands):
      operands.reduce(function.isLong ? 20 : 1) { $0 + $1.instructionCount }
    }
  }
}

extension ScalarFunction {
  /// Whether it is made of many instructions.
  fileprivate var isLong: Bool {
    switch self {
    case .relu, .sign, .round, .maximum, .minimum, .reciprocalSquareRoot: false
    default: VectorMath.hasFunction(self)
    }
  }
}
