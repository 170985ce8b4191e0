import ExecutionPlan
import GraphIR
import GraphLowering
import LLVMBackend
import LLVMEmission
import TensorCore
import TileIR

/// What a compilation may choose. The defaults are the fast path.
public struct CompilerOptions: Sendable {
  /// What code is made for: by default the best level of this machine.
  public var level: TargetLevel
  /// Whether object code is looked up and kept in the disk cache.
  public var usesCache = true
  public var lowering = LoweringOptions()

  public init(level: TargetLevel = .host) { self.level = level }
}

/// From a program to machine code, as one page.
public enum Compiler {
  /// - Errors: those of lowering and of the backend, which are mistakes of the compiler; what a user
  ///   can get wrong was refused when the graph was made.
  public static func compile(
    _ program: Program, _ options: CompilerOptions = CompilerOptions()
  ) throws(Diagnostic) -> CompiledProgram {
    var stopwatch = Stopwatch()
    try Verifier.check(program)

    // Graphs become steps over buffers, steps become plans, equal kernels become one.
    var entries: [EntryPlan] = []
    for graph in program.loweredGraphs {
      entries.append(
        try EntryPlan(graph, options.level, options.lowering))
    }
    let kernels = distinctKernels(entries)
    let lowering = stopwatch.lap()

    // Kernels become text, text becomes object code: in parts, so that all cores work on it.
    let parts = split(kernels, into: 2)
    let emitter = ModuleEmitter(vectorByteCount: options.level.vectorByteCount)
    let texts = parts.map(emitter.text)
    let emission = stopwatch.lap()
    let code = try objectCode(texts, options)
    return CompiledProgram(
      program: program, level: options.level, entries: entries, texts: texts, objects: code.objects,
      times: CompileTimes(
        lowering: lowering, emission: emission, code: stopwatch.lap(), cacheHits: code.cacheHits),
      notes: code.notes)
  }

  /// The kernels of all entry points, each once, in order of first use.
  private static func distinctKernels(
    _ entries: [EntryPlan]
  ) -> [(name: String, program: TileProgram)] {
    var known: Set<String> = []
    return entries.flatMap(\.kernels).filter { known.insert($0.name).inserted }
  }

  /// Parts of about equal work; products are the long ones to compile.
  private static func split(
    _ kernels: [(name: String, program: TileProgram)], into count: Int
  ) -> [[(name: String, program: TileProgram)]] {
    var parts = [[(name: String, program: TileProgram)]](repeating: [], count: count)
    for (position, kernel) in kernels.enumerated() { parts[position % count].append(kernel) }
    return parts.filter { !$0.isEmpty }
  }
}

/// Where the time of a compilation went.
public struct CompileTimes: Sendable {
  public var lowering: Duration
  public var emission: Duration
  /// LLVM, or reading its results from the cache.
  public var code: Duration
  /// How many of the object files came from the cache.
  public var cacheHits: Int

  public var total: Duration { lowering + emission + code }
}

/// Time since it was last asked.
struct Stopwatch {
  private let clock = ContinuousClock()
  private var last = ContinuousClock().now

  mutating func lap() -> Duration {
    let now = clock.now
    defer { last = now }
    return now - last
  }
}
