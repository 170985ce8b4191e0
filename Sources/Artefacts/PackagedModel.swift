import ExecutionPlan
import GraphCompiler
import GraphIR
import GraphLowering
import LLVMEmission
import SmaltiRuntime
import TensorCore
import TileIR

/// A model as plans and kernels for every level, over one block of prepared weights.
///
/// Plans are counted entry point by entry point, in each level by level, in each specialisation by
/// specialisation.
struct PackagedModel {
  /// A kernel as a function of the file: the same program is another function at each level.
  struct Kernel {
    var symbol: String
    var program: TileProgram
    var vectorByteCount: Int
  }

  let model: ModelToPackage
  let levels: [TargetLevel]
  let runs: [Plan]
  /// What makes the block; its kernels carry the names of the levels that asked for them.
  let prepare: Plan
  /// Kernels of the run plans, for each level.
  let runKernels: [[Kernel]]
  let prepareKernels: [Kernel]
  /// A hash of what the block holds and how.
  let layout: UInt64

  /// - Errors: those of lowering; `artefact.specialisations-alike`.
  init(_ model: ModelToPackage, _ options: ArtefactOptions) throws(Diagnostic) {
    self.model = model
    levels = options.levels
    try Self.checkDistinct(model)
    try Self.checkStateless(model)
    var runKernels = [[Kernel]](repeating: [], count: options.levels.count)
    var prepareKernels: [Kernel] = []
    var entries: [EntryPlan] = []
    for index in model.program.graphs.indices {
      for (position, level) in options.levels.enumerated() {
        for specialisation in model.specialisations {
          let graph = specialisation.program.graphs[index]
          // One layout of weights for all levels: that of the best.
          var lowering = options.compiler.lowering
          lowering.panelLevel = options.levels.last
          var entry = try EntryPlan(graph, level, lowering)
          Self.name(&entry, at: level, isOnly: options.levels.count == 1)
          Self.collect(entry, level, &runKernels[position], &prepareKernels)
          entries.append(entry)
        }
      }
    }
    let shared = SharedPreparation(entries, named: "prepare")
    (runs, prepare) = (shared.runs, shared.prepare)
    self.runKernels = runKernels
    let used = Set(shared.prepare.steps.map(\.kernel))
    self.prepareKernels = prepareKernels.filter { used.contains($0.symbol) }
    layout = Key.hash("\(model.title)\n\(shared.prepare)")
  }

  /// The run plan of an entry point, for a level and a specialisation.
  func run(_ entry: Int, level: Int, specialisation: Int) -> Plan {
    runs[(entry * levels.count + level) * model.specialisations.count + specialisation]
  }

  /// Weights are prepared once and are the same for all callers.
  private static func checkStateless(_ model: ModelToPackage) throws(Diagnostic) {
    for graph in model.program.graphs {
      if let update = graph.updates.first {
        throw .artefactReplaces(graph.inputName(update.input), entry: graph.name)
      }
      if let state = graph.states.first { throw .artefactReplaces(state.name, entry: graph.name) }
    }
  }

  /// A call names its specialisation by the sizes of its inputs.
  private static func checkDistinct(_ model: ModelToPackage) throws(Diagnostic) {
    for (index, graph) in model.program.graphs.enumerated() {
      var known: [[Int]: String] = [:]
      for specialisation in model.specialisations {
        let own = specialisation.program.graphs[index]
        let sizes = own.arguments.map { own.type($0.value).byteCount }
        if let other = known.updateValue(specialisation.label, forKey: sizes) {
          throw .artefactSpecialisationsAlike(other, specialisation.label, entry: graph.name)
        }
      }
    }
  }
}

// MARK: - Kernels
extension PackagedModel {
  /// Gives each kernel of `entry` a symbol of its own level, where that makes another function of it.
  ///
  /// Preparation is the same at every level as long as no sum is split over the lanes of a vector:
  /// then levels share what they prepare.
  private static func name(_ entry: inout EntryPlan, at level: TargetLevel, isOnly: Bool) {
    guard !isOnly else { return }
    let suffix = "_\(CNames.identifier(level.name))"
    let prepared = Set(entry.prepare.steps.map(\.kernel))
    var symbols: [String: String] = [:]
    var kernels: [(name: String, program: TileProgram)] = []
    for kernel in entry.kernels {
      let isShared = prepared.contains(kernel.name) && kernel.program.isSameAtEveryLevel
      if !isShared { symbols[kernel.name] = kernel.name + suffix }
      kernels.append((symbols[kernel.name] ?? kernel.name, kernel.program))
    }
    entry.kernels = kernels
    for index in entry.prepare.steps.indices {
      entry.prepare.steps[index].kernel =
        symbols[entry.prepare.steps[index].kernel] ?? entry.prepare.steps[index].kernel
    }
    for index in entry.run.steps.indices {
      entry.run.steps[index].kernel =
        symbols[entry.run.steps[index].kernel] ?? entry.run.steps[index].kernel
    }
  }

  private static func collect(
    _ entry: EntryPlan, _ level: TargetLevel, _ run: inout [Kernel], _ prepare: inout [Kernel]
  ) {
    func add(_ plan: Plan, to kernels: inout [Kernel]) {
      for step in plan.steps where !kernels.contains(where: { $0.symbol == step.kernel }) {
        guard let kernel = entry.kernels.first(where: { $0.name == step.kernel }) else { continue }
        kernels.append(
          Kernel(
            symbol: kernel.name, program: kernel.program, vectorByteCount: level.vectorByteCount))
      }
    }
    add(entry.prepare, to: &prepare)
    add(entry.run, to: &run)
  }

  /// LLVM text of `kernels`, each with vectors of the level it was lowered for.
  static func texts(_ kernels: [Kernel], parts: Int = 2) -> [String] {
    let widths = kernels.map(\.vectorByteCount).reduce(into: [Int]()) { known, width in
      if !known.contains(width) { known.append(width) }
    }
    return widths.flatMap { width -> [String] in
      let own = kernels.filter { $0.vectorByteCount == width }
      let count = min(parts, own.count)
      return (0..<count).map { part in
        let share = own.indices.filter { $0 % count == part }.map { own[$0] }
        return ModuleEmitter(vectorByteCount: width).text(
          share.map { (name: $0.symbol, program: $0.program) })
      }
    }
  }
}

extension TileProgram {
  /// Whether every level computes the same bits, with vectors of any width.
  fileprivate var isSameAtEveryLevel: Bool { body.allSatisfy(\.isSameAtEveryLevel) }
}

extension Statement {
  fileprivate var isSameAtEveryLevel: Bool {
    switch self {
    case .loop(_, _, let body): body.allSatisfy(\.isSameAtEveryLevel)
    case .guarded(_, _, let body, let otherwise):
      (body + otherwise).allSatisfy(\.isSameAtEveryLevel)
    case .compute(let compute): compute.combiner == nil
    case .pack, .gather: true
    case .contract, .random: false
    }
  }
}
