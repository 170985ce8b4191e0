/// Text of one LLVM function, line by line, with numbered temporaries and labels.
///
/// A class, because emission has identity: every part of a kernel appends to the same text.
final class IRWriter {
  private(set) var lines: [String] = []
  /// Types of the memory on the stack.
  private(set) var slots: [String] = []
  private var nextTemporary = 0
  private var nextLabel = 0
  /// The label of the block that is being written; phis name it.
  private(set) var block = "entry"

  /// An instruction with a result; returns the result's name.
  func value(_ instruction: String) -> String {
    let name = "%v\(nextTemporary)"
    nextTemporary += 1
    lines.append("  \(name) = \(instruction)")
    return name
  }

  /// An instruction without a result.
  func effect(_ instruction: String) { lines.append("  \(instruction)") }

  /// The address of memory on the stack, the same for the same type: whatever uses it writes it
  /// before it reads, and is done before anything else uses it.
  func slot(_ type: String) -> String {
    if let number = slots.firstIndex(of: type) { return "%slot\(number)" }
    slots.append(type)
    return "%slot\(slots.count - 1)"
  }

  func label(_ stem: String) -> String {
    defer { nextLabel += 1 }
    return "\(stem)\(nextLabel)"
  }

  func start(_ label: String) {
    lines.append("\(label):")
    block = label
  }

  func jump(to label: String) { effect("br label %\(label)") }

  func branch(_ condition: String, _ then: String, _ otherwise: String) {
    effect("br i1 \(condition), label %\(then), label %\(otherwise)")
  }
}

// MARK: - Structure
extension IRWriter {
  /// A value that a loop hands from pass to pass.
  struct Carried {
    var type: String
    var value: String
  }

  /// `for i in stride(from: start, below: end, by: step)`, with values carried from pass to pass.
  @discardableResult
  func loop(
    from start: String = "0", below end: String, by step: Int = 1, carrying carried: [Carried] = [],
    _ body: (_ counter: String, _ carried: [String]) -> [String]
  ) -> [String] {
    let (head, inside, exit) = (label("head"), label("body"), label("exit"))
    let counter = "%\(head).i"
    let names = carried.indices.map { "%\(head).c\($0)" }
    let entry = block
    jump(to: head)
    self.start(head)
    let headLine = lines.count
    lines += [String](repeating: "", count: carried.count + 1)
    branch(value("icmp slt i64 \(counter), \(end)"), inside, exit)
    self.start(inside)
    let results = body(counter, names)
    let next = value("add nsw i64 \(counter), \(step)")
    let latch = block
    jump(to: head)
    // The phis stand at the head but name what the body made.
    lines[headLine] = "  \(counter) = phi i64 [ \(start), %\(entry) ], [ \(next), %\(latch) ]"
    for (position, item) in carried.enumerated() {
      lines[headLine + 1 + position] =
        "  \(names[position]) = phi \(item.type) [ \(item.value), %\(entry) ], "
        + "[ \(results[position]), %\(latch) ]"
    }
    self.start(exit)
    return names
  }

  /// `body` if `condition` holds, else `otherwise`; no values come out.
  func when(_ condition: String, _ body: () -> Void, otherwise: (() -> Void)? = nil) {
    let (then, rest, end) = (label("then"), label("else"), label("end"))
    branch(condition, then, otherwise == nil ? end : rest)
    start(then)
    body()
    jump(to: end)
    if let otherwise {
      start(rest)
      otherwise()
      jump(to: end)
    }
    start(end)
  }

  /// `a · b + c` of whole numbers, where constants are folded.
  func multiplyAdd(_ a: String, _ b: Int, plus c: String) -> String {
    if b == 0 { return c }
    if let a = Int(a), let c = Int(c) { return String(a * b + c) }
    let product = b == 1 ? a : Int(a).map { String($0 * b) } ?? value("mul nsw i64 \(a), \(b)")
    return c == "0" ? product : product == "0" ? c : value("add nsw i64 \(product), \(c)")
  }
}
