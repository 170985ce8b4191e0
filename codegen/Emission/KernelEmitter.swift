import TensorCore
import TileIR

/// Tile programs as LLVM IR text: one function per kernel. Pure text; nothing here needs LLVM.
///
/// A kernel is `void (ptr buffers, ptr arguments, i64 task, ptr scratch)`, as the runtime calls it.
public struct ModuleEmitter {
  /// Bytes of the widest vector of the target level.
  public var vectorByteCount: Int
  /// Bytes between scratch arrays, a multiple of 64: red zones of a test mode. Plans reserve none, so
  /// with a gap the caller brings scratch up to the end of the last of `scratchRanges`.
  public var scratchGap = 0

  public init(vectorByteCount: Int) { self.vectorByteCount = vectorByteCount }

  /// The module with a function for every kernel, each under its name.
  public func text(_ kernels: [(name: String, program: TileProgram)]) -> String {
    var helpers = HelperTable()
    var functions: [String] = []
    for (name, program) in kernels {
      let emitter = KernelEmitter(
        program, lanes: vectorByteCount / 4, scratch: scratchRanges(program).map(\.lowerBound))
      functions.append(emitter.function(name))
      helpers.merge(emitter.helpers)
    }
    let attributes =
      "attributes #0 = { nounwind \"prefer-vector-width\"=\"\(vectorByteCount * 8)\" "
      + "\"min-legal-vector-width\"=\"\(vectorByteCount * 8)\" }\n"
    return (functions + helpers.definitions + [attributes])
      .joined(separator: "\n")
  }

  /// The bytes of each scratch array in the block that a worker brings.
  public func scratchRanges(_ program: TileProgram) -> [Range<Int>] {
    var offset = 0
    return program.scratch.map { array in
      defer { offset += array.byteCount + scratchGap }
      return offset..<(offset + array.count * array.element.byteCount)
    }
  }
}

/// Emits one kernel.
final class KernelEmitter {
  let program: TileProgram
  let writer = IRWriter()
  /// Lanes of a 32-bit element in the widest vector.
  let lanes: Int
  /// Where each scratch array starts, in bytes.
  private let scratch: [Int]
  var helpers = HelperTable()
  /// The value of each grid coordinate and loop counter in scope.
  var variables: [TileVariable: String] = [:]
  private var bases: [TileLocation.Base: String] = [:]

  init(_ program: TileProgram, lanes: Int, scratch: [Int]) {
    self.program = program
    self.lanes = lanes
    self.scratch = scratch
  }

  func function(_ name: String) -> String {
    prologue()
    emit(program.body)
    writer.effect("ret void")
    let header =
      "define void @\(name)(ptr noalias nocapture readonly %buffers, "
      + "ptr nocapture readonly %arguments, i64 %task, ptr noalias nocapture %scratch) #0 {"
    let slots = writer.slots.enumerated().map { "  %slot\($0) = alloca \($1)" }
    return ([header, "entry:"] + slots + writer.lines + ["}", ""]).joined(separator: "\n")
  }

  private func prologue() {
    for number in program.buffers.indices {
      let slot = writer.value("getelementptr inbounds ptr, ptr %buffers, i64 \(number)")
      bases[.buffer(number)] = writer.value("load ptr, ptr \(slot), align 8")
    }
    for (number, offset) in scratch.enumerated() {
      bases[.scratch(number)] = writer.value(
        "getelementptr inbounds i8, ptr %scratch, i64 \(offset)")
    }
    var rest = "%task"
    for (axis, length) in program.grid.enumerated().reversed() {
      if length == 1 {
        variables[.grid(axis)] = "0"
      } else if program.grid[..<axis].allSatisfy({ $0 == 1 }) {
        variables[.grid(axis)] = rest
      } else {
        variables[.grid(axis)] = writer.value("urem i64 \(rest), \(length)")
        rest = writer.value("udiv i64 \(rest), \(length)")
      }
    }
  }

  func emit(_ statements: [Statement]) {
    for statement in statements {
      switch statement {
      case .loop(let number, let count, let body):
        writer.loop(below: extent(count)) { counter, _ in
          self.variables[.loop(number)] = counter
          self.emit(body)
          return []
        }
      case .guarded(let index, let limit, let body, let otherwise):
        // As unsigned numbers, what is below 0 is above every limit.
        let inside = writer.value("icmp ult i64 \(affine(index)), \(limit)")
        writer.when(inside, { self.emit(body) }, otherwise: { self.emit(otherwise) })
      case .compute(let compute): emit(compute)
      case .contract(let contract): emit(contract)
      case .pack(let pack): emit(pack)
      case .gather(let gather): emit(gather)
      case .random(let random): emit(random)
      }
    }
  }
}

// MARK: - Indices and places
extension KernelEmitter {
  func affine(_ expression: AffineExpression) -> String {
    var sum = String(expression.constant)
    for term in expression.terms {
      guard let variable = variables[term.variable] else {
        preconditionFailure("internal: \(term.variable) is not in scope")
      }
      sum = writer.multiplyAdd(variable, term.factor, plus: sum)
    }
    return sum
  }

  func extent(_ extent: TileExtent) -> String {
    if let fixed = extent.fixed { return String(fixed) }
    let rest = writer.value("sub nsw i64 \(extent.total), \(affine(extent.start))")
    let clipped = writer.value("call i64 @llvm.smin.i64(i64 \(extent.size), i64 \(rest))")
    return writer.value("call i64 @llvm.smax.i64(i64 \(clipped), i64 0)")
  }

  func element(_ base: TileLocation.Base) -> ElementType {
    switch base {
    case .buffer(let number): program.buffers[number].element
    case .scratch(let number): program.scratch[number].element
    }
  }

  /// The address of a location.
  func address(_ location: TileLocation) -> String {
    advanced(bases[location.base]!, element(location.base), by: affine(location.offset))
  }

  /// The address `count` elements after another.
  func advanced(_ pointer: String, _ element: ElementType, by count: String) -> String {
    if count == "0" { return pointer }
    return writer.value(
      "getelementptr inbounds \(element.memoryText), ptr \(pointer), i64 \(count)")
  }
}

/// Helper functions that kernels of one module call, each once, in order of use.
struct HelperTable {
  private(set) var definitions: [String] = []

  mutating func add(_ helper: VectorHelper) {
    for part in helper.closure { add(part.definition) }
  }

  mutating func merge(_ other: HelperTable) {
    for text in other.definitions { add(text) }
  }

  private mutating func add(_ text: String) {
    if !definitions.contains(text) { definitions.append(text) }
  }
}
