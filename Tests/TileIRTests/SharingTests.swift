import TensorCore
import Testing
import TileIR

/// Scratch arrays that are never alive together lie in one place, and nobody notices.
@Suite("sharing of scratch")
struct SharingTests {
  /// Name, counts of the arrays after sharing, program. Buffers: b0 is read, b1 is written.
  static let samples: [(name: String, shared: [Int], text: String)] = [
    (
      "a chain inside a loop over clipped blocks needs two places", [32, 40],
      """
      tile (b0: read f32, b1: write f32) grid [3] {
        scratch s0: f32[32]
        scratch s1: f32[24]
        scratch s2: f32[32]
        scratch s3: f32[40]
        for i0 < 2 {
          compute s0[0] by [8, 1] over (min(4, 21-(8*g0+4*i0)), 8) of %0 \
      with (b0[64*g0+32*i0] by [8, 1])
          compute s1[0] by [6, 1] over (min(4, 21-(8*g0+4*i0)), 6) of square(%0) \
      with (s0[1] by [8, 1])
          compute s2[0] by [6, 1] over (min(4, 21-(8*g0+4*i0)), 6) of negate(%0) \
      with (s1[0] by [6, 1])
          compute s3[0] by [10, 1] over (min(4, 21-(8*g0+4*i0)), 5) of add(%0, 1.0:f32) \
      with (s2[0] by [6, 1])
          compute b1[64*g0+32*i0] by [8, 1] over (min(4, 21-(8*g0+4*i0)), 5) of %0 \
      with (s3[0] by [10, 1])
        }
      }
      """
    ),
    (
      "an accumulator stays through its loop; what follows may take its place", [8, 8],
      """
      tile (b0: read f32, b1: write f32) grid [2] {
        scratch s0: f32[8]
        scratch s1: f32[8]
        scratch s2: f32[8]
        scratch s3: f32[8]
        compute s0[0] by [1] over (8) of 0.0:f32 with ()
        for i0 < 3 {
          compute s1[0] by [1] over (8) of square(%0) with (b0[32*g0+8*i0] by [1])
          compute s0[0] by [1] over (8) of add(%0, %1) with (s0[0] by [1], s1[0] by [1])
        }
        compute s2[0] by [1] over (8) of negate(%0) with (s0[0] by [1])
        compute s3[0] by [1] over (8) of square(%0) with (s2[0] by [1])
        compute b1[8*g0] by [1] over (8) of %0 with (s3[0] by [1])
      }
      """
    ),
    (
      "what a product accumulates stays through its loop", [12, 8, 8],
      """
      tile (b0: read f32, b1: write f32) grid [2] {
        scratch s0: f32[12]
        scratch s1: f32[8]
        scratch s2: f32[8]
        scratch s3: f32[8]
        compute s0[0] by [1] over (12) of 0.0:f32 with ()
        for i0 < 3 {
          compute s1[0] by [1] over (6) of square(%0) with (b0[32*g0+8*i0] by [1])
          compute s2[0] by [1] over (6) of negate(%0) with (s1[0] by [1])
          compute s3[0] by [1] over (6) of square(%0) with (s2[0] by [1])
          contract s0[0] by 4 += s3[0] by 2 x panels b0[0] of 4, rows 3, columns 4, \
      depth (2 by 1), registers 2 by 1
        }
        compute b1[12*g0] by [1] over (12) of %0 with (s0[0] by [1])
      }
      """
    ),
    (
      "what a pass hands to the next stays through the loop", [8, 8, 8],
      """
      tile (b0: read f32, b1: write f32) grid [2] {
        scratch s0: f32[8]
        scratch s1: f32[8]
        scratch s2: f32[8]
        compute s0[0] by [1] over (8) of 0.0:f32 with ()
        for i0 < 3 {
          compute s1[0] by [1] over (8) of add(%0, %1) with (b0[32*g0+8*i0] by [1], s0[0] by [1])
          compute b1[32*g0+8*i0] by [1] over (8) of %0 with (s1[0] by [1])
          compute s2[0] by [1] over (8) of negate(%0) with (s1[0] by [1])
          compute s0[0] by [1] over (8) of %0 with (s2[0] by [1])
        }
      }
      """
    ),
    (
      "a border that is written once stays", [12, 8],
      """
      tile (b0: read f32, b1: write f32) grid [2] {
        scratch s0: f32[12]
        scratch s1: f32[8]
        scratch s2: f32[8]
        compute s0[0] by [1] over (12) of 0.0:f32 with ()
        for i0 < 3 {
          compute s1[0] by [1] over (8) of square(%0) with (b0[32*g0+8*i0] by [1])
          compute s0[2] by [1] over (8) of %0 with (s1[0] by [1])
          compute s2[0] by [1] over (8) of add(%0, %1) with (s0[0] by [1], s0[4] by [1])
          compute b1[32*g0+8*i0] by [1] over (8) of %0 with (s2[0] by [1])
        }
      }
      """
    ),
    (
      "rows that an inner loop writes by either branch are written", [32, 32],
      """
      tile (b0: read f32, b1: write f32) grid [2] {
        scratch s0: f32[32]
        scratch s1: f32[32]
        scratch s2: f32[32]
        for i0 < 3 {
          for i1 < 4 {
            if 0 <= i0+i1+-1 < 4 {
              compute s0[8*i1] by [1] over (8) of %0 with (b0[32*g0+8*i0+8*i1+-8] by [1])
            } else {
              compute s0[8*i1] by [1] over (8) of 0.0:f32 with ()
            }
          }
          compute s1[0] by [1] over (32) of square(%0) with (s0[0] by [1])
          for i1 < 4 {
            compute s2[8*i1] by [1] over (8) of negate(%0) with (s1[8*i1] by [1])
          }
          compute b1[96*g0+32*i0] by [1] over (32) of %0 with (s2[0] by [1])
        }
      }
      """
    ),
    (
      "a branch that may not run writes nothing", [8, 8, 8],
      """
      tile (b0: read f32, b1: write f32) grid [2] {
        scratch s0: f32[8]
        scratch s1: f32[8]
        scratch s2: f32[8]
        for i0 < 3 {
          if 0 <= -1*i0 < 1 {
            compute s0[0] by [1] over (8) of %0 with (b0[32*g0] by [1])
          } else {
          }
          compute s1[0] by [1] over (8) of square(%0) with (s0[0] by [1])
          compute s2[0] by [1] over (8) of negate(%0) with (s1[0] by [1])
          compute b1[32*g0+8*i0] by [1] over (8) of %0 with (s2[0] by [1])
        }
      }
      """
    ),
    (
      "other element types have places of their own", [8, 8, 8],
      """
      tile (b0: read f32, b1: write f32) grid [2] {
        scratch s0: f32[8]
        scratch s1: f64[8]
        scratch s2: f16[8]
        compute s0[0] by [1] over (8) of %0 with (b0[8*g0] by [1])
        compute s1[0] by [1] over (8) of cast(f64, %0) with (s0[0] by [1])
        compute s2[0] by [1] over (8) of cast(f16, %0) with (s1[0] by [1])
        compute b1[8*g0] by [1] over (8) of cast(f32, %0) with (s2[0] by [1])
      }
      """
    ),
    (
      "panels of a product, and its epilogue's source, lie apart from its target", [32, 32, 24],
      """
      tile (b0: read f32, b1: write f32) grid [2] {
        scratch s0: f32[32]
        scratch s1: f32[24]
        scratch s2: f32[24]
        scratch s3: f32[32]
        scratch s4: f32[8]
        pack s0[0] of 8 = b0[32*g0] by 1, columns 7, depth (4 by 7)
        compute s1[0] by [1] over (24) of square(%0) with (b0[32*g0] by [1])
        contract s2[0] by 8 = s1[0] by 4 x panels s0[0] of 8, rows 3, columns 7, depth (4 by 1), \
      registers 2 by 1, storing add(%0, %1) with (s1[0] by [8, 1])
        contract s3[0] by 8 = s2[0] by 8 x panels s0[0] of 8, rows 3, columns 7, depth (4 by 1), \
      registers 2 by 1
        compute b1[32*g0] by [8, 1] over (3, 7) of %0 with (s3[0] by [8, 1])
      }
      """
    ),
  ]

  static let counts = [256, 256]

  @Test("keeps what must be kept, and no more", arguments: samples.indices)
  func shares(_ index: Int) throws {
    let sample = Self.samples[index]
    let program = try TileParser.program(sample.text)
    let shared = program.sharingScratch()
    #expect(shared.scratch.map(\.count) == sample.shared, "\(sample.name): \(shared)")
    try TileVerifier.check(program, bufferCounts: Self.counts)
    try TileVerifier.check(shared, bufferCounts: Self.counts)
    let buffers = program.sampleBuffers(Self.counts)
    let results = program.running(buffers)[1].reals
    #expect(results.allSatisfy { !$0.isNaN })
    #expect(shared.running(buffers)[1].reals == results)
  }

  @Test("leaves programs as they are where nothing can be shared", arguments: SampleProgram.all)
  func keepsSamples(_ sample: SampleProgram) throws {
    let program = try sample.program()
    #expect(program.sharingScratch() == program)
  }

  @Test("drops what no statement touches, and keeps the order of the others")
  func dropsUnused() throws {
    let program = try TileParser.program(
      """
      tile (b0: write f32) grid [] {
        scratch s0: f32[3]
        scratch s1: f64[1]
        scratch s2: f32[2]
        scratch s3: f32[1]
        compute s3[0] by [] over () of 1.0:f32 with ()
        compute s2[0] by [] over () of 1.0:f32 with ()
        compute b0[0] by [] over () of add(%0, %1) with (s2[0] by [], s3[0] by [])
      }
      """)
    #expect(program.sharingScratch().scratch == [.init(.f32, 2), .init(.f32, 1)])
  }

  @Test("random programs do the same as before", arguments: UInt64(0)..<20)
  func keepsMeaning(seed: UInt64) throws {
    var generator = ChainGenerator(seed: seed)
    var (shares, numbers) = (0, 0)
    for _ in 0..<50 {
      let program = generator.program()
      let shared = program.sharingScratch()
      try TileVerifier.check(program, bufferCounts: ChainGenerator.counts)
      try TileVerifier.check(shared, bufferCounts: ChainGenerator.counts)
      if shared.scratch.count < program.usedScratch { shares += 1 }
      let buffers = program.sampleBuffers(ChainGenerator.counts)
      let results = program.running(buffers)[1].reals
      for (before, after) in zip(results, shared.running(buffers)[1].reals) where !before.isNaN {
        // NaN: what depends on leftovers of another task, by either program.
        numbers += 1
        #expect(before == after, "\(program)")
      }
    }
    // Most programs have something to share, and results that count.
    #expect(shares > 15 && numbers > 700, "\(shares), \(numbers)")
  }
}

extension TileProgram {
  /// Arrays that a statement touches.
  fileprivate var usedScratch: Int {
    scratch.indices.filter { "\(self)".contains("s\($0)[") }.count
  }
}

/// Programs that pass rows from scratch array to scratch array, in loops and branches, and now and
/// then add one to the results.
private struct ChainGenerator {
  static let counts = [64, 2 * 16]
  private static let arrayCount = 6
  private var numbers: ProgramGenerator

  init(seed: UInt64) { numbers = ProgramGenerator(seed: seed &+ 71) }

  mutating func program() -> TileProgram {
    TileProgram(
      buffers: [.init(.f32, .read), .init(.f32, .readWrite)],
      scratch: (0..<Self.arrayCount).map { _ in .init(.f32, 16 + numbers.number(8)) }, grid: [2],
      body: body(4 + numbers.number(5), loops: [], arrays: [], depth: 0))
  }

  /// `arrays` were written before.
  private mutating func body(_ count: Int, loops: [Int], arrays: [Int], depth: Int) -> [Statement] {
    var arrays = arrays
    var statements: [Statement] = []
    for _ in 0..<count {
      switch numbers.number(depth < 2 ? 8 : 5) {
      case 0:
        if let source = arrays.last { statements.append(output(source)) }
      case 5, 6:
        let counter = loops.count
        // The second task runs one pass less.
        let passes =
          numbers.number(3) == 0
          ? TileExtent(2, of: 2, from: .variable(.grid(0))) : TileExtent(2 + numbers.number(2))
        let inner = body(
          2 + numbers.number(4), loops: loops + [counter], arrays: arrays, depth: depth + 1)
        statements.append(.loop(number: counter, count: passes, body: inner))
      case 7:
        let index = loops.last.map { AffineExpression.variable(.loop($0)) } ?? .variable(.grid(0))
        let branches = (0..<2).map { _ in
          body(numbers.number(3), loops: loops, arrays: arrays, depth: depth + 1)
        }
        statements.append(
          .guarded(index: index, limit: 1, body: branches[0], otherwise: branches[1]))
      default:
        let target = numbers.number(Self.arrayCount)
        statements.append(step(to: target, from: arrays.filter { $0 != target }, loops))
        arrays = arrays.filter { $0 != target } + [target]
      }
    }
    return statements
  }

  /// A part of an array, often all of the 16 elements that count, computed from a late one.
  private mutating func step(to target: Int, from arrays: [Int], _ loops: [Int]) -> Statement {
    var (rows, row) = (4, AffineExpression())
    switch numbers.number(6) {
    case 0: rows = 1 + numbers.number(4)
    case 1:
      if let loop = loops.last {
        (rows, row) = (1, .variable(.loop(loop)))
      }
    default: break
    }
    let columns = numbers.number(6) == 0 ? 3 : 4
    func access(_ base: TileLocation.Base) -> TileAccess {
      TileAccess(TileLocation(base, row * 4), strides: [4, 1])
    }
    var sources = [access(.buffer(0))]
    if let source = arrays.last, numbers.number(8) > 0 {
      sources.append(access(.scratch(numbers.number(4) == 0 ? numbers.pick(arrays) : source)))
    }
    let isSum = sources.count == 2
    // Sometimes the old values count too.
    if isSum, numbers.number(6) == 0 { sources[0] = access(.scratch(target)) }
    return .compute(
      TileCompute(
        extents: [TileExtent(rows), TileExtent(columns)], target: access(.scratch(target)),
        sources: sources,
        expression: isSum
          ? .apply(.subtract, [.operand(0), .operand(1)]) : .apply(.negate, .operand(0))))
  }

  private mutating func output(_ source: Int) -> Statement {
    let place = AffineExpression.variable(.grid(0), times: 16)
    let half = ScalarExpression.apply(.multiply, [.operand(0), .constant(0.5, .f32)])
    return .compute(
      TileCompute(
        extents: [TileExtent(16)],
        target: TileAccess(TileLocation(.buffer(1), place), strides: [1]),
        sources: [
          TileAccess(TileLocation(.buffer(1), place), strides: [1]),
          TileAccess(TileLocation(.scratch(source)), strides: [1]),
        ], expression: .apply(.add, [half, .operand(1)])))
  }
}
