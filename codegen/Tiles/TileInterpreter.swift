import TensorCore

/// Runs tile programs by their meaning, one element at a time: what machine code is compared with.
///
/// Every operation is rounded to its element type: a contraction is a chain of fused multiply-adds
/// in f32 (in f64 for f64), other functions are computed in `Double` and rounded. f16 and bf16 are
/// computed in f32 and rounded when stored. Reductions combine in order, one after the other;
/// machine code may keep several partial results along a reduced axis, so sums agree within the
/// error of summation, and `maximum`, `minimum`, `and`, `or` exactly.
///
/// Scratch holds NaN at the start of every task, so that a read before the write shows.
public struct TileInterpreter {
  private let program: TileProgram
  let memories: [TileLocation.Base: TileMemory]
  let widensSums: Bool
  /// Coordinates of the task and counters of the loops around the current statement.
  private var variables: [TileVariable: Int] = [:]

  /// Runs every task of a program that `TileVerifier` accepts; others may trap.
  ///
  /// - Parameters:
  ///   - order: the tasks' indices in the order in which they run; ascending if nil.
  ///   - widensSums: whether sums are `Double` until they are stored. Terms of like size that are added
  ///     one after another round in one direction, which sums in several lanes do not; with it results
  ///     compare with those of machine code.
  public static func run(
    _ program: TileProgram, buffers: inout [HostTensor.Storage], order: [Int]? = nil,
    widensSums: Bool = false
  ) {
    precondition(buffers.count == program.buffers.count, "internal: buffers of a tile program")
    var memories: [TileLocation.Base: TileMemory] = [:]
    for (number, buffer) in program.buffers.enumerated() {
      memories[.buffer(number)] = TileMemory(buffer.element, buffers[number])
    }
    for (number, array) in program.scratch.enumerated() {
      memories[.scratch(number)] = TileMemory(array.element, poisoned: array.count)
    }
    var interpreter = TileInterpreter(
      program: program, memories: memories, widensSums: widensSums)
    for task in order ?? Array(0..<program.taskCount) { interpreter.run(task: task) }
    for number in program.buffers.indices { buffers[number] = memories[.buffer(number)]!.storage }
  }

  private mutating func run(task: Int) {
    variables = [:]
    var rest = task
    for (axis, count) in program.grid.enumerated().reversed() {
      variables[.grid(axis)] = rest % count
      rest /= count
    }
    for (number, array) in program.scratch.enumerated() {
      memories[.scratch(number)]!.poison(array.count)
    }
    run(program.body)
  }

  private mutating func run(_ statements: [Statement]) {
    for statement in statements {
      switch statement {
      case .loop(let number, let count, let body):
        for counter in 0..<length(count) {
          variables[.loop(number)] = counter
          run(body)
        }
        variables[.loop(number)] = nil
      case .guarded(let index, let limit, let body, let otherwise):
        let index = value(index)
        run(index >= 0 && index < limit ? body : otherwise)
      case .compute(let compute): run(compute)
      case .contract(let contract): run(contract)
      case .pack(let pack): run(pack)
      case .gather(let gather): run(gather)
      case .random(let random): run(random)
      }
    }
  }
}

// MARK: - Indices and places
extension TileInterpreter {
  func value(_ expression: AffineExpression) -> Int {
    expression.terms.reduce(expression.constant) { $0 + $1.factor * variables[$1.variable]! }
  }

  func length(_ extent: TileExtent) -> Int {
    max(0, min(extent.size, extent.total - value(extent.start)))
  }

  func place(_ location: TileLocation) -> (memory: TileMemory, offset: Int) {
    (memories[location.base]!, value(location.offset))
  }
}

// MARK: - Boxes
/// Visits the positions of a box in row-major order, with an address per operand.
struct BoxWalk {
  let lengths: [Int]
  /// By operand, then by axis.
  let strides: [[Int]]

  /// `body` gets the position and the operands' addresses.
  func forEach(from starts: [Int], _ body: (_ position: [Int], _ addresses: [Int]) -> Void) {
    guard lengths.allSatisfy({ $0 > 0 }) else { return }
    var position = [Int](repeating: 0, count: lengths.count)
    var addresses = starts
    while true {
      body(position, addresses)
      var axis = lengths.count - 1
      while axis >= 0 {
        position[axis] += 1
        if position[axis] < lengths[axis] {
          for operand in addresses.indices { addresses[operand] += strides[operand][axis] }
          break
        }
        position[axis] = 0
        for operand in addresses.indices {
          addresses[operand] -= strides[operand][axis] * (lengths[axis] - 1)
        }
        axis -= 1
      }
      if axis < 0 { return }
    }
  }
}
