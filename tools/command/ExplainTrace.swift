import Foundation
import ModelRequests
import Smalti

/// Measured runs as a Chrome trace, for chrome://tracing and ui.perfetto.dev.
///
/// One track holds the runs, and inside each of them its steps: complete events (`ph` `X`) with the
/// name of their region and `args` of work and rates. Two counters (`ph` `C`) follow the rates and
/// the arena's bytes in use. The runtime takes the time at every barrier between steps, so a step
/// begins where the one before ends, and the last one ends with its run; who of the workers ran
/// which task is not recorded.
///
/// - Units: `ts` and `dur` are microseconds since the first run that counts.
/// - Source: "Trace Event Format", the Chromium project.
struct ExplainTrace: Encodable {
  struct Event: Encodable {
    var name: String
    var cat: String?
    /// `X` complete, `C` counter, `M` metadata.
    var ph: String
    var ts: Double?
    var dur: Double?
    var pid = 1
    var tid = 1
    var args: [String: Argument]
  }

  /// A number or a text.
  enum Argument: Encodable {
    case count(Int)
    case number(Double)
    case text(String)

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .count(let value): try container.encode(value)
      case .number(let value): try container.encode(value)
      case .text(let value): try container.encode(value)
      }
    }
  }

  var traceEvents: [Event] = []
  var displayTimeUnit = "ms"
  var otherData: [String: String]

  init(_ page: ExplainPage, _ measured: MeasuredRuns) {
    let threads = ExplainPage.plural(measured.threads, "thread")
    otherData = ["model": page.model, "entry": page.entry, "level": page.level, "threads": threads]
    traceEvents = [
      Event(name: "process_name", ph: "M", args: ["name": .text("smalti \(page.model)")]),
      Event(
        name: "thread_name", ph: "M", args: ["name": .text("plan \(page.entry), \(threads)")]),
    ]
    var regions: [Int: ExplainPage.Region] = [:]
    for region in page.runRegions { for step in region.steps { regions[step] = region } }
    let alive = page.bytesAlive
    for (number, run) in measured.runs.enumerated() {
      traceEvents.append(
        Event(
          name: "run \(number)", cat: "run", ph: "X", ts: run.start * 1e6, dur: run.seconds * 1e6,
          args: rates(page.flops, page.bytesMoved, run.seconds)))
      // What a run does before its first step: checks, and new memory for the outputs.
      var start = run.start + max(0, run.seconds - run.stepSeconds.reduce(0, +))
      for (index, (step, seconds)) in zip(page.steps, run.stepSeconds).enumerated() {
        var arguments = rates(step.flops, step.bytesMoved, seconds)
        arguments["step"] = .count(index)
        arguments["run"] = .count(number)
        arguments["tasks"] = .count(step.tasks)
        arguments["kernel"] = .text(step.kernel)
        arguments["region"] = regions[index].map { .text($0.label) }
        traceEvents.append(
          Event(
            name: regions[index]?.name ?? step.name, cat: "step", ph: "X", ts: start * 1e6,
            dur: seconds * 1e6, args: arguments))
        count("rate", "gflops", arguments["gflops"] ?? .count(0), at: start)
        count("arena", "bytes", .count(alive[index]), at: start)
        start += seconds
      }
      count("rate", "gflops", .count(0), at: start)
      count("arena", "bytes", .count(0), at: start)
    }
  }

  private mutating func count(
    _ name: String, _ series: String, _ value: Argument, at seconds: Double
  ) {
    traceEvents.append(
      Event(name: name, cat: "counter", ph: "C", ts: seconds * 1e6, args: [series: value]))
  }

  private func rates(_ flops: Int, _ bytes: Int, _ seconds: Double) -> [String: Argument] {
    var arguments: [String: Argument] = ["flops": .count(flops), "bytes": .count(bytes)]
    guard seconds > 0 else { return arguments }
    arguments["gflops"] = .number(Double(flops) / seconds * 1e-9)
    arguments["gigabytesPerSecond"] = .number(Double(bytes) / seconds * 1e-9)
    return arguments
  }

  /// Keys sorted; on one line, because traces are long.
  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    } catch {
      preconditionFailure("internal: \(error)")
    }
  }
}

extension ExplainPage {
  /// Bytes of the arena that hold a value, for each step.
  fileprivate var bytesAlive: [Int] {
    var alive = [Int](repeating: 0, count: steps.count)
    for buffer in buffers {
      for step in buffer.firstStep...buffer.lastStep { alive[step] += buffer.bytes }
    }
    return alive
  }
}
