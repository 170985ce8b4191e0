import TensorCore

extension VerifierTests {
  typealias Mistake = (code: Diagnostic.Code, name: String, counts: [Int], text: String)

  /// A wrong program per line of the laws.
  static let mistakes: [Mistake] = [
    (
      "tile.bounds", "a tile that is not clipped", [10],
      "tile (b0: write f32) grid [3] { compute b0[4*g0] by [1] over (4) of 1.0:f32 with () }"
    ),
    (
      "tile.bounds", "an offset below 0", [8],
      "tile (b0: write f32) grid [2] { compute b0[4*g0+-1] by [1] over (4) of 1.0:f32 with () }"
    ),
    (
      "tile.bounds", "a negative stride too far", [4],
      "tile (b0: write f32) grid [] { compute b0[2] by [-1] over (4) of 1.0:f32 with () }"
    ),
    (
      "tile.bounds", "a row beyond the clipped rows", [30],
      """
      tile (b0: write f32) grid [3] {
        compute b0[16*g0] by [4, 1] over (min(4, 9-(4*g0)), 4) of 1.0:f32 with ()
      }
      """
    ),
    (
      "tile.bounds", "scratch", [8],
      """
      tile (b0: read f32) grid [2] {
        scratch s0: f32[3]
        compute s0[0] by [1] over (4) of %0 with (b0[4*g0] by [1])
      }
      """
    ),
    (
      "tile.bounds", "a loop that runs once too often", [12],
      """
      tile (b0: write f32) grid [2] {
        for i0 < 4 { compute b0[6*g0+2*i0] by [1] over (2) of 1.0:f32 with () }
      }
      """
    ),
    (
      "tile.bounds", "a guard that starts too early", [4, 8],
      """
      tile (b0: read f32, b1: write f32) grid [8] {
        if 0 <= g0+-1 < 6 {
          compute b1[g0] by [] over () of %0 with (b0[g0+-2] by [])
        } else {}
      }
      """
    ),
    (
      "tile.bounds", "the other branch before a guard's range", [8, 8],
      """
      tile (b0: read f32, b1: write f32) grid [8] {
        if 0 <= g0+-2 < 6 {} else {
          compute b1[g0] by [] over () of %0 with (b0[g0+-1] by [])
        }
      }
      """
    ),
    (
      "tile.bounds", "the other branch of a guard", [4, 8],
      """
      tile (b0: read f32, b1: write f32) grid [8] {
        if 0 <= g0+-2 < 4 {} else {
          compute b1[g0] by [] over () of %0 with (b0[g0] by [])
        }
      }
      """
    ),
    (
      "tile.bounds", "a panel cut short", [8, 7, 16],
      """
      tile (b0: read f32, b1: read f32, b2: write f32) grid [] {
        contract b2[0] by 4 = b0[0] by 2 x panels b1[0] of 4, rows 4, columns 3, depth (2 by 1), \
      registers 2 by 1
      }
      """
    ),
    (
      "tile.bounds", "a slice past the end", [11, 2, 6],
      """
      tile (b0: read f32, b1: read i32, b2: write f32) grid [] {
        gather b2[0] = b0[0] at b1[0] by [1] below 4 by 3, count 2, run 3 by 1
      }
      """
    ),
    (
      "tile.bounds-unproven", "more cases than can be tried", [1 << 40],
      """
      // 2·(g0 - g1) is never 1, but only trying all pairs would show it.
      tile (b0: write f32) grid [2000, 1000] {
        if 0 <= 2*g0+-2*g1+-1 < 1 {
          compute b0[-1] by [] over () of 1.0:f32 with ()
        } else {}
      }
      """
    ),
    (
      "tile.race", "tiles that overlap", [10],
      "tile (b0: write f32) grid [3] { compute b0[3*g0] by [1] over (4) of 1.0:f32 with () }"
    ),
    (
      "tile.race", "an axis of the grid that no one uses", [4],
      "tile (b0: write f32) grid [2, 3] { compute b0[2*g0] by [1] over (2) of 1.0:f32 with () }"
    ),
    (
      "tile.race", "a transposed tile that is not clipped", [100],
      "tile (b0: write f32) grid [3, 5] { compute b0[3*g0+9*g1] by [1, 9] over (4, 2) "
        + "of 1.0:f32 with () }"
    ),
    (
      "tile.race", "a read of a neighbour's element", [6],
      """
      tile (b0: readWrite f32) grid [5] {
        compute b0[g0] by [] over () of %0 with (b0[g0+1] by [])
      }
      """
    ),
    (
      "tile.race", "two statements that meet", [12],
      """
      tile (b0: write f32) grid [3] {
        compute b0[2*g0] by [1] over (2) of 1.0:f32 with ()
        compute b0[2*g0+4] by [1] over (2) of 2.0:f32 with ()
      }
      """
    ),
    (
      "tile.race-unproven", "a race among too many elements", [1 << 40],
      """
      tile (b0: write f32) grid [2000000] {
        compute b0[3*g0] by [2, 5] over (2, 2) of 1.0:f32 with ()
      }
      """
    ),
    (
      "tile.overlap", "a shift in place", [9],
      "tile (b0: readWrite f32) grid [] { compute b0[0] by [1] over (8) of %0 with (b0[1] by [1]) }"
    ),
    (
      "tile.overlap", "an element written twice", [9],
      "tile (b0: write f32) grid [] { compute b0[0] by [2, 1] over (3, 3) of 1.0:f32 with () }"
    ),
    (
      "tile.overlap", "a sum into its own operand", [9],
      """
      tile (b0: readWrite f32) grid [] {
        compute b0[0] by [1] over (3) add (3) of %0 with (b0[0] by [3, 1])
      }
      """
    ),
    (
      "tile.overlap", "a product over its operand", [16, 16],
      """
      tile (b0: readWrite f32, b1: read f32) grid [] {
        contract b0[0] by 4 = b0[0] by 4 x panels b1[0] of 4, rows 4, columns 4, depth (4 by 1), \
      registers 2 by 1
      }
      """
    ),
    (
      "tile.read-only", "a write to what is read", [4],
      "tile (b0: read f32) grid [] { compute b0[0] by [1] over (4) of 1.0:f32 with () }"
    ),
    (
      "tile.write-only", "a read of what is written", [4, 4],
      """
      tile (b0: write f32, b1: write f32) grid [] {
        compute b1[0] by [1] over (4) of %0 with (b0[0] by [1])
      }
      """
    ),
    (
      "tile.variable", "an axis that the grid does not have", [4],
      "tile (b0: write f32) grid [2] { compute b0[g1] by [] over () of 1.0:f32 with () }"
    ),
    (
      "tile.variable", "a counter outside its loop", [4],
      """
      tile (b0: write f32) grid [] {
        for i0 < 2 {}
        compute b0[i0] by [] over () of 1.0:f32 with ()
      }
      """
    ),
    (
      "tile.variable", "a counter used twice", [4],
      "tile (b0: write f32) grid [] { for i0 < 2 { for i0 < 2 {} } }"
    ),
    (
      "tile.variable", "an undefined variable in a length", [4],
      """
      tile (b0: write f32) grid [] {
        compute b0[0] by [1] over (min(4, 4-(i1))) of 1.0:f32 with ()
      }
      """
    ),
    (
      "tile.variable", "an undefined variable in an origin", [4],
      "tile (b0: write i64) grid [] { compute b0[0] by [1] over (4) of coordinate(0) with () "
        + "from (g0) }"
    ),
    (
      "tile.place", "a buffer that is not declared", [4],
      "tile (b0: write f32) grid [] { compute b1[0] by [] over () of 1.0:f32 with () }"
    ),
    (
      "tile.place", "scratch that is not declared", [4],
      "tile (b0: write f32) grid [] { compute b0[0] by [] over () of %0 with (s0[0] by []) }"
    ),
    (
      "tile.axes", "a stride too few", [4],
      "tile (b0: write f32) grid [] { compute b0[0] by [1] over (2, 2) of 1.0:f32 with () }"
    ),
    (
      "tile.axes", "a source without the reduced axis", [4, 4],
      """
      tile (b0: write f32, b1: read f32) grid [] {
        compute b0[0] by [1] over (2) add (2) of %0 with (b1[0] by [1])
      }
      """
    ),
    (
      "tile.axes", "coordinates without origins", [4],
      "tile (b0: write i64) grid [] { compute b0[0] by [1] over (4) of coordinate(0) with () }"
    ),
    (
      "tile.axes", "origins without coordinates", [4],
      "tile (b0: write f32) grid [] { compute b0[0] by [1] over (4) of 1.0:f32 with () from (0) }"
    ),
    (
      "tile.axes", "indices of two axes", [4, 4, 4],
      """
      tile (b0: read f32, b1: read i32, b2: write f32) grid [] {
        gather b2[0] = b0[0] at b1[0] by [1, 1] below 4 by 1, count 2, run 1 by 1
      }
      """
    ),
    (
      "tile.type", "a target of another type", [4],
      "tile (b0: write f64) grid [] { compute b0[0] by [1] over (4) of 1.0:f32 with () }"
    ),
    (
      "tile.type", "operands of two types", [4, 4],
      """
      tile (b0: write f32, b1: read f64) grid [] {
        compute b0[0] by [1] over (4) of add(1.0:f32, %0) with (b1[0] by [1])
      }
      """
    ),
    (
      "tile.type", "an index that is no number of elements", [8, 4, 4],
      """
      tile (b0: read f32, b1: write f32, b2: write f32) grid [] {
        compute b1[0] by [1], index b2[0] by [1] over (4) maximum (2) of %0 with (b0[0] by [2, 1])
      }
      """
    ),
    (
      "tile.type", "a product of integers", [8, 8, 16],
      """
      tile (b0: read i32, b1: read i32, b2: write i32) grid [] {
        contract b2[0] by 4 = b0[0] by 2 x panels b1[0] of 4, rows 4, columns 4, depth (2 by 1), \
      registers 2 by 1
      }
      """
    ),
    (
      "tile.type", "a product of two types", [8, 8, 16],
      """
      tile (b0: read f32, b1: read f16, b2: write f32) grid [] {
        contract b2[0] by 4 = b0[0] by 2 x panels b1[0] of 4, rows 4, columns 4, depth (2 by 1), \
      registers 2 by 1
      }
      """
    ),
    (
      "tile.type", "a panel of another type", [8, 8],
      "tile (b0: read f32, b1: write f16) grid [] { pack b1[0] of 4 = b0[0] by 1, columns 4, "
        + "depth (2 by 4) }"
    ),
    (
      "tile.type", "real indices", [4, 4, 4],
      """
      tile (b0: read f32, b1: read f32, b2: write f32) grid [] {
        gather b2[0] = b0[0] at b1[0] by [1] below 4 by 1, count 2, run 1 by 1
      }
      """
    ),
    (
      "tile.type", "a key of 32 bits", [1, 4],
      "tile (b0: read u32, b1: write f32) grid [] { random normal b1[0] key b0[0] from 0, count 4 }"
    ),
    (
      "tile.type", "normal numbers as integers", [1, 4],
      "tile (b0: read u64, b1: write i32) grid [] { random normal b1[0] key b0[0] from 0, count 4 }"
    ),
    (
      "tile.type", "a folded key without number", [1, 4],
      "tile (b0: read u64, b1: write u64) grid [] { random foldedKey b1[0] key b0[0] from 0, "
        + "count 1 }"
    ),
    (
      "tile.operand", "a source that is not there", [4],
      "tile (b0: write f32) grid [] { compute b0[0] by [1] over (4) of %0 with () }"
    ),
    (
      "tile.operand", "a coordinate of no axis", [4],
      "tile (b0: write i64) grid [] { compute b0[0] by [1] over (4) of coordinate(1) with () "
        + "from (0) }"
    ),
    (
      "tile.combiner", "a combiner along no axis", [4],
      "tile (b0: write f32) grid [] { compute b0[0] by [1] over (4) add () of 1.0:f32 with () }"
    ),
    (
      "tile.combiner", "a function that does not combine", [4],
      "tile (b0: write f32) grid [] { compute b0[0] by [1] over (4) subtract (2) of 1.0:f32 "
        + "with () }"
    ),
    (
      "tile.combiner", "a sum of bools", [4],
      "tile (b0: write bool) grid [] { compute b0[0] by [1] over (4) add (2) of 1.0:bool with () }"
    ),
    (
      "tile.combiner", "a maximum of nothing", [4],
      "tile (b0: write f32) grid [] { compute b0[0] by [1] over (4) maximum (0) of 1.0:f32 "
        + "with () }"
    ),
    (
      "tile.combiner", "the index of a sum", [4, 4],
      """
      tile (b0: write f32, b1: write i32) grid [] {
        compute b0[0] by [1], index b1[0] by [1] over (4) add (2) of 1.0:f32 with ()
      }
      """
    ),
    (
      "tile.size", "a negative length", [4],
      "tile (b0: write f32) grid [] { compute b0[0] by [1] over (-1) of 1.0:f32 with () }"
    ),
    (
      "tile.size", "a huge stride", [4],
      "tile (b0: write f32) grid [] { compute b0[0] by [9223372036854775807] over (4) of 1.0:f32 "
        + "with () }"
    ),
    (
      "tile.size", "a grid without end", [4],
      "tile (b0: write f32) grid [1073741824, 1073741824] {}"
    ),
    (
      "tile.size", "a panel without width", [4, 4],
      "tile (b0: read f32, b1: write f32) grid [] { pack b1[0] of 0 = b0[0] by 1, columns 0, "
        + "depth (2 by 1) }"
    ),
    (
      "tile.size", "more columns than a panel has", [8, 8],
      "tile (b0: read f32, b1: write f32) grid [] { pack b1[0] of 2 = b0[0] by 1, columns 4, "
        + "depth (2 by 4) }"
    ),
    (
      "tile.size", "a stream that starts before 0", [1, 4],
      "tile (b0: read u64, b1: write f32) grid [] { random normal b1[0] key b0[0] from -1, "
        + "count 4 }"
    ),
    ("tile.buffer-counts", "a count too many", [4, 4], "tile (b0: write f32) grid [] {}"),
  ]
}
