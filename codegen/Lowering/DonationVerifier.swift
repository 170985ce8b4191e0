import TileIR

/// Checks by code that made no step that every step still finds what it was lowered to read.
///
/// Contents are followed from step to step by their origin: what a buffer held before the run, or which
/// value a step wrote. With states in place, each step must find the same origins as without, and each
/// state must end with what it was to become. That a step in place reads each position before it is
/// written is ``Donation``'s to see.
struct DonationVerifier {
  private enum Origin: Hashable {
    case before(LoweredEntry.Buffer.Kind)
    /// A temporary or a result starts with nothing.
    case nothing
    case step(Int, Value)
  }

  /// What a step writes, by a name that it has with and without states in place.
  private enum Value: Hashable {
    case result(Int)
    case buffer(Int)
  }

  private let old: [LoweredEntry.Buffer]
  /// The result that each state becomes.
  private let becomes: [String: Int]

  /// What is wrong, in words; nil if nothing is.
  static func problem(
    before: [LoweredEntry.Step], _ old: [LoweredEntry.Buffer], after: [LoweredEntry.Step],
    _ new: [LoweredEntry.Buffer], updates: [(path: String, result: Int)]
  ) -> String? {
    let verifier = DonationVerifier(
      old: old, becomes: Dictionary(uniqueKeysWithValues: updates.map { ($0.path, $0.result) }))
    let meant = verifier.follow(before, old, copiesFrom: before.count)
    let found = verifier.follow(after, new, copiesFrom: before.count)
    for step in before.indices where meant.reads[step] != found.reads[step] {
      // Which parameter of the kernel finds what may change its number, never the contents.
      return "\(before[step].name) no longer reads what it was to read"
    }
    for (path, result) in updates {
      guard let number = old.firstIndex(where: { $0.kind == .result(result) }),
        let wanted = meant.ends[.buffer(number)]
      else { continue }
      guard found.ends[.state(path)] == wanted else {
        return "\(path) does not end as its new value"
      }
    }
    return nil
  }

  private func value(_ buffer: Int, _ kind: LoweredEntry.Buffer.Kind) -> Value {
    if case .state(let path) = kind, let result = becomes[path] { return .result(result) }
    if old.indices.contains(buffer), case .result(let result) = old[buffer].kind {
      return .result(result)
    }
    return .buffer(buffer)
  }

  /// What every step reads, and what lies in each place at the end. Steps from `copiesFrom` on copy what
  /// they read.
  private func follow(
    _ steps: [LoweredEntry.Step], _ buffers: [LoweredEntry.Buffer], copiesFrom: Int
  ) -> (reads: [Set<Origin>], ends: [Place: Origin]) {
    var contents: [Place: Origin] = [:]
    func place(_ buffer: Int) -> Place {
      if case .state(let path) = buffers[buffer].kind { .state(path) } else { .buffer(buffer) }
    }
    var reads: [Set<Origin>] = []
    for (number, step) in steps.enumerated() {
      var own: Set<Origin> = []
      for binding in step.bindings where binding.access != .write && !binding.readsOwn {
        let kind = buffers[binding.buffer].kind
        switch kind {
        case .temporary, .result: own.insert(contents[place(binding.buffer)] ?? .nothing)
        default: own.insert(contents[place(binding.buffer)] ?? .before(kind))
        }
      }
      reads.append(own)
      for binding in step.bindings where binding.access != .read {
        let origin =
          number < copiesFrom
          ? Origin.step(number, value(binding.buffer, buffers[binding.buffer].kind))
          : own.first ?? .nothing
        contents[place(binding.buffer)] = origin
      }
    }
    return (reads, contents)
  }

  private enum Place: Hashable {
    case buffer(Int)
    case state(String)
  }
}
