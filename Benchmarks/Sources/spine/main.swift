// Times one entry point of a model of the zoo: `spine MODEL ENTRY REPETITIONS THREADS [key=value …]`.
// Prints a line per repetition and the steps of the last one; seed-made weights and noise as input.

import Glibc
import GraphCompiler
import GraphIR
import ModelZoo
import SmaltiRuntime
import TensorCore

let words = CommandLine.arguments
guard words.count >= 5, let repetitions = Int(words[3]), let threads = Int(words[4]) else {
  print("usage: spine MODEL ENTRY REPETITIONS THREADS [key=value …]")
  exit(2)
}
let program = try Zoo.model(words[1], Array(words[5...])).program(entries: [words[2]])
var options = CompilerOptions()
options.usesCache = false
let compiled = try Compiler.compile(program, options)
let times = compiled.times
print("level \(compiled.level), lowering \(times.lowering), emission \(times.emission), code \(times.code)")
print("text \(compiled.texts.map(\.utf8.count)), objects \(compiled.objects.map(\.count))")
let loaded = try LoadedProgram(compiled, threads: threads, seed: Key(7))
let session = try loaded.session(words[2])
session.measuresSteps = true
let graph = program.graphs[0]
let inputs = Dictionary(
  uniqueKeysWithValues: graph.arguments.map { input in
    (input.name, AlignedBytes(HostTensor.noise(graph.type(input.value), input.name).bytes))
  })
let plan = compiled.entries[0].run
print("workspace \(session.workspaceByteCount / 1_000_000) MB, arena \(plan.arenaByteCount / 1_000_000) MB")
let clock = ContinuousClock()
for _ in 0..<repetitions {
  let start = clock.now
  _ = try session.run(inputs)
  let seconds = (clock.now - start) / .seconds(1)
  print("run \(seconds) s, \(Double(plan.flops) / seconds / 1e9) GFLOP/s")
}
var steps: [(name: String, nanoseconds: UInt64, flops: Int)] = []
for (step, time) in zip(plan.steps, session.stepNanoseconds) {
  steps.append((step.name, time, step.flops))
}
for step in steps.sorted(by: { $0.nanoseconds > $1.nanoseconds }).prefix(25) {
  let ms = (Double(step.nanoseconds) / 1e4).rounded() / 100
  print("  \(ms) ms  \(step.flops > 0 ? "\(Int(Double(step.flops) / Double(step.nanoseconds))) GFLOP/s" : "")  \(step.name)")
}
