import ArgumentParser
import GraphLowering
import ModelRequests
import Smalti

/// Options that every command takes.
struct GlobalOptions: ParsableArguments {
  @Option(help: "Threads to run with; 0 means every processor this process may use.")
  var threads = 0

  @Option(help: "What seed-made weights and drawn noise come from.")
  var seed: UInt64 = 0

  @Flag(help: "Write JSON to standard output, and nothing else.")
  var json = false

  @Flag(help: "Say nothing but results and errors.")
  var quiet = false

  @Flag(help: "Neither look up nor keep object code in the disk cache.")
  var noCache = false

  @Flag(help: "Compile one region per operation of the graph as built: the baseline.")
  var noFuse = false

  @Option(
    help: ArgumentHelp(
      "Who computes products: smalti or openblas.",
      discussion: "OpenBLAS's results are near ours, not the same bits on every thread count."))
  var unfusedMatmul = MatmulProvider.smalti

  @Option(help: ArgumentHelp("Bound tiles as a file of smalti tune says.", valueName: "file"))
  var tuning: String?

  var key: Key { Key(seed) }

  /// - Errors: `call.threads`.
  func checkedThreads() throws(Diagnostic) -> Int {
    guard (0...1024).contains(threads) else { throw .callThreads(threads) }
    return threads
  }

  /// - Errors: `call.target`, and those of ``TuningFile``.
  func compilerOptions(target: String?) throws(Diagnostic) -> CompilerOptions {
    var options = CompilerOptions()
    if let target { options.level = try TargetLevel(called: target) }
    options.usesCache = !noCache
    options.lowering.fuses = !noFuse
    options.lowering.matmul = unfusedMatmul
    if let tuning { options.lowering.tuning = try TuningFile.tuning(tuning, for: options.level) }
    return options
  }

  /// A circumstance the person should know of, on standard error.
  func note(_ text: String) {
    if !quiet { Console.error("note: \(text)") }
  }

  /// The result of a command: `value` as JSON, or `text` for people.
  func report(_ value: some Encodable, _ text: @autoclosure () -> String) {
    if json {
      Console.result(JSONText.of(value))
    } else if !quiet {
      Console.result(text())
    }
  }
}

extension MatmulProvider: ExpressibleByArgument {}
