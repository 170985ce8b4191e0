import GraphIR
import GraphLowering
import GraphOps
import LLVMBackend
import LLVMEmission
import ModelZoo
import TensorCore
import TileIR

/// Kernels of a level, each once: those of every operation's samples and of the zoo.
struct KernelCollection {
  let level: TargetLevel
  /// The level whose panels are used.
  var panelLevel: TargetLevel?
  private(set) var kernels: [(name: String, program: TileProgram)] = []
  private var known: Set<String> = []

  init(_ level: TargetLevel, panelLevel: TargetLevel? = nil) {
    self.level = level
    self.panelLevel = panelLevel
  }

  /// The kernels of `graph` fused, and of every operation alone.
  mutating func add(_ graph: Graph) throws {
    var unfused = LoweringOptions()
    unfused.fuses = false
    for var options in [LoweringOptions(), unfused] {
      options.panelLevel = panelLevel
      for kernel in try EntryPlan(graph, level, options).kernels
      where known.insert(kernel.name).inserted {
        kernels.append(kernel)
      }
    }
  }

  mutating func addSamples() throws {
    for (index, sample) in OpCatalog.samples.enumerated() {
      let builder = GraphBuilder("sample\(index)")
      let arguments = sample.operands.enumerated().map { builder.argument("x\($0)", $1.type) }
      let results = builder.apply(sample.operation, arguments)
      for (number, result) in results.enumerated() { builder.result("y\(number)", result) }
      try add(try builder.finish().graph)
    }
  }

  mutating func addZoo(_ preset: String) throws {
    for family in Zoo.families {
      for graph in try Zoo.model("\(family.name):\(preset)", ["batch=1"]).program().graphs {
        try add(graph)
      }
    }
  }

  /// What the kernels become, in parts that are compiled side by side.
  func disassembled() async throws -> [Disassembly] {
    let partCount = min(kernels.count, 4)
    let emitter = ModuleEmitter(vectorByteCount: level.vectorByteCount)
    return try await withThrowingTaskGroup(of: Disassembly.self) { group in
      for part in 0..<partCount {
        let text = emitter.text(
          kernels.indices.filter { $0 % partCount == part }.map { kernels[$0] })
        let compiler = ObjectCompiler(level)
        group.addTask { try Disassembly(compiler.object(text)) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }
}

// MARK: - What is in a kernel
extension TileProgram {
  /// All statements, those inside others too.
  var statements: [Statement] { body.flatMap(\.withInner) }

  /// Products in f32 and f64 that step through k: smaller types are converted inside the loop.
  var products: [TileContract] {
    statements.compactMap { statement in
      guard case .contract(let contract) = statement else { return nil }
      let elements = [contract.left, contract.right].map { element(of: $0.base) }
      let steps = contract.depths.last?.count ?? 1
      return elements.allSatisfy { [.f32, .f64].contains($0) } && steps > 1 ? contract : nil
    }
  }

  /// Whether it computes what holds more values at once than there are registers: functions whose
  /// f32 results come from f64, two vectors for each.
  var computesInPairs: Bool {
    statements.contains { statement in
      switch statement {
      case .random(let random): random.draw == .normal
      case .compute(let compute): compute.expression.computesInPairs
      case .contract(let contract): contract.epilogue?.expression.computesInPairs ?? false
      default: false
      }
    }
  }

  private func element(of base: TileLocation.Base) -> ElementType {
    switch base {
    case .buffer(let number): buffers[number].element
    case .scratch(let number): scratch[number].element
    }
  }
}

extension ScalarExpression {
  fileprivate var computesInPairs: Bool {
    switch self {
    case .operand, .constant, .coordinate: false
    case .cast(_, let operand): operand.computesInPairs
    case .apply(let function, let operands):
      [.sine, .cosine, .power].contains(function) || operands.contains(where: \.computesInPairs)
    }
  }
}

extension Statement {
  fileprivate var withInner: [Statement] {
    switch self {
    case .loop(_, _, let body): [self] + body.flatMap(\.withInner)
    case .guarded(_, _, let body, let otherwise): [self] + (body + otherwise).flatMap(\.withInner)
    default: [self]
    }
  }
}

extension TileContract {
  /// Rows of the highest of the blocks that cover the rows of a whole tile: as few as registers allow,
  /// and even.
  var highestBlock: Int {
    let count = rows.fixed ?? rows.size
    let blockCount = (count + register.rows - 1) / register.rows
    return (count + blockCount - 1) / blockCount
  }
}
