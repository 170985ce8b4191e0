/// Splits lengths into factors until every reshape only renames positions.
///
/// A dimension is a list of *atoms*, outermost first. Dimensions that are read at equal positions
/// have equal atoms, so a split in one shows in all of them. Reshaping [6, 4] to [24] makes the 24 a
/// list of 6 and 4; reshaping that to [4, 6] would need 4 = 2·2 beside 6 = 2·3 with the borders
/// after 6 and after 4 elements in one row of 24, neither of which divides the other: such a reshape
/// has no common factors and is refused.
///
/// Only lengths are unified here, never axes: two dimensions with the same atoms may still be walked
/// by different axes.
package struct ShapeAtoms {
  private struct Atom {
    var length: Int
    /// The atom that this one was unified with.
    var parent: Int?
    /// Outer and inner factor.
    var parts: [Int] = []
    /// Whether it is read in a way that needs it in one piece.
    var isWhole = false
  }
  private var atoms: [Atom] = []
  /// What atoms were before they changed, while something is tried.
  private var changes: [(atom: Int, before: Atom)] = []
  private var openTrials = 0

  package init() {}

  /// Runs `body`; if it gives false, nothing has happened. Only what changed is put back: a copy of all
  /// atoms for every read of a graph would cost the square of its size.
  package mutating func trying(_ body: (inout ShapeAtoms) -> Bool) -> Bool {
    let (count, mark) = (atoms.count, changes.count)
    openTrials += 1
    let succeeds = body(&self)
    openTrials -= 1
    if !succeeds {
      while changes.count > mark {
        let change = changes.removeLast()
        atoms[change.atom] = change.before
      }
      atoms.removeLast(atoms.count - count)
    }
    if openTrials == 0 { changes.removeAll(keepingCapacity: true) }
    return succeeds
  }

  private mutating func change(_ atom: Int, _ body: (inout Atom) -> Void) {
    if openTrials > 0 { changes.append((atom, atoms[atom])) }
    body(&atoms[atom])
  }

  /// The atoms of a new dimension; a length of 1 has none.
  package mutating func dimension(_ length: Int) -> [Int] {
    if length == 1 { return [] }
    atoms.append(Atom(length: length))
    return [atoms.count - 1]
  }

  private func root(_ atom: Int) -> Int {
    var atom = atom
    while let parent = atoms[atom].parent { atom = parent }
    return atom
  }

  /// What a list of atoms has become.
  package func resolved(_ list: [Int]) -> [Int] {
    list.flatMap { atom -> [Int] in
      let root = root(atom)
      return atoms[root].parts.isEmpty ? [root] : resolved(atoms[root].parts)
    }
  }

  package func length(_ atom: Int) -> Int { atoms[root(atom)].length }
  package func lengths(_ list: [Int]) -> [Int] { resolved(list).map(length) }

  /// Makes a dimension one atom for good; false, with nothing done, if it has been split.
  package mutating func keepWhole(_ list: [Int]) -> Bool {
    let list = resolved(list)
    guard list.count <= 1 else { return false }
    for atom in list { change(atom) { $0.isWhole = true } }
    return true
  }

  /// Makes two lists the same positions in the same order; false, with nothing done, if their factors
  /// do not match.
  package mutating func unify(_ a: [Int], _ b: [Int]) -> Bool {
    trying { $0.unifies(a, b) }
  }

  private mutating func unifies(_ a: [Int], _ b: [Int]) -> Bool {
    while true {
      let (left, right) = (resolved(a), resolved(b))
      guard let place = firstDifference(left, right) else { return left.count == right.count }
      let (x, y) = (left[left.count - 1 - place], right[right.count - 1 - place])
      let (longer, shorter) = length(x) >= length(y) ? (x, y) : (y, x)
      if length(longer) == length(shorter) {
        let isWhole = atoms[longer].isWhole
        change(shorter) { $0.isWhole = $0.isWhole || isWhole }
        change(longer) { $0.parent = shorter }
      } else {
        guard split(longer, inner: length(shorter)) else { return false }
      }
    }
  }

  /// How many atoms from the end the first pair of different ones lies.
  private func firstDifference(_ a: [Int], _ b: [Int]) -> Int? {
    (0..<min(a.count, b.count)).first { a[a.count - 1 - $0] != b[b.count - 1 - $0] }
  }

  private mutating func split(_ atom: Int, inner: Int) -> Bool {
    guard inner > 0, !atoms[atom].isWhole, atoms[atom].length.isMultiple(of: inner) else {
      return false
    }
    let outer = atoms[atom].length / inner
    guard outer > 1 else { return false }
    let parts = dimension(outer) + dimension(inner)
    change(atom) { $0.parts = parts }
    return true
  }
}
