import ExecutionPlan

/// One block of prepared weights for several entry points, and one plan that makes it.
///
/// Entry points of a model read the same parameters, and so do its specialisations and the levels
/// that it is compiled for. What they would prepare in the same way is prepared once: two values are
/// the same if equal kernels made them from the same values, back to the raw parameters.
public struct SharedPreparation: Sendable {
  /// Raw parameters in, the block `prepared` out; without steps if there is nothing to prepare.
  public private(set) var prepare: Plan
  /// The run plan of each entry point over the shared block, in the order given.
  public private(set) var runs: [Plan] = []

  /// - Parameter name: what the plan that prepares is called.
  public init(_ entries: [EntryPlan], named name: String) {
    var merge = PreparationMerge(name: name)
    let places = entries.map { merge.add($0) }
    merge.finish()
    prepare = merge.plan
    for (entry, offsets) in zip(entries, places) {
      runs.append(Self.moved(entry, to: offsets, in: merge.plan))
    }
  }

  /// The run plan of `entry` with the parts of its block at other offsets.
  private static func moved(_ entry: EntryPlan, to offsets: [Int], in prepare: Plan) -> Plan {
    var run = entry.run
    guard !run.weights.isEmpty else { return run }
    run.weights = prepare.outputs
    for step in run.steps.indices {
      for index in run.steps[step].bindings.indices
      where run.steps[step].bindings[index].space == .weight {
        let offset = run.steps[step].bindings[index].byteOffset
        let part = entry.preparedParts.lastIndex { $0.lowerBound <= offset }!
        run.steps[step].bindings[index].byteOffset =
          offset - entry.preparedParts[part].lowerBound + offsets[part]
      }
    }
    return run
  }
}

/// A plan that grows by the preparations of entry points.
private struct PreparationMerge {
  var plan: Plan
  private var lives: [ClosedRange<Int>] = []
  private var blockByteCount = 0
  /// Where a value lies that some entry point has made, by what it is.
  private var known: [Identity: Place] = [:]
  /// Identities as numbers, since each is told in terms of earlier ones.
  private var numbers: [[String]: Int] = [:]

  /// A value by the number of the steps that made it, and which of the buffers that they wrote.
  private struct Identity: Hashable {
    var number: Int
    var position: Int
  }

  private enum Place {
    /// A buffer of the plan's arena.
    case arena(Int)
    /// Bytes of the block from here on.
    case block(Int)
  }

  /// A buffer of one entry point's preparation: in its arena, or a part of its block.
  private struct Target: Hashable, Comparable {
    var isPart: Bool
    var index: Int

    static func < (a: Target, b: Target) -> Bool {
      (a.isPart ? 1 : 0, a.index) < (b.isPart ? 1 : 0, b.index)
    }
  }

  init(name: String) { plan = Plan(name: name) }

  /// Adds what `entry` prepares and no entry before it has; the offset in the block of each of its
  /// parts.
  mutating func add(_ entry: EntryPlan) -> [Int] {
    plan.level = entry.prepare.level
    let inputs = entry.prepare.inputs.map { input in
      if let known = plan.inputs.firstIndex(where: { $0.name == input.name }) { return known }
      plan.inputs.append(input)
      return plan.inputs.count - 1
    }
    let units = Self.units(entry)
    var identities: [Target: Identity] = [:]
    var places: [Target: Place] = [:]
    for unit in units {
      let number = number(of: unit, in: entry, identities)
      for (position, target) in unit.targets.enumerated() {
        identities[target] = Identity(number: number, position: position)
      }
      let isKnown = unit.targets.allSatisfy { known[identities[$0]!] != nil }
      for target in unit.targets {
        let identity = identities[target]!
        if !isKnown { known[identity] = newPlace(for: target, of: entry) }
        places[target] = known[identity]!
      }
      if !isKnown { append(unit.steps.map { entry.prepare.steps[$0] }, of: entry, inputs, places) }
    }
    return entry.preparedParts.indices.map { part in
      guard case .block(let offset) = places[Target(isPart: true, index: part)] else {
        preconditionFailure("internal: part \(part) of \(entry.name) is not prepared")
      }
      return offset
    }
  }

  /// Places the arena and states the block's size.
  mutating func finish() {
    let (offsets, total) = ArenaPlanner.place(
      zip(plan.buffers, lives).map { ArenaPlanner.Item(byteCount: $0.byteCount, life: $1) })
    plan.arenaByteCount = total
    for index in plan.buffers.indices {
      plan.buffers[index].byteOffset = offsets[index]
      plan.buffers[index].firstStep = lives[index].lowerBound
      plan.buffers[index].lastStep = lives[index].upperBound
    }
    guard blockByteCount > 0 else { return }
    plan.outputs = [
      Plan.Slot(
        "prepared", type: "u8[\(blockByteCount)]", byteCount: blockByteCount,
        alignment: Plan.alignment)
    ]
  }
}

// MARK: - Units
extension PreparationMerge {
  /// Steps that write into the same buffers, directly or by way of others: they are kept together.
  private struct Unit {
    var steps: [Int] = []
    var targets: [Target] = []
  }

  private static func target(_ binding: Plan.Binding, of entry: EntryPlan) -> Target? {
    switch binding.space {
    case .arena: return Target(isPart: false, index: binding.index)
    case .output:
      let part = entry.preparedParts.lastIndex { $0.lowerBound <= binding.byteOffset }!
      return Target(isPart: true, index: part)
    default: return nil
    }
  }

  /// The units of a preparation in the order of their last steps. Where one reads of another what that
  /// one has not finished, all steps are a single unit.
  private static func units(_ entry: EntryPlan) -> [Unit] {
    var units: [Unit] = []
    for (number, step) in entry.prepare.steps.enumerated() {
      let written = step.bindings.filter(\.access.writes).compactMap { target($0, of: entry) }
      var joined = Unit()
      var others: [Unit] = []
      for unit in units {
        if unit.targets.contains(where: written.contains) {
          joined.steps += unit.steps
          joined.targets += unit.targets
        } else {
          others.append(unit)
        }
      }
      joined.steps = joined.steps.sorted() + [number]
      for target in written where !joined.targets.contains(target) { joined.targets.append(target) }
      units = others + [joined]
    }
    for index in units.indices { units[index].targets.sort() }
    if !isInOrder(units, entry) {
      units = [Unit(steps: Array(entry.prepare.steps.indices), targets: units.flatMap(\.targets))]
    }
    return units
  }

  /// Whether each unit reads only what it writes itself or an earlier one has finished.
  private static func isInOrder(_ units: [Unit], _ entry: EntryPlan) -> Bool {
    var finished: Set<Target> = []
    for unit in units {
      finished.formUnion(unit.targets)
      for step in unit.steps {
        let read = entry.prepare.steps[step].bindings.compactMap { target($0, of: entry) }
        guard finished.isSuperset(of: read) else { return false }
      }
    }
    return true
  }

  /// The number of what `unit` computes: all that its steps are, with buffers told by identity.
  private mutating func number(
    of unit: Unit, in entry: EntryPlan, _ identities: [Target: Identity]
  ) -> Int {
    var words: [String] = []
    for index in unit.steps {
      let step = entry.prepare.steps[index]
      words.append("\(step.kernel) x \(step.taskCount) \(step.arguments)")
      for binding in step.bindings {
        var offset = binding.byteOffset
        var what = "?"
        if let target = Self.target(binding, of: entry) {
          if target.isPart { offset -= entry.preparedParts[target.index].lowerBound }
          if let own = unit.targets.firstIndex(of: target) {
            // A value in the block is another one than the same in the arena: it must stay.
            what =
              "\(target.isPart ? "part" : "own") \(own) of \(Self.byteCount(target, of: entry))"
          } else if let identity = identities[target] {
            what = "value \(identity.number).\(identity.position)"
          }
        } else if binding.space == .input {
          what = "parameter \(entry.prepare.inputs[binding.index].name)"
        } else {
          what = "constant \(constant(binding.index, of: entry))"
        }
        words.append("\(binding.access) \(what) at \(offset) + \(binding.byteCount)")
      }
    }
    if let number = numbers[words] { return number }
    numbers[words] = numbers.count
    return numbers.count - 1
  }

  private static func byteCount(_ target: Target, of entry: EntryPlan) -> Int {
    target.isPart
      ? entry.preparedParts[target.index].count : entry.prepare.buffers[target.index].byteCount
  }
}

// MARK: - Growth
extension PreparationMerge {
  private mutating func newPlace(for target: Target, of entry: EntryPlan) -> Place {
    let byteCount = Self.byteCount(target, of: entry)
    if target.isPart {
      let offset = ArenaPlanner.aligned(blockByteCount)
      blockByteCount = offset + byteCount
      return .block(offset)
    }
    let name = entry.prepare.buffers[target.index].name
    plan.buffers.append(
      Plan.Buffer(name, byteOffset: 0, byteCount: byteCount, steps: 0...0))
    let next = plan.steps.count
    lives.append(next...next)
    return .arena(plan.buffers.count - 1)
  }

  private mutating func append(
    _ steps: [Plan.Step], of entry: EntryPlan, _ inputs: [Int], _ places: [Target: Place]
  ) {
    plan.scratchByteCount = max(plan.scratchByteCount, entry.prepare.scratchByteCount)
    for var step in steps {
      for index in step.bindings.indices {
        step.bindings[index] = moved(step.bindings[index], of: entry, inputs, places)
      }
      plan.steps.append(step)
    }
  }

  /// `binding` of the step that comes next, in the merged plan.
  private mutating func moved(
    _ binding: Plan.Binding, of entry: EntryPlan, _ inputs: [Int], _ places: [Target: Place]
  ) -> Plan.Binding {
    var binding = binding
    if let target = Self.target(binding, of: entry) {
      let start = target.isPart ? entry.preparedParts[target.index].lowerBound : 0
      switch places[target]! {
      case .arena(let buffer):
        (binding.space, binding.index) = (.arena, buffer)
        lives[buffer] = lives[buffer].lowerBound...plan.steps.count
      case .block(let offset):
        (binding.space, binding.index) = (.output, 0)
        binding.byteOffset += offset - start
      }
    } else if binding.space == .input {
      binding.index = inputs[binding.index]
    } else {
      binding.index = constant(binding.index, of: entry)
    }
    return binding
  }

  /// The index in the plan of a constant of `entry`.
  private mutating func constant(_ index: Int, of entry: EntryPlan) -> Int {
    let constant = entry.prepare.constants[index]
    if let known = plan.constants.firstIndex(where: { $0.bytes == constant.bytes }) { return known }
    plan.constants.append(constant)
    return plan.constants.count - 1
  }
}
