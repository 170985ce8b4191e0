import GraphRegions
import Testing

@Suite("Atoms of lengths")
struct ShapeAtomsTests {
  /// Lengths of both sides after they were made the same positions; nil if their factors differ.
  private func unified(_ a: [Int], _ b: [Int]) -> [Int]? {
    let atoms = Atoms()
    let left = a.flatMap { atoms.dimension($0) }
    let right = b.flatMap { atoms.dimension($0) }
    guard atoms.unify(left, right) else {
      #expect(atoms.lengths(left) == a.filter { $0 != 1 }, "a refusal does nothing")
      #expect(atoms.lengths(right) == b.filter { $0 != 1 }, "a refusal does nothing")
      return nil
    }
    #expect(atoms.resolved(left) == atoms.resolved(right))
    return atoms.lengths(left)
  }

  @Test("split where the borders of one side divide those of the other")
  func split() {
    #expect(unified([24], [6, 4]) == [6, 4])
    #expect(unified([6, 4], [24]) == [6, 4])
    #expect(unified([4, 6], [2, 12]) == [2, 2, 6])
    #expect(unified([6, 4], [2, 12]) == [2, 3, 4])
    #expect(unified([8, 9, 5], [4, 18, 5]) == [4, 2, 9, 5])
    #expect(unified([2, 1, 3, 1], [1, 6]) == [2, 3])
  }

  @Test("refuse where no border divides the other")
  func refuse() {
    #expect(unified([6, 4], [4, 6]) == nil)
    #expect(unified([3, 5], [5, 3]) == nil)
    #expect(unified([7], [5]) == nil)
    #expect(unified([6], [6, 2]) == nil)
  }

  @Test("a length of 1 has none, a length of 0 is one")
  func shortLengths() {
    #expect(unified([1, 1], [1]) == [])
    #expect(unified([], [1]) == [])
    #expect(unified([0], [0]) == [0])
    #expect(unified([0], [3, 0]) == nil)
    #expect(unified([0, 2], [0]) == nil)
    #expect(unified([], [2]) == nil)
  }

  @Test("every pair of small shapes either keeps its count of positions or stays as it is")
  func sweep() {
    let lengths = [1, 2, 3, 4, 6]
    for a in lengths {
      for b in lengths {
        for c in lengths {
          for d in lengths {
            let same = a * b == c * d
            let atoms = unified([a, b], [c, d])
            #expect(same || atoms == nil)
            if let atoms { #expect(atoms.reduce(1, *) == a * b) }
            // The one border of each side, counted from the end, divides or is divided.
            let divides = max(b, d).isMultiple(of: min(b, d))
            #expect((atoms != nil) == (same && divides))
          }
        }
      }
    }
  }

  @Test("a split shows in every dimension that was made the same, before or after")
  func shared() {
    let atoms = Atoms()
    let (a, b, c) = (atoms.dimension(24), atoms.dimension(24), atoms.dimension(24))
    #expect(atoms.unify(a, b))
    #expect(atoms.unify(b, atoms.dimension(6) + atoms.dimension(4)))
    #expect(atoms.unify(c, a))
    #expect(atoms.lengths(a) == [6, 4])
    #expect(atoms.resolved(a) == atoms.resolved(b))
    #expect(atoms.resolved(a) == atoms.resolved(c))
  }

  @Test("what is kept whole refuses to split, and what is split refuses to be whole")
  func whole() {
    let atoms = Atoms()
    let (a, b) = (atoms.dimension(24), atoms.dimension(24))
    #expect(atoms.keepWhole(a) && atoms.keepWhole(a))
    #expect(!atoms.unify(a, atoms.dimension(6) + atoms.dimension(4)))
    #expect(atoms.unify(a, b))
    #expect(!atoms.unify(b, atoms.dimension(6) + atoms.dimension(4)), "wholeness is shared")
    let c = atoms.dimension(24)
    #expect(atoms.unify(c, atoms.dimension(6) + atoms.dimension(4)))
    #expect(!atoms.keepWhole(c))
    #expect(atoms.keepWhole([]))
  }

  @Test("ends when a list holds the same atoms in another order")
  func cyclic() {
    let atoms = Atoms()
    let (a, b) = (atoms.dimension(6), atoms.dimension(4))
    // A transpose read as if it were none: 24 positions each, 6 against 4 at the end.
    #expect(!atoms.unify(a + b, b + a))
    #expect(atoms.lengths(a + b) == [6, 4])
    let (c, d) = (atoms.dimension(4), atoms.dimension(4))
    #expect(atoms.unify(c + d, d + c))
    #expect(atoms.resolved(c) == atoms.resolved(d))
    // 8 = 4·2 and 4 = 2·2, since its end is read as the 2 and its start as what is left.
    let (e, f) = (atoms.dimension(2), atoms.dimension(8))
    #expect(atoms.unify(e + f, f + e))
    #expect(atoms.lengths(e + f) == [2, 2, 2, 2])
    // 12 = 2·6 and 6 = 3·2, then 3 stands against 2: nothing is split.
    let (g, h) = (atoms.dimension(6), atoms.dimension(12))
    #expect(!atoms.unify(g + h, h + g))
    #expect(atoms.lengths(g + h) == [6, 12])
  }
}

/// Atoms that change where an expectation stands, which a value cannot.
private final class Atoms {
  private var atoms = ShapeAtoms()

  func dimension(_ length: Int) -> [Int] { atoms.dimension(length) }
  func resolved(_ list: [Int]) -> [Int] { atoms.resolved(list) }
  func lengths(_ list: [Int]) -> [Int] { atoms.lengths(list) }
  func keepWhole(_ list: [Int]) -> Bool { atoms.keepWhole(list) }
  func unify(_ a: [Int], _ b: [Int]) -> Bool { atoms.unify(a, b) }
}
