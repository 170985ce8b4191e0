/// Checks a plan by code that made no part of it.
///
/// Laws: every size is sensible and every place aligned; buffers lie in the arena, and two that
/// live at the same time share no byte; every binding lies inside its buffer, in its lifetime; a
/// step writes nothing that it binds twice and nothing that is only to be read; every byte read was
/// written by an earlier step; outputs are complete.
///
/// A binding that writes counts as writing all its bytes: whether a kernel does is not for a plan
/// to show.
///
/// - Cost: O(n log n) for n bindings and buffers, times the buffers that share an offset.
public enum PlanVerifier {
  /// Throws the first problem of ``problems(in:)``.
  public static func verify(_ plan: Plan) throws(PlanProblem) {
    if let problem = problems(in: plan).first { throw problem }
  }

  /// All problems of `plan`, in the order of the laws above. Later laws are judged only where the
  /// earlier ones hold, since their ranges mean nothing otherwise.
  public static func problems(in plan: Plan) -> [PlanProblem] {
    var problems = sizeProblems(in: plan)
    guard problems.isEmpty else { return problems }
    problems += placeProblems(in: plan)
    problems += overlapProblems(in: plan)
    let misbound = plan.steps.enumerated().flatMap { bindingProblems(in: plan, step: $0) }
    guard misbound.isEmpty else { return problems + misbound }
    return problems + plan.steps.flatMap { hazardProblems(in: plan, step: $0) }
      + flowProblems(in: plan)
  }
}

// MARK: - Sizes and places
extension PlanVerifier {
  private static func sizeProblems(in plan: Plan) -> [PlanProblem] {
    var problems: [PlanProblem] = []
    func require(_ value: Int, atLeast least: Int, _ what: String, step: String? = nil) {
      guard value < least else { return }
      problems.append(
        PlanProblem(.negative, step: step, "\(what) is \(value), at least \(least) is needed"))
    }
    require(plan.arenaByteCount, atLeast: 0, "the arena's size")
    require(plan.scratchByteCount, atLeast: 0, "the scratch of a worker")
    for (_, slot) in plan.slots {
      require(slot.byteCount, atLeast: 0, "the size of '\(slot.name)'")
      require(slot.alignment, atLeast: 1, "the alignment of '\(slot.name)'")
    }
    for buffer in plan.buffers {
      require(buffer.byteOffset, atLeast: 0, "the offset of buffer '\(buffer.name)'")
      require(buffer.byteCount, atLeast: 0, "the size of buffer '\(buffer.name)'")
    }
    for step in plan.steps {
      require(step.taskCount, atLeast: 1, "the number of tasks", step: step.name)
      for binding in step.bindings {
        let what = "of \(plan.describe(binding))"
        require(binding.byteOffset, atLeast: 0, "the offset \(what)", step: step.name)
        require(binding.byteCount, atLeast: 0, "the size \(what)", step: step.name)
      }
    }
    return problems
  }

  private static func placeProblems(in plan: Plan) -> [PlanProblem] {
    var problems: [PlanProblem] = []
    for (kind, slot) in plan.slots {
      let least = kind == .weight || kind == .state ? Plan.alignment : 1
      if slot.alignment.nonzeroBitCount != 1 || slot.alignment < least {
        problems.append(
          PlanProblem(
            .alignment,
            "\(kind.rawValue) '\(slot.name)' has alignment \(slot.alignment), "
              + "a power of two of at least \(least) is needed"))
      }
    }
    for buffer in plan.buffers {
      if buffer.byteOffset % Plan.alignment != 0 {
        problems.append(
          PlanProblem(
            .alignment,
            "buffer '\(buffer.name)' lies at byte \(buffer.byteOffset) of the arena, "
              + "no multiple of \(Plan.alignment)"))
      }
      if exceeds(buffer.byteOffset, buffer.byteCount, plan.arenaByteCount) {
        problems.append(
          PlanProblem(
            .bufferRange,
            "buffer '\(buffer.name)' has \(buffer.byteCount) bytes at byte \(buffer.byteOffset), "
              + "the arena has \(plan.arenaByteCount)"))
      }
      if buffer.firstStep < 0 || buffer.lastStep >= plan.steps.count
        || buffer.firstStep > buffer.lastStep
      {
        problems.append(
          PlanProblem(
            .lifetime,
            "buffer '\(buffer.name)' lives in steps \(buffer.firstStep)...\(buffer.lastStep), "
              + "the plan has \(plan.steps.count) steps"))
      }
    }
    return problems
  }

  /// Neighbours by offset: a buffer is compared with those that start before it ends.
  private static func overlapProblems(in plan: Plan) -> [PlanProblem] {
    var problems: [PlanProblem] = []
    let sorted = plan.buffers.filter { $0.byteCount > 0 }.sorted { $0.byteOffset < $1.byteOffset }
    for (position, buffer) in sorted.enumerated() {
      for other in sorted[(position + 1)...] {
        if other.byteOffset - buffer.byteOffset >= buffer.byteCount { break }
        let first = max(buffer.firstStep, other.firstStep)
        guard first <= min(buffer.lastStep, other.lastStep) else { continue }
        let step = plan.steps.indices.contains(first) ? plan.steps[first].name : nil
        problems.append(
          PlanProblem(
            .bufferOverlap, step: step,
            "buffers \(describe(buffer)) and \(describe(other)) share bytes"))
      }
    }
    return problems
  }

  private static func describe(_ buffer: Plan.Buffer) -> String {
    "'\(buffer.name)' (\(buffer.byteCount) bytes at byte \(buffer.byteOffset), "
      + "steps \(buffer.firstStep)...\(buffer.lastStep))"
  }

  private static func exceeds(_ offset: Int, _ count: Int, _ size: Int) -> Bool {
    let (end, overflow) = offset.addingReportingOverflow(count)
    return overflow || end > size
  }
}

// MARK: - Bindings
extension PlanVerifier {
  private static func bindingProblems(
    in plan: Plan, step numbered: (offset: Int, element: Plan.Step)
  ) -> [PlanProblem] {
    let (index, step) = numbered
    return step.bindings.compactMap { binding in
      let text = plan.describe(binding)
      guard let target = plan.target(of: binding) else {
        return PlanProblem(
          .bindingIndex, step: step.name,
          "\(text) names \(binding.space.rawValue) \(binding.index), which does not exist")
      }
      if exceeds(binding.byteOffset, binding.byteCount, target.byteCount) {
        return PlanProblem(
          .bindingRange, step: step.name,
          "\(text) reaches byte \(binding.byteOffset &+ binding.byteCount), "
            + "'\(target.name)' has \(target.byteCount)")
      }
      if binding.access.writes, [.input, .weight, .constant].contains(binding.space) {
        return PlanProblem(
          .writeToReadOnly, step: step.name, "\(text) writes what is only to be read")
      }
      guard binding.space == .arena else { return nil }
      let buffer = plan.buffers[binding.index]
      if buffer.firstStep <= index, index <= buffer.lastStep { return nil }
      return PlanProblem(
        .lifetime, step: step.name,
        "\(text) is used in step \(index), "
          + "'\(buffer.name)' lives in steps \(buffer.firstStep)...\(buffer.lastStep)")
    }
  }

  /// Two buffers share no byte, so only bindings of one buffer can meet.
  private static func hazardProblems(in plan: Plan, step: Plan.Step) -> [PlanProblem] {
    var problems: [PlanProblem] = []
    for (position, binding) in step.bindings.enumerated() {
      for other in step.bindings[(position + 1)...] {
        guard binding.space == other.space, binding.index == other.index,
          binding.access.writes || other.access.writes,
          binding.bytes.overlaps(other.bytes)
        else { continue }
        problems.append(
          PlanProblem(
            .stepHazard, step: step.name,
            "\(plan.describe(binding)) and \(plan.describe(other)) share bytes; "
              + "a value replaced in place is one readWrite binding"))
      }
    }
    return problems
  }
}

// MARK: - Flow
extension PlanVerifier {
  private struct Place: Hashable {
    var space: Plan.Space
    var index: Int
  }

  /// Follows which bytes hold a value from step to step.
  private static func flowProblems(in plan: Plan) -> [PlanProblem] {
    var problems: [PlanProblem] = []
    var written: [Place: ByteRanges] = [:]
    for step in plan.steps {
      for binding in step.bindings
      where binding.access.reads && [.arena, .output].contains(binding.space) {
        let place = Place(space: binding.space, index: binding.index)
        if let byte = written[place, default: ByteRanges()].firstGap(in: binding.bytes) {
          problems.append(
            PlanProblem(
              .readBeforeWrite, step: step.name,
              "\(plan.describe(binding)) reads byte \(byte), which no earlier step has written"))
        }
      }
      for binding in step.bindings where binding.access.writes {
        let place = Place(space: binding.space, index: binding.index)
        written[place, default: ByteRanges()].insert(binding.bytes)
      }
    }
    for (index, output) in plan.outputs.enumerated() {
      let bytes = written[Place(space: .output, index: index), default: ByteRanges()]
      if let byte = bytes.firstGap(in: 0..<output.byteCount),
        output.alignment < Plan.alignment || !bytes.isPadding(byte)
      {
        problems.append(
          PlanProblem(
            .outputUnwritten,
            "output '\(output.name)' has \(output.byteCount) bytes, no step writes byte \(byte)"))
      }
    }
    return problems
  }
}

extension Plan {
  /// Every buffer that the caller brings, with its kind.
  fileprivate var slots: [(Space, Slot)] {
    inputs.map { (.input, $0) } + outputs.map { (.output, $0) } + weights.map { (.weight, $0) }
      + states.map { (.state, $0) }
  }
}

extension Plan.Binding {
  /// The bytes of the buffer; sizes have been checked.
  fileprivate var bytes: Range<Int> { byteOffset..<(byteOffset + byteCount) }
}
