import ExecutionPlan
import GraphLowering
import LLVMEmission
import TileIR

/// What the C driver needs to know of an entry point: buffers, and steps over them. Preparation and
/// run are one list, so that kernels of both are checked.
struct Rehearsal {
  struct Buffer {
    var byteCount: Int
    /// First contents; nil leaves NaN and -1.
    var values: [UInt8]?
  }

  struct Step {
    var name: String
    var kernel: String
    var taskCount = 1
    var bindings: [(buffer: Int, bytes: Range<Int>)]
    var arguments: [UInt8] = []
    /// The bytes of each array of the kernel's scratch.
    var scratch: [Range<Int>]
  }

  var name: String
  var buffers: [Buffer] = []
  var steps: [Step] = []

  /// Scratch up to the end of the last array of any kernel, gaps included.
  var scratchByteCount: Int {
    steps.flatMap(\.scratch).map(\.upperBound).max() ?? 0
  }
}

// MARK: - From plans
extension Rehearsal {
  /// - Parameters:
  ///   - emitter: the one that writes the kernels; it knows where scratch arrays lie.
  ///   - values: the bytes of an argument or a parameter by name.
  init(
    _ name: String, _ entry: EntryPlan, _ emitter: ModuleEmitter, values: (String) -> [UInt8]
  ) {
    self.name = name
    let scratch = Dictionary(
      uniqueKeysWithValues: entry.kernels.map { ($0.name, emitter.scratchRanges($0.program)) })
    add(entry.prepare, weights: 0, scratch, values)
    // What preparation writes is what the run reads.
    add(entry.run, weights: entry.prepare.inputs.count, scratch, values)
  }

  /// Appends a plan's buffers and steps; its weights are the buffers from number `weights` on.
  private mutating func add(
    _ plan: Plan, weights: Int, _ scratch: [String: [Range<Int>]], _ values: (String) -> [UInt8]
  ) {
    var first: [Plan.Space: Int] = [.weight: weights]
    func place(_ space: Plan.Space, _ added: [Buffer]) {
      first[space] = buffers.count
      buffers += added
    }
    place(.input, plan.inputs.map { Buffer(byteCount: $0.byteCount, values: values($0.name)) })
    place(.output, plan.outputs.map { Buffer(byteCount: $0.byteCount) })
    place(.state, plan.states.map { Buffer(byteCount: $0.byteCount) })
    place(.constant, plan.constants.map { Buffer(byteCount: $0.bytes.count, values: $0.bytes) })
    place(.arena, plan.buffers.map { Buffer(byteCount: $0.byteCount) })
    for step in plan.steps {
      guard let scratch = scratch[step.kernel] else {
        preconditionFailure("\(step.kernel) is no kernel of ours, and is not sanitized")
      }
      let bindings = step.bindings.map { binding in
        let start = binding.byteOffset
        return (first[binding.space]! + binding.index, start..<(start + binding.byteCount))
      }
      steps.append(
        Step(
          name: step.name, kernel: step.kernel, taskCount: step.taskCount, bindings: bindings,
          arguments: step.arguments, scratch: scratch))
    }
  }
}

// MARK: - From a tile program
extension Rehearsal {
  /// One kernel over buffers that it may touch in the given ranges.
  init(
    _ name: String, _ program: TileProgram, _ emitter: ModuleEmitter,
    _ bindings: [(byteCount: Int, bytes: Range<Int>)]
  ) {
    self.name = name
    buffers = bindings.map { Buffer(byteCount: $0.byteCount) }
    steps = [
      Step(
        name: name, kernel: name, taskCount: program.taskCount,
        bindings: bindings.enumerated().map { ($0, $1.bytes) },
        scratch: emitter.scratchRanges(program))
    ]
  }
}

// MARK: - To C
extension Rehearsal {
  /// The driver's tables for `rehearsals`.
  static func tables(_ rehearsals: [Rehearsal]) -> String {
    var known: Set<String> = []
    let kernels = rehearsals.flatMap(\.steps).map(\.kernel).filter { known.insert($0).inserted }
    return """
      #include "kernels.h"

      \(kernels.map { "kernel \($0);\n" }.joined())
      const entry entries[] = {
      \(rehearsals.map(\.row).joined(separator: "\n"))
      };
      const size_t entry_count = \(rehearsals.count);

      """
  }

  /// The values of all buffers that have some, as the driver reads them.
  static func values(_ rehearsals: [Rehearsal]) -> [UInt8] {
    rehearsals.flatMap { $0.buffers.flatMap { $0.values ?? [] } }
  }

  private var row: String {
    let buffers = array("buffer", buffers.map { "{\($0.byteCount), \($0.values == nil ? 0 : 1)}" })
    return "{\(quoted(name)), \(buffers), \(scratchByteCount),\n"
      + "  \(array("step", steps.map(\.row)))},"
  }
}

extension Rehearsal.Step {
  fileprivate var row: String {
    let bindings = array("binding", bindings.map { "{\($0.buffer), \(range($0.bytes))}" })
    let arguments = array("unsigned char", arguments.map(String.init))
    return "\n  {\(quoted(name)), \(kernel), \(taskCount), \(bindings), \(arguments), "
      + "\(array("range", scratch.map(range)))}"
  }

  private func range(_ bytes: Range<Int>) -> String { "{\(bytes.lowerBound), \(bytes.count)}" }
}

/// A pointer to constant elements and their number, as two initialisers.
private func array(_ type: String, _ elements: [String]) -> String {
  if elements.isEmpty { return "NULL, 0" }
  return "(const \(type)[]){\(elements.joined(separator: ", "))}, \(elements.count)"
}

/// A string literal of C; labels of steps are printable, so only two characters need care.
private func quoted(_ text: String) -> String {
  let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
  return "\"\(escaped)\""
}
