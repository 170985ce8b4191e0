// The text of one helper while it is being written.

/// Numbers temporaries and appends lines; a class, because every value of the helper writes here.
final class HelperBody {
  let laneCount: Int
  private var lines: [String] = ["entry:"]
  private var valueCount = 0
  private var blockCount = 0
  /// The label of the block being written.
  private var block = "entry"

  init(laneCount: Int) { self.laneCount = laneCount }

  /// One lane is a scalar.
  func spelling(_ kind: LaneKind) -> String {
    laneCount == 1 ? kind.name : "<\(laneCount) x \(kind.name)>"
  }

  func argument(_ name: String, _ kind: LaneKind) -> Lanes {
    Lanes(body: self, kind: kind, text: "%\(name)")
  }

  func append(_ kind: LaneKind, _ instruction: String) -> Lanes {
    Lanes(body: self, kind: kind, text: append(instruction))
  }

  /// The name of the instruction's value, for types that lanes do not have.
  func append(_ instruction: String) -> String {
    let name = "%v\(valueCount)"
    valueCount += 1
    lines.append("  \(name) = \(instruction)")
    return name
  }

  func finish(_ terminator: String) -> String {
    lines.append("  " + terminator)
    return lines.joined(separator: "\n")
  }

  func finish(returning value: Lanes) -> String {
    finish("ret \(spelling(value.kind)) \(value.text)")
  }
}

// MARK: - Constants
extension HelperBody {
  /// LLVM reads an f32 as the bits of the f64 of the same value.
  func constant(_ number: Double, _ kind: LaneKind) -> Lanes {
    let value = kind == .f32 ? Double(Float(number)) : number
    let digits = String(value.bitPattern, radix: 16, uppercase: true)
    return splat("0x" + String(repeating: "0", count: 16 - digits.count) + digits, kind)
  }

  func constant(_ number: Int, _ kind: LaneKind) -> Lanes {
    kind.bits == kind ? splat("\(number)", kind) : constant(Double(number), kind)
  }

  private func splat(_ text: String, _ kind: LaneKind) -> Lanes {
    Lanes(body: self, kind: kind, text: laneCount == 1 ? text : "splat (\(kind.name) \(text))")
  }

  /// A scalar value in every lane.
  func broadcast(_ scalar: String, _ kind: LaneKind) -> Lanes {
    if laneCount == 1 { return Lanes(body: self, kind: kind, text: scalar) }
    let type = spelling(kind)
    let first = append("insertelement \(type) poison, \(kind.name) \(scalar), i64 0")
    return append(
      kind,
      "shufflevector \(type) \(first), \(type) poison, <\(laneCount) x i32> zeroinitializer")
  }
}

// MARK: - Control flow. Each lane chooses for itself, so bits do not depend on its neighbours.
extension HelperBody {
  /// The values of `usual`, and in the lanes of `mask` those of `rare`, which runs if any is set.
  func replacing(_ usual: [Lanes], where mask: Lanes, rare: () -> [Lanes]) -> [Lanes] {
    let start = block
    let (rareLabel, joinLabel) = (nextLabel("rare"), nextLabel("join"))
    lines.append("  br i1 \(anyLane(mask)), label %\(rareLabel), label %\(joinLabel)")
    begin(rareLabel)
    let chosen = zip(rare(), usual).map { choose(mask, $0, $1) }
    let end = block
    lines.append("  br label %\(joinLabel)")
    begin(joinLabel)
    return zip(usual, chosen).map { before, after in
      append(
        before.kind,
        "phi \(spelling(before.kind)) [ \(before.text), %\(start) ], [ \(after.text), %\(end) ]")
    }
  }

  /// Applies `step` to the lanes in which `condition` holds, until it holds in none.
  func repeating(
    _ start: Lanes, while condition: (Lanes) -> Lanes, _ step: (Lanes) -> Lanes
  ) -> Lanes {
    let before = block
    let (test, turn, done) = (nextLabel("test"), nextLabel("turn"), nextLabel("done"))
    lines.append("  br label %\(test)")
    begin(test)
    let phiLine = lines.count
    let current = append(start.kind, "")
    let mask = condition(current)
    lines.append("  br i1 \(anyLane(mask)), label %\(turn), label %\(done)")
    begin(turn)
    let next = choose(mask, step(current), current)
    let end = block
    lines.append("  br label %\(test)")
    lines[phiLine] =
      "  \(current.text) = phi \(spelling(start.kind)) "
      + "[ \(start.text), %\(before) ], [ \(next.text), %\(end) ]"
    begin(done)
    return current
  }

  private func anyLane(_ mask: Lanes) -> String {
    if laneCount == 1 { return mask.text }
    let whole = append("bitcast \(spelling(.i1)) \(mask.text) to i\(laneCount)")
    return append("icmp ne i\(laneCount) \(whole), 0")
  }

  private func nextLabel(_ name: String) -> String {
    blockCount += 1
    return "\(name)\(blockCount)"
  }

  private func begin(_ label: String) {
    lines.append("\(label):")
    block = label
  }
}
