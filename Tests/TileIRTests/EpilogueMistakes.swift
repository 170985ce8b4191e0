import TensorCore

extension VerifierTests {
  /// Wrong epilogues and accumulations of a product of 4 × 2 times 2 × 4.
  static let epilogueMistakes: [Mistake] = [
    (
      "tile.overlap", "an epilogue that reads its target one row further", [8, 8, 20],
      """
      tile (b0: read f32, b1: read f32, b2: readWrite f32) grid [] {
        contract b2[0] by 4 = b0[0] by 2 x panels b1[0] of 4, rows 4, columns 4, depth (2 by 1), \
      registers 2 by 1, storing add(%0, %1) with (b2[4] by [4, 1])
      }
      """
    ),
    (
      "tile.overlap", "an epilogue that reads one row of its target for all", [8, 8, 16],
      """
      tile (b0: read f32, b1: read f32, b2: readWrite f32) grid [] {
        contract b2[0] by 4 = b0[0] by 2 x panels b1[0] of 4, rows 4, columns 4, depth (2 by 1), \
      registers 2 by 1, storing add(%0, %1) with (b2[0] by [0, 1])
      }
      """
    ),
    (
      "tile.race", "an epilogue that reads the rows of the next task", [16, 8, 48],
      """
      tile (b0: read f32, b1: read f32, b2: readWrite f32) grid [2] {
        contract b2[16*g0] by 4 = b0[8*g0] by 2 x panels b1[0] of 4, rows 4, columns 4, \
      depth (2 by 1), registers 2 by 1, storing add(%0, %1) with (b2[16*g0+16] by [4, 1])
      }
      """
    ),
    (
      "tile.bounds", "a bias that is too short", [8, 8, 16, 3],
      """
      tile (b0: read f32, b1: read f32, b2: write f32, b3: read f32) grid [] {
        contract b2[0] by 4 = b0[0] by 2 x panels b1[0] of 4, rows 4, columns 4, depth (2 by 1), \
      registers 2 by 1, storing add(%0, %1) with (b3[0] by [0, 1])
      }
      """
    ),
    (
      "tile.write-only", "an epilogue that reads what is only written", [8, 8, 16],
      """
      tile (b0: read f32, b1: read f32, b2: write f32) grid [] {
        contract b2[0] by 4 = b0[0] by 2 x panels b1[0] of 4, rows 4, columns 4, depth (2 by 1), \
      registers 2 by 1, storing add(%0, %1) with (b2[0] by [4, 1])
      }
      """
    ),
    (
      "tile.place", "an epilogue's source that is not declared", [8, 8, 16],
      """
      tile (b0: read f32, b1: read f32, b2: write f32) grid [] {
        contract b2[0] by 4 = b0[0] by 2 x panels b1[0] of 4, rows 4, columns 4, depth (2 by 1), \
      registers 2 by 1, storing add(%0, %1) with (s0[0] by [4, 1])
      }
      """
    ),
    (
      "tile.axes", "an epilogue's source without rows", [8, 8, 16, 4],
      """
      tile (b0: read f32, b1: read f32, b2: write f32, b3: read f32) grid [] {
        contract b2[0] by 4 = b0[0] by 2 x panels b1[0] of 4, rows 4, columns 4, depth (2 by 1), \
      registers 2 by 1, storing add(%0, %1) with (b3[0] by [1])
      }
      """
    ),
    (
      "tile.size", "an epilogue's source with columns apart", [8, 8, 16, 99],
      """
      tile (b0: read f32, b1: read f32, b2: write f32, b3: read f32) grid [] {
        contract b2[0] by 4 = b0[0] by 2 x panels b1[0] of 4, rows 4, columns 4, depth (2 by 1), \
      registers 2 by 1, storing add(%0, %1) with (b3[0] by [8, 2])
      }
      """
    ),
    (
      "tile.size", "a panel that its vectors do not divide", [8, 10, 20],
      """
      tile (b0: read f32, b1: read f32, b2: write f32) grid [] {
        contract b2[0] by 5 = b0[0] by 2 x panels b1[0] of 5, rows 4, columns 5, depth (2 by 1), \
      registers 2 by 2
      }
      """
    ),
    (
      "tile.operand", "an epilogue's operand that is not there", [8, 8, 16],
      """
      tile (b0: read f32, b1: read f32, b2: write f32) grid [] {
        contract b2[0] by 4 = b0[0] by 2 x panels b1[0] of 4, rows 4, columns 4, depth (2 by 1), \
      registers 2 by 1, storing add(%0, %1) with ()
      }
      """
    ),
    (
      "tile.operand", "a coordinate in an epilogue", [8, 8, 16],
      """
      tile (b0: read f32, b1: read f32, b2: write f32) grid [] {
        contract b2[0] by 4 = b0[0] by 2 x panels b1[0] of 4, rows 4, columns 4, depth (2 by 1), \
      registers 2 by 1, storing add(%0, cast(f32, coordinate(0))) with ()
      }
      """
    ),
    (
      "tile.type", "an epilogue of another type than its target", [8, 8, 16],
      """
      tile (b0: read f32, b1: read f32, b2: write f32) grid [] {
        contract b2[0] by 4 = b0[0] by 2 x panels b1[0] of 4, rows 4, columns 4, depth (2 by 1), \
      registers 2 by 1, storing cast(f16, %0) with ()
      }
      """
    ),
    (
      "tile.type", "a product of another type than its target", [8, 8, 16],
      """
      tile (b0: read f32, b1: read f32, b2: write f16) grid [] {
        contract b2[0] by 4 = b0[0] by 2 x panels b1[0] of 4, rows 4, columns 4, depth (2 by 1), \
      registers 2 by 1
      }
      """
    ),
    (
      "tile.write-only", "an accumulation into what is only written", [8, 8, 16],
      """
      tile (b0: read f32, b1: read f32, b2: write f32) grid [] {
        contract b2[0] by 4 += b0[0] by 2 x panels b1[0] of 4, rows 4, columns 4, depth (2 by 1), \
      registers 2 by 1
      }
      """
    ),
    (
      "tile.type", "an accumulation in another type than its target", [8, 8, 16],
      """
      tile (b0: read f32, b1: read f32, b2: readWrite f64) grid [] {
        contract b2[0] by 4 += b0[0] by 2 x panels b1[0] of 4, rows 4, columns 4, depth (2 by 1), \
      registers 2 by 1, storing cast(f64, %0) with ()
      }
      """
    ),
    (
      "tile.type", "an epilogue of operands of two types", [8, 8, 16, 4],
      """
      tile (b0: read f32, b1: read f32, b2: write f32, b3: read f64) grid [] {
        contract b2[0] by 4 = b0[0] by 2 x panels b1[0] of 4, rows 4, columns 4, depth (2 by 1), \
      registers 2 by 1, storing add(%1, %0) with (b3[0] by [0, 1])
      }
      """
    ),
  ]
}
