import ArgumentParser
import Foundation
import ModelRequests
import Smalti
import Synchronization

/// `smalti bench-row`: one of our rows of `bench` in a process of its own, so that its memory is its
/// own. Not for people: it runs when a line tells it to, and ends when its standard input does.
struct BenchRowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-row", abstract: "Runs one row of bench when it is told to.",
    discussion: """
      Reads lines from standard input and answers each with a line of JSON:
      `first FOLDER` compiles, runs and writes the outputs, `run N` runs once more.

      Example: smalti bench-row simone:tiny --part whole --mode fused
      """,
    shouldDisplay: false)

  @OptionGroup var model: ModelArgument

  @Option(help: "As in bench.")
  var part: String

  @Option(help: "One mode of bench.")
  var mode: String

  @OptionGroup var training: TrainingOptions
  @OptionGroup var weights: WeightsOption
  @OptionGroup var options: GlobalOptions

  func run() throws {
    Interruption.leaveToParent()
    let lines = LineQueue()
    let mode = try BenchMode.chosen(mode)[0]
    let model = try model.chosen(.part(part))
    let source = try weights.source(for: model, mode.options(options))
    let noise = try NoiseInputs(model.graph, options.key)
    say(BenchAnswer(ready: true))
    var row: BenchExecution?
    while true {
      let words = lines.next().split(separator: " ").map(String.init)
      switch words.first {
      case "first":
        row = try BenchExecution(
          model, source, mode.options(options), Entries.part(part).isStep ? training : nil, noise,
          folder: words.dropFirst().first)
      case "run":
        guard let repetition = words.dropFirst().first.flatMap({ Int($0) }) else { fallthrough }
        try row?.run(repetition)
      default:
        preconditionFailure("internal: the line \(words) is not understood")
      }
      guard var answer = row?.answer else { preconditionFailure("internal: run before first") }
      answer.peakResidentBytes = BenchMemory.peakResident
      answer.residentBytes = BenchMemory.resident
      say(answer)
    }
  }

  private func say(_ answer: BenchAnswer) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    guard let line = try? encoder.encode(answer) else {
      preconditionFailure("internal: \(answer) is no JSON")
    }
    Console.result(String(decoding: line, as: UTF8.self))
  }
}

/// A compiled entry point and its buffers.
private struct BenchExecution {
  private let execution: Execution
  private let noise: NoiseInputs
  private let outputs: [String: AlignedBytes]
  /// Of the last line.
  private(set) var answer: BenchAnswer

  /// Compiles and runs the first call; writes its outputs to `folder`, if one is named.
  ///
  /// - Errors: those of the weights, of the compiler, of the runtime and of files.
  init(
    _ model: ChosenModel, _ weights: WeightsSource, _ options: GlobalOptions,
    _ training: TrainingOptions?, _ noise: NoiseInputs, folder: String?
  ) throws {
    self.noise = noise
    noise.draw(0)
    let start = ContinuousClock.now
    var settings = try options.compilerOptions(target: nil)
    try training?.apply(to: &settings)
    execution = try Execution(model, weights, options, settings, Progress(options))
    let (outputs, session) = (try execution.session.run(noise.buffers), execution.session)
    self.outputs = outputs
    answer = BenchAnswer(firstCallSeconds: (ContinuousClock.now - start).seconds)
    answer.threads = execution.threads
    answer.flops = execution.flops
    answer.level = execution.compiled.level.name
    guard let folder else { return }
    try BenchOutputs.write(of: model.graph, to: folder) { outputs[$0] ?? session.state($0) }
  }

  /// - Errors: those of the runtime.
  mutating func run(_ repetition: Int) throws(RunError) {
    noise.draw(repetition)
    let start = ContinuousClock.now
    try execution.session.run(noise.buffers, into: outputs)
    answer = BenchAnswer(seconds: (ContinuousClock.now - start).seconds)
  }
}

/// The lines of standard input. The parent holds its other end, and the system closes it however the
/// parent ends: then this process ends too, whatever it computes. Ctrl-C on a terminal reaches both,
/// and is the parent's to answer.
private final class LineQueue: Sendable {
  private let lines = Mutex<[String]>([])
  private let count = DispatchSemaphore(value: 0)

  init() {
    Thread.detachNewThread { [self] in
      while let line = readLine() {
        lines.withLock { $0.append(line) }
        count.signal()
      }
      _exit(Ending.interrupted.rawValue)
    }
  }

  /// Waits for the next one.
  func next() -> String {
    count.wait()
    return lines.withLock { $0.removeFirst() }
  }
}
