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

  package init() {}

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
    for atom in list { atoms[atom].isWhole = true }
    return true
  }

  /// Makes two lists the same positions in the same order; false, with nothing done, if their factors
  /// do not match.
  package mutating func unify(_ a: [Int], _ b: [Int]) -> Bool {
    let before = atoms
    while true {
      let (left, right) = (resolved(a), resolved(b))
      guard let place = firstDifference(left, right) else {
        if left.count == right.count { return true }
        break
      }
      let (x, y) = (left[left.count - 1 - place], right[right.count - 1 - place])
      let (longer, shorter) = length(x) >= length(y) ? (x, y) : (y, x)
      if length(longer) == length(shorter) {
        atoms[shorter].isWhole = atoms[shorter].isWhole || atoms[longer].isWhole
        atoms[longer].parent = shorter
      } else {
        guard split(longer, inner: length(shorter)) else { break }
      }
    }
    atoms = before
    return false
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
    atoms[atom].parts = parts
    return true
  }
}
