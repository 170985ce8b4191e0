// Times one entry point of a model of the zoo and prints one JSON object:
//
//     spine MODEL ENTRY [--threads N] [--repetitions N] [--steps] [--no-fuse] [key=value …]
//
// Seed-made weights and seeded inputs. `--steps` prints the time of each step to standard error.

import Glibc
import GraphCompiler
import GraphIR
import ModelZoo
import SmaltiRuntime
import TensorCore

struct Arguments {
  var words: [String] = []
  var threads = 2
  var repetitions = 5
  var showsSteps = false
  var fuses = true

  init(_ arguments: [String]) {
    var rest = arguments[...]
    func number() -> Int {
      guard let value = rest.popFirst().flatMap({ Int($0) }) else { usage() }
      return value
    }
    while let word = rest.popFirst() {
      switch word {
      case "--threads": threads = number()
      case "--repetitions": repetitions = number()
      case "--steps": showsSteps = true
      case "--no-fuse": fuses = false
      default: words.append(word)
      }
    }
    if words.count < 2 || repetitions < 1 { usage() }
  }
}

func usage() -> Never {
  print(
    "usage: spine MODEL ENTRY [--threads N] [--repetitions N] [--steps] [--no-fuse] [key=value …]")
  exit(2)
}

let arguments = Arguments(Array(CommandLine.arguments.dropFirst()))
let entry = arguments.words[1]
let program = try Zoo.model(arguments.words[0], Array(arguments.words[2...]))
  .program(entries: [entry])
var options = CompilerOptions()
options.usesCache = false
options.lowering.fuses = arguments.fuses
let compiled = try Compiler.compile(program, options)
let loaded = try LoadedProgram(compiled, threads: arguments.threads, seed: Key(7))
let session = try loaded.session(entry)
session.measuresSteps = true
let graph = program.graphs[0]
let inputs = Dictionary(
  uniqueKeysWithValues: graph.arguments.map { input in
    (input.name, AlignedBytes(HostTensor.noise(graph.type(input.value), input.name).bytes))
  })
let plan = compiled.entries[0].run
let clock = ContinuousClock()
var outputs = try session.run(inputs)
var seconds: [Double] = []
for _ in 0..<arguments.repetitions {
  let start = clock.now
  try session.run(inputs, into: outputs)
  seconds.append((clock.now - start) / .seconds(1))
}
seconds.sort()

if arguments.showsSteps {
  let steps = zip(plan.steps, session.stepNanoseconds).sorted { $0.1 > $1.1 }
  for (step, time) in steps.prefix(30) {
    let rate = step.flops > 0 ? "  \(Double(step.flops) / Double(time)) GFLOP/s" : ""
    let line = Array("\(Double(time) / 1e6) ms\(rate)  \(step.name)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
  }
}

/// Peak resident memory of this process in bytes (Linux reports KiB).
var resources = rusage()
getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &resources)
let median = seconds[seconds.count / 2]
let fields: [(String, String)] = [
  ("engine", "\"smalti\""), ("model", "\"\(arguments.words[0])\""), ("entry", "\"\(entry)\""),
  ("level", "\"\(compiled.level)\""), ("threads", "\(arguments.threads)"),
  ("median_s", "\(median)"), ("min_s", "\(seconds.first!)"), ("max_s", "\(seconds.last!)"),
  ("gflops", "\(Double(plan.flops) / median / 1e9)"),
  ("compile_s", "\(compiled.times.total / .seconds(1))"),
  ("arena_bytes", "\(plan.arenaByteCount)"),
  ("peak_rss_bytes", "\(resources.ru_maxrss * 1024)"),
]
print("{" + fields.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}")
