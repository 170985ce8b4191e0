import TensorCore

/// No element that a task writes is touched by another task: then the order of tasks, and the
/// threads they run on, do not matter.
struct RaceCheck {
  private let program: TileProgram
  private let footprints: [Footprint]
  private let counts: [Int]

  init(_ program: TileProgram, _ footprints: [Footprint], counts: [Int]) {
    self.program = program
    self.footprints = footprints
    self.counts = counts
  }

  /// - Errors: `tile.race`, `tile.race-unproven`.
  func check() throws(Diagnostic) {
    guard program.taskCount > 1 else { return }
    for number in program.buffers.indices {
      let base = TileLocation.Base.buffer(number)
      let touches = footprints.filter { $0.base == base }
      guard let pair = firstUnproven(touches) else { continue }
      guard try enumerate(touches, base) else {
        throw .tileRaceUnproven("\(base)", name(pair.0), name(pair.1))
      }
    }
  }

  private func name(_ footprint: Footprint) -> String {
    "the \(footprint.name) at statement \(footprint.place)"
  }

  /// A pair of which one writes, and which may meet in two tasks for all that bounds can say.
  private func firstUnproven(_ touches: [Footprint]) -> (Footprint, Footprint)? {
    for (number, write) in touches.enumerated() where write.isWrite {
      for (otherNumber, other) in touches.enumerated() {
        // Two writes are compared once.
        if other.isWrite && otherNumber < number { continue }
        if !belongsToOneTask(write, other) { return (write, other) }
      }
    }
    return nil
  }

  private func belongsToOneTask(_ write: Footprint, _ other: Footprint) -> Bool {
    let axes = program.grid.indices
    switch Separation(write, other, sharedCount: program.grid.count).result() {
    case .disjoint: return true
    case .agreeing(let agreeing):
      return axes.allSatisfy { axis in
        if agreeing.contains(axis) || program.grid[axis] == 1 { return true }
        // A guard may leave one coordinate.
        guard let value = onlyValue(of: axis, write.domain) else { return false }
        return value == onlyValue(of: axis, other.domain)
      }
    }
  }

  private func onlyValue(of variable: Int, _ domain: Domain) -> Int? {
    var form = LinearForm()
    form[variable] = 1
    guard let upper = domain.upperBound(form), domain.lowerBound(form) == upper else { return nil }
    return upper
  }

  /// Tries every element; false if there are too many to try.
  private func enumerate(
    _ touches: [Footprint], _ base: TileLocation.Base
  ) throws(Diagnostic) -> Bool {
    var rest = TileVerifier.enumerationLimit
    for touch in touches {
      guard touch.domain.evaluates(touch.form),
        let count = touch.domain.boxCount(limit: rest)
      else { return false }
      rest -= count
    }
    var writers: [Int: [Int]] = [:]
    var found: Diagnostic?
    // All writes first, so that every read meets them.
    for touch in touches.filter(\.isWrite) + touches.filter({ !$0.isWrite }) {
      touch.domain.forEachPoint { point in
        let address = touch.form.value(point)
        let task = Array(point.prefix(program.grid.count))
        if let writer = writers[address], writer != task {
          found = .tileRace("\(base)", address, writer: writer, other: task, reads: !touch.isWrite)
            .placed(at: "statement \(touch.place)")
          return false
        }
        if touch.isWrite { writers[address] = task }
        return true
      }
      if let found { throw found }
    }
    return true
  }
}
