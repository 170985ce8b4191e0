import ArgumentParser
import Foundation
import Smalti

/// `smalti bench-row`: measures one row of `bench` in a process of its own, so that its memory is
/// its own. Not for people: it ends when its standard input does.
struct BenchRowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench-row", abstract: "Measures one row of bench.",
    discussion: """
      Writes the measurement as JSON to standard output and the outputs of the first
      run to --outputs. --first-call leaves the repetitions out.

      Example: smalti bench-row simone:tiny --part whole --mode fused --outputs out
      """,
    shouldDisplay: false)

  @OptionGroup var model: ModelArgument

  @Option(help: "As in bench.")
  var part: String

  @Option(help: "One mode of bench.")
  var mode: String

  @Option(help: "As in bench.")
  var repetitions: Int?

  @Flag(help: "No repetitions.")
  var firstCall = false

  @Option(help: "An empty folder.")
  var outputs: String

  @OptionGroup var weights: WeightsOption
  @OptionGroup var options: GlobalOptions

  func run() throws {
    Self.endWithParent()
    let mode = try BenchMode.chosen(mode)[0]
    let model = try model.chosen(.part(part))
    let source = try weights.source(for: model, mode.options(options))
    let measurement = try BenchMeasurement(
      model, source, mode, options, firstCall ? .none : BenchRepetitions(repetitions),
      folder: outputs)
    Console.result(JSONText.of(measurement))
  }

  /// The parent holds the other end of standard input; the system closes it however the parent
  /// ends. Ctrl-C on a terminal reaches both, and is the parent's to answer.
  private static func endWithParent() {
    Interruption.leaveToParent()
    Thread.detachNewThread {
      var byte: UInt8 = 0
      while read(STDIN_FILENO, &byte, 1) > 0 {}
      _exit(Ending.interrupted.rawValue)
    }
  }
}
