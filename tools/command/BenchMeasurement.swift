import Foundation
import Smalti

/// What the process of one row of `bench` has measured.
struct BenchMeasurement: Codable {
  var threads: Int
  var level: String
  /// Of the plan of this mode: fusion may leave out products.
  var flops: Int
  /// Of each repetition, in order.
  var seconds: [Double] = []
  /// Compiling, preparing the weights and the first run.
  var firstCallSeconds: Double
  /// The largest that was seen before or after a repetition; 0 without any.
  var peakGigaflops = 0.0
  var peakResidentBytes = 0

  /// Compiles, runs, and measures; writes the outputs of the first run to `folder`.
  ///
  /// - Errors: those of the weights, of the compiler, of the runtime and of files.
  init(
    _ model: ChosenModel, _ weights: WeightsSource, _ mode: BenchMode, _ options: GlobalOptions,
    _ repetitions: BenchRepetitions, folder: String
  ) throws {
    let progress = Progress(options)
    let noise = try NoiseInputs(model.graph, options.key)
    noise.draw(0)
    let start = ContinuousClock.now
    let execution = try Execution(model, weights, mode.options(options), progress)
    let outputs = try progress.during("\(mode.rawValue): first run") {
      try execution.session.run(noise.buffers)
    }
    firstCallSeconds = (ContinuousClock.now - start).seconds
    threads = execution.threads
    level = execution.compiled.level.name
    flops = execution.flops
    try BenchOutputs.write(outputs, of: model.graph, to: folder)
    try repeatRuns(execution, noise, outputs, repetitions) { number in
      progress.show("\(mode.rawValue): repetition \(number) of \(repetitions.most)")
    }
    Progress.clear()
    peakResidentBytes = Self.peakResident()
  }

  private mutating func repeatRuns(
    _ execution: Execution, _ noise: NoiseInputs, _ outputs: [String: AlignedBytes],
    _ repetitions: BenchRepetitions, _ say: (Int) -> Void
  ) throws {
    guard repetitions.most > 0, let pool = execution.session.pool else { return }
    let peak = try PeakMeasurement(execution.compiled.level, pool: pool, usesCache: false)
    peakGigaflops = try peak.gigaflopsPerSecond()
    while repetitions.goOn(after: seconds.count, seconds: seconds.reduce(0, +)) {
      say(seconds.count + 1)
      noise.draw(seconds.count + 1)
      let start = ContinuousClock.now
      try execution.session.run(noise.buffers, into: outputs)
      seconds.append((ContinuousClock.now - start).seconds)
      peakGigaflops = max(peakGigaflops, try peak.gigaflopsPerSecond())
    }
  }

  /// The most memory of this process that was ever resident, in bytes.
  ///
  /// Not `ru_maxrss`: at `exec` Linux carries over what the process was before, so a child would
  /// show at least the memory of the command that started it (proc(5), `VmHWM`; getrusage(2)).
  static func peakResident() -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let words = line?.split(whereSeparator: \.isWhitespace) ?? []
    if words.count > 1, let kibibytes = Int(words[1]) { return kibibytes * 1024 }
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }
}

/// Inputs drawn anew for each run: uniform in [0, 1) where they are floating numbers, zeros where
/// they may be indices. The same for every mode.
struct NoiseInputs {
  let buffers: [String: AlignedBytes]
  private let types: [(name: String, type: TensorType)]
  private let seed: Key

  /// - Errors: `noMemory`.
  init(_ graph: Graph, _ seed: Key) throws(RunError) {
    types = graph.arguments.map { ($0.name, graph.type($0.value)) }
    self.seed = seed
    let (needed, there) = (
      types.reduce(0) { $0 + $1.type.byteCount }, ProcessInfo.processInfo.physicalMemory
    )
    guard needed <= there else {
      throw RunError(
        .noMemory,
        "the inputs of '\(graph.name)' need \(needed) bytes, this machine has \(there); "
          + "work in smaller parts")
    }
    buffers = Dictionary(
      uniqueKeysWithValues: types.map { ($0.name, AlignedBytes(byteCount: $0.type.byteCount)) })
  }

  /// Fills all buffers with the numbers of a repetition; 0 is the first call.
  func draw(_ repetition: Int) {
    for (name, type) in types {
      let key = seed.folded(name).folded(UInt64(repetition))
      guard let bytes = buffers[name]?.bytes else { continue }
      if type.element == .f32 {
        // Element by element: a tensor of the host would show in the row's memory.
        for index in 0..<type.shape.count {
          let value = Float(key.uniform(at: index))
          bytes.storeBytes(of: value, toByteOffset: index * 4, as: Float.self)
        }
      } else if type.element.isFloating {
        let values = (0..<type.shape.count).map(key.uniform(at:))
        bytes.copyBytes(from: HostTensor(type, converting: values).bytes)
      } else if name == "key", type == .u64([]) {
        bytes.copyBytes(from: HostTensor.u64([], [key.bits]).bytes)
      }
    }
  }
}
