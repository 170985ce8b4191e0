// A plan as text: one line per buffer and one per step, for `explain` and goldens.

extension Plan: CustomStringConvertible {
  public var description: String {
    var lines = [headline]
    lines += slotLines("input", inputs) + slotLines("output", outputs)
    lines += slotLines("weight", weights) + slotLines("state", states)
    for (index, constant) in constants.enumerated() {
      lines.append("  constant \(index) \(constant.name): \(constant.bytes.count) bytes")
    }
    for (index, buffer) in buffers.enumerated() {
      let place = range(buffer.byteOffset, buffer.byteCount)
      let life = "steps \(buffer.firstStep)...\(buffer.lastStep)"
      lines.append("  buffer \(index) \(buffer.name): \(place), \(life)")
    }
    for (index, step) in steps.enumerated() {
      lines.append("  step \(index) \(describe(step))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var headline: String {
    let target = level.isEmpty ? "" : " for \(level)"
    return "plan \(name)\(target): \(steps.count) steps, arena \(arenaByteCount) bytes, "
      + "scratch \(scratchByteCount) bytes a worker"
  }

  private func slotLines(_ kind: String, _ slots: [Slot]) -> [String] {
    slots.enumerated().map { index, slot in
      "  \(kind) \(index) \(slot.name): \(slot.type), \(slot.byteCount) bytes, "
        + "aligned to \(slot.alignment)"
    }
  }

  private func describe(_ step: Step) -> String {
    var text = "\(step.name): \(step.kernel) x \(step.taskCount)"
    for binding in step.bindings {
      text += " \(describe(binding))"
    }
    if !step.arguments.isEmpty { text += ", \(step.arguments.count) argument bytes" }
    text += "; \(step.flops) flops, \(step.bytesMoved) bytes moved"
    return step.nodes.isEmpty ? text : text + "; \(step.nodes.joined(separator: " "))"
  }

  /// A binding as `read input:video[0, 24)`.
  package func describe(_ binding: Binding) -> String {
    let name = target(of: binding)?.name ?? "#\(binding.index)"
    let place = range(binding.byteOffset, binding.byteCount)
    return "\(binding.access.rawValue) \(binding.space.rawValue):\(name)\(place)"
  }

  private func range(_ offset: Int, _ count: Int) -> String {
    "[\(offset), \(offset &+ count))"
  }
}
