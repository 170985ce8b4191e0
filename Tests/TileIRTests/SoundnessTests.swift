import TensorCore
import Testing
import TileIR

/// The verifier against brute force: what it says about small programs is exactly true, and
/// programs of real sizes, far too large to try, are accepted by their bounds.
@Suite("tile verifier, exactly")
struct SoundnessTests {
  @Test("agrees with trying every element", arguments: UInt64(0)..<8)
  func agreesWithBruteForce(seed: UInt64) throws {
    var generator = ProgramGenerator(seed: seed &* 977 &+ 3)
    var verdicts: [String: Int] = [:]
    for _ in 0..<250 {
      let trial = Trial(&generator)
      let expected = trial.verdict
      var got = "accepted"
      do {
        try TileVerifier.check(trial.program, bufferCounts: [trial.count, trial.count])
      } catch {
        got = error.code.rawValue
      }
      // A statement that writes an element twice is refused before its tasks are compared.
      if got == "tile.overlap" { continue }
      #expect(got == expected, "\(trial.program) with \(trial.count) elements")
      verdicts[got, default: 0] += 1
    }
    // The trials reach every verdict, or they would show nothing.
    #expect(verdicts.count == 3 && verdicts.values.allSatisfy { $0 >= 5 }, "\(verdicts)")
  }

  /// Counts, and the text of a program of a published size.
  static let large: [(counts: [Int], text: String)] = [
    // A tall product: 1,048,576 rows of 512 times 512 × 500, tiles of 112 × 64.
    (
      [1_048_576 * 512, 512 * 512, 1_048_576 * 500],
      """
      tile (b0: read f32, b1: read f32, b2: write f32) grid [9363, 8] {
        contract b2[56000*g0+64*g1] by 500 = b0[57344*g0] by 512 x panels b1[32768*g1] of 32, \
      rows min(112, 1048576-(112*g0)), columns min(64, 500-(64*g1)), depth (512 by 1), \
      registers 14 by 2
      }
      """
    ),
    // A transpose of a batch: [4096, 1000, 3000] to [4096, 3000, 1000].
    (
      [4096 * 3_000_000, 4096 * 3_000_000],
      """
      tile (b0: read f32, b1: write f32) grid [4096, 16, 47] {
        compute b1[3000000*g0+64*g1+64000*g2] by [1000, 1] \
      over (min(64, 3000-(64*g2)), min(64, 1000-(64*g1))) of %0 \
      with (b0[3000000*g0+192000*g1+64*g2] by [1, 3000])
      }
      """
    ),
    // A convolution of 3 × 3, stride 2, padding 1: rows and columns of the input guarded.
    (
      [1024 * 64 * 64 * 8, 1024 * 32 * 32 * 8],
      """
      tile (b0: read f32, b1: readWrite f32) grid [1024, 32] {
        for i0 < 3 {
          if 0 <= 2*g1+i0+-1 < 64 {
            for i1 < 32 {
              for i2 < 3 {
                if 0 <= 2*i1+i2+-1 < 64 {
                  compute b1[8192*g0+256*g1+8*i1] by [1] over (8) of add(%0, %1) \
      with (b1[8192*g0+256*g1+8*i1] by [1], b0[32768*g0+1024*g1+512*i0+16*i1+8*i2+-520] by [1])
                } else {
                }
              }
            }
          } else {
          }
        }
      }
      """
    ),
    // Row blocks inside a task, clipped twice: 1,000,003 rows, tasks of 4096, blocks of 112.
    (
      [1_000_003 * 64, 1_000_003 * 64],
      """
      tile (b0: read f32, b1: write f32) grid [245] {
        scratch s0: f32[7168]
        for i0 < 37 {
          for i1 < min(112, 4096-(112*i0)) {
            if 0 <= 4096*g0+112*i0+i1 < 1000003 {
              compute b1[262144*g0+7168*i0+64*i1] by [1] over (64) of %0 \
      with (b0[262144*g0+7168*i0+64*i1] by [1])
            } else {
            }
          }
        }
      }
      """
    ),
    // Two halves of one buffer by two statements, as concatenation does.
    (
      [1 << 26, 1 << 26, 1 << 27],
      """
      tile (b0: read f32, b1: read f32, b2: write f32) grid [65536] {
        compute b2[2048*g0] by [1] over (1024) of %0 with (b0[1024*g0] by [1])
        compute b2[2048*g0+1024] by [1] over (1024) of %0 with (b1[1024*g0] by [1])
      }
      """
    ),
    // A sum by one task of the grid only.
    (
      [1 << 24, 1],
      """
      tile (b0: read f32, b1: write f32) grid [1048576] {
        if 0 <= g0+-7 < 1 {
          compute b1[0] by [] over () add (16777216) of %0 with (b0[0] by [1])
        } else {
        }
      }
      """
    ),
  ]

  @Test("accepts programs of real sizes", arguments: large.indices)
  func acceptsLargePrograms(_ index: Int) throws {
    let sample = Self.large[index]
    let program = try TileParser.program(sample.text)
    try TileVerifier.check(program, bufferCounts: sample.counts)
    // The bounds are exact: an element less is too few for every buffer.
    for number in sample.counts.indices {
      var counts = sample.counts
      counts[number] -= 1
      #expect(throws: Diagnostic.self) { try TileVerifier.check(program, bufferCounts: counts) }
    }
  }

  @Test("never traps on whatever a program says", arguments: UInt64(0)..<300)
  func survivesRandomPrograms(seed: UInt64) {
    var generator = ProgramGenerator(seed: seed)
    let program = generator.program()
    let counts = program.buffers.map { _ in generator.number(1000) }
    // Either verdict will do.
    _ = try? TileVerifier.check(program, bufferCounts: counts)
  }
}

/// A small program of one or two statements, and what brute force says about it.
private struct Trial {
  var program: TileProgram
  var count: Int
  private var accesses: [(access: TileAccess, isWrite: Bool, extents: [TileExtent])] = []
  private var isGuarded: Bool
  private var guardIndex: AffineExpression
  private var guardLimit: Int
  private var loopCount: TileExtent

  init(_ generator: inout ProgramGenerator) {
    let axes = generator.number(2) + 1
    let tiles = (0..<2).map { _ in generator.number(3) + 1 }
    let totals = (0..<2).map { _ in generator.number(6) + 2 }
    let grid = (0..<2).map { axis in
      axis < axes ? (totals[axis] + tiles[axis] - 1) / tiles[axis] : 1
    }
    loopCount =
      generator.number(3) == 0
      ? TileExtent(3, of: 4, from: .variable(.grid(0), times: 2))
      : TileExtent(generator.number(2) + 1)
    let extents = (0..<2).map { axis in
      generator.number(6) == 0
        ? TileExtent(tiles[axis])
        : TileExtent(
          tiles[axis], of: totals[axis], from: .variable(.grid(axis), times: tiles[axis]))
    }
    /// Mostly the access of a tiled matrix, sometimes with a wrong factor.
    func access(_ buffer: Int) -> TileAccess {
      let rowStride = generator.number(8) == 0 ? generator.number(9) : totals[1]
      var offset = AffineExpression(generator.number(4) == 0 ? generator.number(3) - 1 : 0)
      let strides = generator.number(5) == 0 ? [1, totals[0]] : [rowStride, 1]
      for axis in 0..<2 {
        let factor = generator.number(8) == 0 ? generator.number(7) : tiles[axis] * strides[axis]
        offset = offset + .variable(.grid(axis), times: factor)
      }
      offset =
        offset + .variable(.loop(0), times: generator.number(3) == 0 ? totals[0] * totals[1] : 0)
      return TileAccess(TileLocation(.buffer(buffer), offset), strides: strides)
    }
    let (write, read) = (access(1), access(0))
    let second = generator.number(3) == 0 ? access(1) : nil
    guardIndex =
      AffineExpression(generator.number(3) - 1, [.init(.grid(0), 1), .init(.loop(0), 1)])
    guardLimit = generator.number(4) + 1
    count = totals[0] * totals[1] * (generator.number(2) + 1) + generator.number(4)
    func statement(_ target: TileAccess, _ source: TileAccess) -> Statement {
      .compute(
        TileCompute(extents: extents, target: target, sources: [source], expression: .operand(0)))
    }
    let body = [statement(write, read)] + (second.map { [statement($0, read)] } ?? [])
    isGuarded = generator.number(2) == 0
    let guarded = Statement.guarded(
      index: guardIndex, limit: guardLimit, body: body, otherwise: [])
    program = TileProgram(
      buffers: [.init(.f32, .read), .init(.f32, .write)], grid: grid,
      body: [.loop(number: 0, count: loopCount, body: isGuarded ? [guarded] : body)])
    accesses = [(write, true, extents), (read, false, extents)]
    if let second { accesses.append((second, true, extents)) }
  }

  /// What the verifier should say.
  var verdict: String {
    var writers: [Int: Int] = [:]
    var races = false
    for task in 0..<program.taskCount {
      var values: [TileVariable: Int] = [
        .grid(0): task / program.grid[1], .grid(1): task % program.grid[1],
      ]
      func value(_ expression: AffineExpression) -> Int {
        expression.terms.reduce(expression.constant) { $0 + $1.factor * values[$1.variable]! }
      }
      func length(_ extent: TileExtent) -> Int {
        min(extent.size, extent.total - value(extent.start))
      }
      for pass in 0..<max(0, length(loopCount)) {
        values[.loop(0)] = pass
        if isGuarded, !(0..<guardLimit).contains(value(guardIndex)) { continue }
        for (access, isWrite, extents) in accesses {
          for row in 0..<max(0, length(extents[0])) {
            for column in 0..<max(0, length(extents[1])) {
              let address =
                value(access.location.offset) + row * access.strides[0]
                + column * access.strides[1]
              if address < 0 || address >= count { return "tile.bounds" }
              if isWrite {
                if let writer = writers[address], writer != task { races = true }
                writers[address] = task
              }
            }
          }
        }
      }
    }
    return races ? "tile.race" : "accepted"
  }
}
