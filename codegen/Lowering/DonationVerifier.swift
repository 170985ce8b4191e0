import TileIR

/// Checks by code that made no step that every step still finds what it was lowered to read.
///
/// Contents are followed from step to step by their origin: what a buffer held before the run, or what
/// a binding of a step wrote. With states in place, each binding must find the same origins as
/// without, and each state must end with what it was to become.
struct DonationVerifier {
  private enum Origin: Hashable {
    case before(LoweredEntry.Buffer.Kind)
    /// A temporary or a result starts with nothing.
    case nothing
    case step(Int, written: String)
  }

  /// What is wrong, in words; nil if nothing is.
  static func problem(
    before: [LoweredEntry.Step], _ old: [LoweredEntry.Buffer], after: [LoweredEntry.Step],
    _ new: [LoweredEntry.Buffer], updates: [(path: String, result: Int)]
  ) -> String? {
    let (meant, ends) = follow(before, old)
    let (found, finals) = follow(after, new)
    for step in before.indices {
      // Which parameter of the kernel finds what may change its number, never the contents.
      let lost = meant[step].subtracting(found[step])
      if let origin = lost.first { return "\(before[step].name) no longer reads \(origin)" }
    }
    for (path, result) in updates {
      let wanted = ends[.result(result)]
      guard let wanted else { continue }
      let kept = finals[.state(path)]
      let copies = after.count > before.count
      guard kept == wanted || (copies && kept.map(Self.isCopy) == true) else {
        return "\(path) does not end as its new value"
      }
    }
    return nil
  }

  private static func isCopy(_ origin: Origin) -> Bool {
    if case .step(_, let written) = origin { written.hasPrefix("copy/") } else { false }
  }

  /// What every step reads, and what lies in each buffer at the end.
  private static func follow(
    _ steps: [LoweredEntry.Step], _ buffers: [LoweredEntry.Buffer]
  ) -> (reads: [Set<Origin>], ends: [LoweredEntry.Buffer.Kind: Origin]) {
    var contents: [Place: Origin] = [:]
    func place(_ buffer: Int) -> Place {
      if case .state(let path) = buffers[buffer].kind { .state(path) } else { .buffer(buffer) }
    }
    var reads: [Set<Origin>] = []
    var ends: [LoweredEntry.Buffer.Kind: Origin] = [:]
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
        let origin = Origin.step(number, written: step.name)
        contents[place(binding.buffer)] = origin
        ends[buffers[binding.buffer].kind] = origin
      }
    }
    return (reads, ends)
  }

  private enum Place: Hashable {
    case buffer(Int)
    case state(String)
  }
}
