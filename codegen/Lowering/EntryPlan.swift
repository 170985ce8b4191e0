import ExecutionPlan
import GraphIR
import GraphRegions
import TensorCore
import TileIR

/// Everything an entry point needs to run: the kernels, a plan that prepares its weights once, and
/// a plan that runs.
public struct EntryPlan: Sendable {
  public var name: String
  /// Raw parameters in, the prepared block out. Its inputs are named by path.
  public var prepare: Plan
  public var run: Plan
  /// The tile program of each kernel by symbol, in order of first use.
  public var kernels: [(name: String, program: TileProgram)]

  /// The regions of both plans, in the order in which they run.
  public var regions: [RegionSummary] = []
  /// Paths of states whose new value is computed beside the old one and copied at the end of a run;
  /// all others are replaced in place.
  public let copiedStates: [String]
  /// What is kept for much later regions or computed again there, by region in order.
  public let memoryChoices: [MemoryChoice]
  /// The parts of the prepared block, each of them a value: where it starts, and its bytes.
  package let preparedParts: [Range<Int>]
  /// What they were lowered from; steps that packing or copying adds are in no region of it.
  package let partition: Partition

  /// Lowers `graph` for a target.
  ///
  /// - Errors: those of expanding compositions, and of a tuning.
  public init(
    _ graph: Graph, _ target: TargetLevel, _ options: LoweringOptions = LoweringOptions()
  ) throws(Diagnostic) {
    let lowering = try EntryLowering(graph, target, options)
    var assembly = PlanAssembly(graph, lowering.entry, target, memoryLimit: options.memoryLimit)
    assembly.assemble()
    if let problem = assembly.donationProblem { throw .planDonation(problem, graph.name) }
    name = graph.name
    partition = lowering.partition
    prepare = assembly.prepare
    run = assembly.run
    kernels = assembly.kernels
    preparedParts = assembly.preparedParts
    copiedStates = assembly.copiedStates
    memoryChoices = lowering.memoryChoices
    regions = lowering.summaries(of: self, assembly.stepRegions, target)
  }
}

/// Turns lowered steps into plans: what depends on parameters alone is prepared once, the rest runs
/// every time; buffers get their places.
struct PlanAssembly {
  private let graph: Graph
  private var entry: LoweredEntry
  private let memoryLimit: Int
  /// Inputs that a run of this or another entry point may replace: they lie in states.
  private let liveInputs: [Graph.Input]
  /// Parameters that are prepared once.
  private let fixedInputs: [Graph.Input]
  /// The place of each input, by path, in the one list or the other.
  private let slotNumbers: [String: Int]
  private(set) var prepare: Plan
  private(set) var run: Plan
  private(set) var kernels: [(name: String, program: TileProgram)] = []
  /// The region of each step of the plans prepare and run.
  private(set) var stepRegions: [[Int?]] = []
  private(set) var preparedParts: [Range<Int>] = []
  /// Paths of states whose new value is computed beside the old one and copied at the end.
  private(set) var copiedStates: [String] = []
  /// Why states that are replaced in place would be wrong; nil if they would not.
  private(set) var donationProblem: String?

  init(_ graph: Graph, _ entry: LoweredEntry, _ target: TargetLevel, memoryLimit: Int) {
    self.graph = graph
    self.memoryLimit = memoryLimit
    self.entry = entry
    let replaced = Set(graph.updates.map(\.input))
    func isLive(_ input: Graph.Input) -> Bool {
      input.role == .state || (input.role == .parameter && replaced.contains(input.value))
    }
    liveInputs = graph.inputs.filter(isLive)
    fixedInputs = graph.parameters.filter { !isLive($0) }
    slotNumbers = Dictionary(
      uniqueKeysWithValues: [liveInputs, fixedInputs].flatMap { inputs in
        inputs.enumerated().map { ($1.name, $0) }
      })
    prepare = Plan(name: "\(graph.name)_prepare")
    run = Plan(name: graph.name)
    prepare.level = target.name
    run.level = target.name
  }

  /// Where a prepared value lies in the block.
  private struct Block {
    var offsets: [Int: Int] = [:]
    var parts: [Range<Int>] = []
    var byteCount = 0

    mutating func add(_ buffer: Int, byteCount: Int) -> Int {
      if let known = offsets[buffer] { return known }
      let offset = ArenaPlanner.aligned(self.byteCount)
      offsets[buffer] = offset
      self.byteCount = offset + byteCount
      parts.append(offset..<self.byteCount)
      return offset
    }
  }

  mutating func assemble() {
    let isPrepared = preparedSteps()
    var runSteps = entry.steps.indices.filter { !isPrepared[$0] }.map { entry.steps[$0] }
    // What a run reads and preparation made (or was given) goes into the block.
    var block = Block()
    let made = Set(
      entry.steps.indices.filter { isPrepared[$0] }
        .flatMap { entry.steps[$0].bindings.filter { $0.access != .read }.map(\.buffer) })
    var copies: [LoweredEntry.Step] = []
    for step in runSteps {
      for binding in step.bindings where binding.access == .read {
        let buffer = entry.buffers[binding.buffer]
        if made.contains(binding.buffer) {
          _ = block.add(binding.buffer, byteCount: buffer.byteCount)
        } else if case .parameter = buffer.kind, block.offsets[binding.buffer] == nil {
          _ = block.add(binding.buffer, byteCount: buffer.byteCount)
          copies.append(copy(of: binding.buffer, buffer))
        }
      }
    }
    var prepareSteps = entry.steps.indices.filter { isPrepared[$0] }.map { entry.steps[$0] }
    prepareSteps += copies
    slots(block)
    preparedParts = block.parts
    var superTiles = SuperTiling(runSteps, entry.buffers)
    superTiles.cut(beside: Set(block.offsets.keys))
    var slicing = Slicing(superTiles.steps, superTiles.buffers)
    slicing.fit(memoryLimit, beside: Set(block.offsets.keys))
    let updates = graph.updates.enumerated().map { number, update in
      (path: graph.inputName(update.input), result: graph.results.count + number)
    }
    var donation = Donation(slicing.steps, slicing.buffers)
    donation.apply(updates)
    donationProblem = DonationVerifier.problem(
      before: slicing.steps, slicing.buffers, after: donation.steps, donation.buffers,
      updates: updates)
    (runSteps, entry.buffers) = (donation.steps, donation.buffers)
    copiedStates = donation.copied
    stepRegions = [prepareSteps.map(\.region), runSteps.map(\.region)]
    prepare = filled(prepare, prepareSteps, block, preparing: true)
    run = filled(run, runSteps, block, preparing: false)
  }

  /// Steps whose every operand is a parameter, a constant, or prepared itself.
  private func preparedSteps() -> [Bool] {
    var isFixed = entry.buffers.map { buffer in
      switch buffer.kind {
      case .parameter, .constant: true
      default: false
      }
    }
    return entry.steps.map { step in
      let fixed = step.bindings.allSatisfy { binding in
        binding.access == .read
          ? isFixed[binding.buffer] : entry.buffers[binding.buffer].kind == .temporary
      }
      if fixed {
        for binding in step.bindings where binding.access != .read {
          isFixed[binding.buffer] = true
        }
      }
      return fixed
    }
  }

  /// A copy of a raw parameter into the block. Its target is the parameter's own buffer number,
  /// bound for writing.
  private func copy(of number: Int, _ buffer: LoweredEntry.Buffer) -> LoweredEntry.Step {
    .copy("copy/\(buffer.name)", buffer.element, buffer.count, from: number, to: number)
  }

  private mutating func slots(_ block: Block) {
    func slot(_ name: String, _ type: TensorType) -> Plan.Slot {
      Plan.Slot(name, type: type.description, byteCount: type.byteCount)
    }
    run.inputs = graph.arguments.map { slot($0.name, graph.type($0.value)) }
    run.outputs = graph.results.map { slot($0.name, graph.type($0.value)) }
    run.states = liveInputs.map { input in
      let type = graph.type(input.value)
      return Plan.Slot(
        input.name, type: type.description, byteCount: type.byteCount, alignment: Plan.alignment)
    }
    prepare.inputs = fixedInputs.map { slot($0.name, graph.type($0.value)) }
    guard block.byteCount > 0 else { return }
    let prepared = Plan.Slot(
      "prepared", type: "u8[\(block.byteCount)]", byteCount: block.byteCount,
      alignment: Plan.alignment)
    prepare.outputs = [prepared]
    run.weights = [prepared]
  }

  // MARK: - Steps and places
  /// A plan with its steps, their kernels, and the arena.
  private mutating func filled(
    _ plan: Plan, _ steps: [LoweredEntry.Step], _ block: Block, preparing: Bool
  ) -> Plan {
    var plan = plan
    var lives: [Int: ClosedRange<Int>] = [:]
    var order: [Int] = []
    for (position, step) in steps.enumerated() {
      for binding in step.bindings where isArena(binding.buffer, block) {
        if let life = lives[binding.buffer] {
          lives[binding.buffer] = life.lowerBound...position
        } else {
          lives[binding.buffer] = position...position
          order.append(binding.buffer)
        }
      }
    }
    let items = order.map {
      ArenaPlanner.Item(byteCount: entry.buffers[$0].byteCount, life: lives[$0]!)
    }
    let (offsets, total) = ArenaPlanner.place(items)
    plan.arenaByteCount = total
    var arena: [Int: Int] = [:]
    for (index, buffer) in order.enumerated() {
      arena[buffer] = index
      plan.buffers.append(
        Plan.Buffer(
          entry.buffers[buffer].name, byteOffset: offsets[index],
          byteCount: entry.buffers[buffer].byteCount, steps: lives[buffer]!))
    }
    var constants: [Int: Int] = [:]
    for step in steps {
      let reaches =
        step.libraryProduct?.reach(step.program.grid) ?? AccessRange(step.program).counts
      var bindings: [Plan.Binding] = []
      for (binding, reach) in zip(step.bindings, reaches) {
        bindings.append(
          bound(binding, reach, &plan, block, arena, &constants, preparing: preparing))
      }
      plan.scratchByteCount = max(plan.scratchByteCount, step.program.scratchByteCount)
      plan.steps.append(
        Plan.Step(
          step.name,
          kernel: step.libraryProduct == nil ? kernel(step.program) : LibraryProduct.symbol,
          taskCount: step.libraryProduct == nil ? step.program.taskCount : 1,
          bindings: bindings,
          arguments: step.libraryProduct?.arguments(step.program.grid) ?? [], nodes: [step.name],
          flops: step.flops,
          bytesMoved: bindings.reduce(0) { $0 + $1.byteCount }))
    }
    return plan
  }

  private func isArena(_ buffer: Int, _ block: Block) -> Bool {
    entry.buffers[buffer].kind == .temporary && block.offsets[buffer] == nil
  }

  private func bound(
    _ binding: LoweredEntry.Binding, _ reach: Int, _ plan: inout Plan, _ block: Block,
    _ arena: [Int: Int], _ constants: inout [Int: Int], preparing: Bool
  ) -> Plan.Binding {
    let buffer = entry.buffers[binding.buffer]
    let size = buffer.element.byteCount
    let count = min(reach, buffer.count - binding.offset) * size
    let access: Plan.Access =
      switch binding.access {
      case .read: .read
      case .write: .write
      case .readWrite: binding.readsOwn ? .write : .readWrite
      }
    func place(_ space: Plan.Space, _ index: Int, base: Int = 0) -> Plan.Binding {
      Plan.Binding(
        access, space, index, byteOffset: base + binding.offset * size, byteCount: count)
    }
    let isRawParameter = preparing && binding.access == .read
    if case .parameter(let path) = buffer.kind, isRawParameter {
      return place(.input, slotNumbers[path]!)
    }
    if let offset = block.offsets[binding.buffer] {
      return place(preparing ? .output : .weight, 0, base: offset)
    }
    switch buffer.kind {
    case .argument(let number): return place(.input, number)
    case .result(let number): return place(.output, number)
    case .state(let path): return place(.state, slotNumbers[path]!)
    case .temporary: return place(.arena, arena[binding.buffer]!)
    case .parameter: preconditionFailure("internal: parameter outside the block")
    case .constant(let tensor):
      if let known = constants[binding.buffer] { return place(.constant, known) }
      plan.constants.append(Plan.Constant(buffer.name, bytes: tensor.bytes))
      constants[binding.buffer] = plan.constants.count - 1
      return place(.constant, plan.constants.count - 1)
    }
  }

  /// The symbol of a program's kernel: a hash of its text, so that equal programs are one kernel
  /// and the name does not depend on what else is compiled.
  private mutating func kernel(_ program: TileProgram) -> String {
    if let known = kernels.first(where: { $0.program == program }) { return known.name }
    let hash = String(Key.hash(program.description), radix: 16)
    var name = "smalti_k\(hash)"
    // Two programs of one hash are as good as impossible; a wrong kernel would be worse.
    while kernels.contains(where: { $0.name == name }) { name += "x" }
    kernels.append((name, program))
    return name
  }
}

extension EntryPlan {
  /// Both plans and every kernel, as text.
  public var text: String {
    var text = prepare.steps.isEmpty ? "" : "\(prepare)\n"
    text += "\(run)"
    for kernel in kernels { text += "\n@\(kernel.name) \(kernel.program)" }
    return text
  }
}
