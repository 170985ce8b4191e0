import ExecutionPlan
import GraphLowering
import SmaltiRuntime

/// Plans as C tables of the runtime's own types, in the form that the driver in `PlanDriver` links.
///
/// Every number of a plan is here: a run in C is the run that Swift would start.
enum PlanTables {
  /// A C file with `entries`.
  static func text(_ entries: [EntryPlan]) -> String {
    var known: Set<String> = []
    let plans = entries.flatMap { [$0.prepare, $0.run] }
    let kernels = plans.flatMap(\.steps).map(\.kernel).filter { known.insert($0).inserted }
    let tables = plans.enumerated().map { table($1, named: "plan\($0)") }
    let rows = entries.indices.map { "  {&plan\(2 * $0), &plan\(2 * $0 + 1)},\n" }
    return """
      #include "plans.h"

      \(kernels.map { "void \($0)(void *const *, const void *, int64_t, void *);\n" }.joined())
      \(tables.joined(separator: "\n"))
      const entry entries[] = {
      \(rows.joined())};
      const uint64_t entry_count = \(entries.count);

      """
  }

  private static func table(_ plan: Plan, named name: String) -> String {
    guard let features = MachineFeatures(level: plan.level) else {
      preconditionFailure("\(plan.level) is no level that the runtime knows")
    }
    let constants = plan.constants.enumerated().map { number, constant in
      "static const _Alignas(64) unsigned char \(name)_constant\(number)[] = {\(list(constant.bytes))};\n"
    }
    let pointers = plan.constants.enumerated().map { "{\(name)_constant\($0), \($1.bytes.count)}" }
    return constants.joined() + """
      static const smalti_plan \(name) = {
        sizeof(smalti_plan), SMALTI_ABI_VERSION, \(quoted(plan.name)), \(features.rawValue)u,
        \(array("smalti_step", steps(of: plan))),
        \(array("smalti_binding", bindings(of: plan))),
        \(array("smalti_slot", plan.inputs.map(slot))),
        \(array("smalti_slot", plan.outputs.map(slot))),
        \(array("smalti_slot", plan.weights.map(slot))),
        \(array("smalti_slot", plan.states.map(slot))),
        \(array("smalti_constant", pointers)),
        \(plan.arenaByteCount)u, \(plan.scratchByteCount)u,
      };

      """
  }

  private static func steps(of plan: Plan) -> [String] {
    var first = 0
    return plan.steps.map { step in
      defer { first += step.bindings.count }
      let arguments =
        step.arguments.isEmpty ? "NULL" : "(const uint64_t[]){\(list(words(step.arguments)))}"
      return
        "\n    {\(quoted(step.name)), \(step.kernel), \(arguments), \(step.taskCount), \(first), "
        + "\(step.bindings.count)}"
    }
  }

  /// Bytes as little-endian words: the plan asks for an alignment of 8.
  private static func words(_ bytes: [UInt8]) -> [String] {
    stride(from: 0, to: bytes.count, by: 8).map { start in
      let word = bytes[start...].prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return "\(word)u"
    }
  }

  /// C knows one arena: a buffer's offset in it is added here.
  private static func bindings(of plan: Plan) -> [String] {
    plan.steps.flatMap(\.bindings).map { binding in
      let isArena = binding.space == .arena
      let base = isArena ? plan.buffers[binding.index].byteOffset : 0
      return
        "{SMALTI_SPACE_\(binding.space.rawValue.uppercased()), \(isArena ? 0 : binding.index), "
        + "\(base + binding.byteOffset)}"
    }
  }

  private static func slot(_ slot: Plan.Slot) -> String {
    "{\(quoted(slot.name)), \(slot.byteCount), \(slot.alignment)}"
  }
}

/// A pointer to constant elements and their number, as two initialisers.
private func array(_ type: String, _ elements: [String]) -> String {
  if elements.isEmpty { return "NULL, 0" }
  return "(const \(type)[]){\(elements.joined(separator: ", "))}, \(elements.count)"
}

private func list(_ elements: some Sequence<some CustomStringConvertible>) -> String {
  elements.map(\.description).joined(separator: ",")
}

/// A string literal of C; labels of steps are printable, so only two characters need care.
private func quoted(_ text: String) -> String {
  let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
  return "\"\(escaped)\""
}
