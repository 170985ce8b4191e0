import TensorCore
import TileIR

/// Programs that keep every law, with the counts of their buffers.
struct SampleProgram: Sendable, CustomStringConvertible {
  var description: String
  var text: String
  var counts: [Int]

  init(_ description: String, _ counts: [Int], _ text: String) {
    self.description = description
    self.counts = counts
    self.text = text
  }

  func program() throws -> TileProgram { try TileParser.program(text) }
}

extension SampleProgram {
  /// 10 × 6 times 6 × 7, in tiles of 4 rows and panels of 4 columns; k in runs of 3.
  static let product = SampleProgram(
    "product", [60, 48, 70],
    """
    tile (b0: read f32, b1: read f32, b2: write f32) grid [3, 2] {
      contract b2[28*g0+4*g1] by 7 = b0[24*g0] by 6 x panels b1[24*g1] of 4, \
    rows min(4, 10-(4*g0)), columns min(4, 7-(4*g1)), depth (2 by 3, 3 by 1), registers 2 by 1
    }
    """)

  /// The same, scaled by row, with a bias and relu, added to what the target holds.
  static let residual = SampleProgram(
    "residual", [60, 48, 7, 70, 10],
    """
    tile (b0: read f32, b1: read f32, b2: read f32, b3: readWrite f32, b4: read f32) grid [3, 2] {
      contract b3[28*g0+4*g1] by 7 = b0[24*g0] by 6 x panels b1[24*g1] of 4, \
    rows min(4, 10-(4*g0)), columns min(4, 7-(4*g1)), depth (2 by 3, 3 by 1), registers 2 by 1 parts 2, \
    storing add(relu(add(multiply(%0, %3), %1)), %2) with \
    (b2[4*g1] by [0, 1], b3[28*g0+4*g1] by [7, 1], b4[4*g0] by [1, 0])
    }
    """)

  /// The same product, its 6 k in two passes.
  static let accumulation = SampleProgram(
    "accumulation", [60, 48, 70],
    """
    tile (b0: read f32, b1: read f32, b2: readWrite f32) grid [3, 2] {
      compute b2[28*g0+4*g1] by [7, 1] over (min(4, 10-(4*g0)), min(4, 7-(4*g1))) of 0.0:f32 with ()
      for i0 < 2 {
        contract b2[28*g0+4*g1] by 7 += b0[24*g0+3*i0] by 6 x panels b1[24*g1+12*i0] of 4, \
    rows min(4, 10-(4*g0)), columns min(4, 7-(4*g1)), depth (3 by 1), registers 2 by 1
      }
    }
    """)

  /// The 6 × 7 right operand as two panels of 4 columns.
  static let panels = SampleProgram(
    "panels", [42, 48],
    """
    tile (b0: read f32, b1: write f32) grid [2] {
      pack b1[24*g0] of 4 = b0[4*g0] by 1, columns min(4, 7-(4*g0)), depth (6 by 7)
    }
    """)

  /// A 9 × 5 matrix plus a row, transposed into 5 × 9.
  static let map = SampleProgram(
    "map", [45, 5, 45],
    """
    tile (b0: read f32, b1: read f32, b2: write f32) grid [3, 2] {
      compute b2[4*g0+27*g1] by [1, 9] over (min(4, 9-(4*g0)), min(3, 5-(3*g1))) \
    of add(multiply(%0, 3.0:f32), %1) with (b0[20*g0+3*g1] by [5, 1], b1[3*g1] by [0, 1])
    }
    """)

  /// Largest element of each of 7 rows of 5, and where it stands.
  static let extremum = SampleProgram(
    "extremum", [35, 7, 7],
    """
    tile (b0: read f32, b1: write f32, b2: write i32) grid [4] {
      compute b1[2*g0] by [1], index b2[2*g0] by [1] over (min(2, 7-(2*g0))) \
    maximum (5) of %0 with (b0[10*g0] by [5, 1])
    }
    """)

  /// Row and column as one number, in another type.
  static let coordinates = SampleProgram(
    "coordinates", [35],
    """
    tile (b0: write f32) grid [3] {
      compute b0[14*g0] by [7, 1] over (min(2, 5-(2*g0)), 7) \
    of cast(f32, add(multiply(coordinate(0), 100.0:i64), coordinate(1))) with () from (2*g0, 0)
    }
    """)

  /// Rows of 3 picked from 4 by five indices.
  static let gather = SampleProgram(
    "gather", [12, 5, 15],
    """
    tile (b0: read f32, b1: read i32, b2: write f32) grid [3] {
      gather b2[6*g0] = b0[0] at b1[2*g0] by [1] below 4 by 3, count min(2, 5-(2*g0)), run 3 by 1
    }
    """)

  static let random = SampleProgram(
    "random", [1, 10, 10],
    """
    tile (b0: read u64, b1: write f32, b2: write f32) grid [3] {
      random normal b1[4*g0] key b0[0] from 4*g0, count min(4, 10-(4*g0))
      random uniform b2[4*g0] key b0[0] from 4*g0+3, count min(4, 10-(4*g0))
    }
    """)

  static let foldedKey = SampleProgram(
    "folded key", [1, 3, 3],
    """
    tile (b0: read u64, b1: read u64, b2: write u64) grid [3] {
      random foldedKey b2[g0] key b0[0] number b1[g0] from 0, count 1
    }
    """)

  /// Each row shifted by one against the row before; what comes from outside is -1.
  static let shifted = SampleProgram(
    "shifted", [21, 24],
    """
    tile (b0: read f32, b1: write f32) grid [4] {
      for i0 < 6 {
        if 0 <= -1*g0+i0 < 6 {
          compute b1[6*g0+i0] by [] over () of %0 with (b0[5*g0+i0] by [])
        } else {
          compute b1[6*g0+i0] by [] over () of -1.0:f32 with ()
        }
      }
    }
    """)

  /// Rows divided by their sums, through scratch; in place, in two passes of at most three columns.
  static let scratch = SampleProgram(
    "scratch", [20],
    """
    tile (b0: readWrite f32) grid [4] {
      scratch s0: f32[1]
      scratch s1: f32[3]
      compute s0[0] by [] over () add (5) of %0 with (b0[5*g0] by [1])
      for i0 < 2 {
        compute s1[0] by [1] over (min(3, 5-(3*i0))) of %0 with (b0[5*g0+3*i0] by [1])
        compute b0[5*g0+3*i0] by [1] over (min(3, 5-(3*i0))) of divide(%0, %1) \
    with (s1[0] by [1], s0[0] by [0])
      }
    }
    """)

  static let all = [
    product, residual, accumulation, panels, map, extremum, coordinates, gather, random, foldedKey,
    shifted,
    scratch,
  ]
}

/// Numbers that differ from test to test only by `seed`.
func noise(_ count: Int, seed: UInt64 = 1) -> [Double] {
  (0..<count).map { ElementType.f32.rounding(Key(seed).normal(at: $0)) }
}

extension HostTensor.Storage {
  var reals: [Double] {
    guard case .reals(let values) = self else { return [] }
    return values
  }
  var integers: [Int64] {
    guard case .integers(let values) = self else { return [] }
    return values
  }
}

extension TileProgram {
  /// Noise for floating buffers, small whole numbers for others.
  func sampleBuffers(_ counts: [Int]) -> [HostTensor.Storage] {
    zip(buffers, counts).enumerated().map { number, pair in
      let (buffer, count) = pair
      if buffer.element.isFloating { return .reals(noise(count, seed: UInt64(number) + 7)) }
      return .integers((0..<count).map { Int64(($0 * 5 + number) % 11) })
    }
  }

  func running(_ buffers: [HostTensor.Storage], order: [Int]? = nil) -> [HostTensor.Storage] {
    var buffers = buffers
    TileInterpreter.run(self, buffers: &buffers, order: order)
    return buffers
  }
}
