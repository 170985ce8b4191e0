import ExecutionPlan
import SmaltiRuntime
import TileIR

/// Plans as constant C tables of the runtime's types, and the functions of a compiled file's header.
///
/// Every number of a plan is here, so that a run in C is the run that Swift would start. Bytes of
/// constants, weights and the description come from ``DataText``.
struct TableText {
  let packaged: PackagedModel
  let description: ArtefactDescription
  /// Constants of all plans, each once.
  private(set) var constants: [[UInt8]] = []
  private(set) var text = ""

  private var hasPreparation: Bool {
    description.weights.place == "nowhere" && !packaged.prepare.outputs.isEmpty
  }

  init(_ packaged: PackagedModel, _ description: ArtefactDescription) {
    self.packaged = packaged
    self.description = description
    // Tables come first: they say which constants there are.
    let plans = plansText()
    let symbols = kernels().map { "void \($0)(void *const *, const void *, int64_t, void *);\n" }
    text = """
      /* The tables and functions of \(description.name), compiled by Smalti \(description.version). */
      #include "smalti_artefact.h"
      #include "\(description.name).h"

      #include <stddef.h>

      \(symbols.joined())\(constants.indices.map { DataText.declaration("constant_\($0)") }.joined())\
      \(DataText.declaration("description"))\(hasWeightsInside ? DataText.declaration("weights") : "")
      \(plans)
      \(signatures())
      \(entries())
      \(model())
      \(functions())
      """
  }

  private var hasWeightsInside: Bool { description.weights.place == "inside" }

  private func kernels() -> [String] {
    var symbols = packaged.runKernels.flatMap { $0.map(\.symbol) }
    if hasPreparation { symbols += levelled(packaged.prepareKernels.map(\.symbol)) }
    var known: Set<String> = []
    return symbols.filter { known.insert($0).inserted }
  }

  /// Kernels that prepare are compiled for each level.
  private func levelled(_ symbols: [String]) -> [String] {
    packaged.levels.flatMap { level in symbols.map { Self.prepareSymbol($0, level) } }
  }

  /// The function of a preparing kernel at a level.
  static func prepareSymbol(_ symbol: String, _ level: TargetLevel) -> String {
    "\(symbol)_prepare_\(CNames.identifier(level.name))"
  }
}

// MARK: - Plans
extension TableText {
  private mutating func plansText() -> String {
    var texts: [String] = []
    var names: [String] = []
    for (index, plan) in packaged.runs.enumerated() {
      names.append("&plan\(index)")
      texts.append(table(plan, named: "plan\(index)") { $0 })
    }
    var prepare: [String] = []
    for level in packaged.levels {
      guard hasPreparation else { break }
      let name = "prepare_\(CNames.identifier(level.name))"
      var plan = packaged.prepare
      plan.level = level.name
      prepare.append("&\(name)")
      texts.append(table(plan, named: name) { Self.prepareSymbol($0, level) })
    }
    let rows = packaged.levels.map { level in
      "{\(CNames.literal(level.name)), \(Self.features(level.name))u}"
    }
    return """
      \(texts.joined(separator: "\n"))
      static const smalti_level levels[] = {\(rows.joined(separator: ", "))};
      static const smalti_plan *const plans[] = {\(names.joined(separator: ", "))};
      \(hasPreparation
        ? "static const smalti_plan *const prepare[] = {\(prepare.joined(separator: ", "))};\n" : "")
      """
  }

  private static func features(_ level: String) -> UInt64 {
    guard let features = MachineFeatures(level: level) else {
      preconditionFailure("internal: \(level) is no level that the runtime knows")
    }
    return features.rawValue
  }

  private mutating func table(
    _ plan: Plan, named name: String, symbol: (String) -> String
  ) -> String {
    let pointers = plan.constants.map { constant in
      "{\(DataText.symbol("constant_\(number(of: constant.bytes))")), \(constant.bytes.count)u}"
    }
    return """
      static const smalti_plan \(name) = {
        sizeof(smalti_plan), SMALTI_ABI_VERSION, \(CNames.literal(plan.name)), \
      \(Self.features(plan.level))u,
        \(array("smalti_step", Self.steps(of: plan, symbol))),
        \(array("smalti_binding", Self.bindings(of: plan))),
        \(array("smalti_slot", plan.inputs.map(Self.slot))),
        \(array("smalti_slot", plan.outputs.map(Self.slot))),
        \(array("smalti_slot", plan.weights.map(Self.slot))),
        \(array("smalti_slot", plan.states.map(Self.slot))),
        \(array("smalti_constant", pointers)),
        \(plan.arenaByteCount)u, \(plan.scratchByteCount)u,
      };

      """
  }

  private mutating func number(of constant: [UInt8]) -> Int {
    if let known = constants.firstIndex(of: constant) { return known }
    constants.append(constant)
    return constants.count - 1
  }

  private static func steps(of plan: Plan, _ symbol: (String) -> String) -> [String] {
    var first = 0
    return plan.steps.map { step in
      defer { first += step.bindings.count }
      let arguments =
        step.arguments.isEmpty
        ? "NULL" : "(const uint64_t[]){\(words(step.arguments).joined(separator: ","))}"
      return "\n    {\(CNames.literal(step.name)), \(symbol(step.kernel)), \(arguments), "
        + "\(step.taskCount), \(first), \(step.bindings.count)}"
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
      return "{SMALTI_SPACE_\(binding.space.rawValue.uppercased()), "
        + "\(isArena ? 0 : binding.index), \(base + binding.byteOffset)u}"
    }
  }

  private static func slot(_ slot: Plan.Slot) -> String {
    "{\(CNames.literal(slot.name)), \(slot.byteCount)u, \(slot.alignment)u}"
  }
}

// MARK: - What the model says of itself
extension TableText {
  private func signatures() -> String {
    description.entries.enumerated().map { index, entry in
      let rows = entry.signatures.map { signature in
        "\n  {\(CNames.literal(signature.specialisation)), "
          + [signature.inputs, signature.outputs, signature.states]
          .map { array("smalti_tensor", $0.map(Self.tensor)) }.joined(separator: ", ")
          + ", \(signature.flops)u}"
      }
      return
        "static const smalti_signature signatures\(index)[] = {\(rows.joined(separator: ","))};\n"
    }.joined()
  }

  private static func tensor(_ tensor: ArtefactDescription.Tensor) -> String {
    let dimensions = tensor.shape.isEmpty ? "NULL" : "(const uint64_t[]){\(list(tensor.shape))}"
    return "\n    {\(CNames.literal(tensor.name)), \"\(tensor.element)\", \(dimensions), "
      + "\(tensor.shape.count)u, \(tensor.bytes)u, \(tensor.alignment)u}"
  }

  private func entries() -> String {
    let rows = description.entries.enumerated().map { index, entry in
      "\n  {\(CNames.literal(entry.name)), \(entry.function), \(entry.function)_workspace_bytes, "
        + "signatures\(index), \(entry.signatures.count)u}"
    }
    return "static const smalti_entry entries[] = {\(rows.joined(separator: ","))};\n"
  }

  private func model() -> String {
    let name = description.name
    let own = [
      "check", "level", "prepare", "prepare_workspace_bytes", "open_weights", "close_weights",
      "check_weights", "pool_create", "pool_free", "pool_executor", "allowed_processors",
      "status_text",
    ].map { function in
      let isThere = hasPreparation || !function.hasPrefix("prepare")
      return "  .\(function) = \(isThere ? "\(name)_\(function)" : "NULL"),\n"
    }
    let weights =
      hasWeightsInside
      ? "{(void *)\(DataText.symbol("weights")), \(description.weights.bytes)u}" : "{NULL, 0}"
    let parameters =
      hasPreparation ? array("smalti_tensor", description.parameters.map(Self.tensor)) : "NULL, 0"
    return """
      static const smalti_model model = {
        sizeof(smalti_model), SMALTI_ABI_VERSION, \(CNames.literal(name)),
        (const char *)\(DataText.symbol("description")), \(CNames.literal(description.version)),
        entries, \(description.entries.count)u,
        \(parameters),
        \(weights), \(packaged.prepare.outputs.first?.byteCount ?? 0)u,
      \(own.joined())};
      static const smalti_artefact artefact = {
        &model, levels, \(packaged.levels.count)u, \(packaged.model.specialisations.count)u, plans,
        \(hasPreparation ? "prepare" : "NULL"), \(packaged.layout)u, \
      0x\(description.weights.checksum.isEmpty ? "0" : description.weights.checksum)u};
      """
  }
}

/// A pointer to constant elements and their number, as two initialisers.
private func array(_ type: String, _ elements: [String]) -> String {
  if elements.isEmpty { return "NULL, 0" }
  return "(const \(type)[]){\(elements.joined(separator: ", "))}, \(elements.count)u"
}

private func list(_ elements: some Sequence<some CustomStringConvertible>) -> String {
  elements.map(\.description).joined(separator: ",")
}
