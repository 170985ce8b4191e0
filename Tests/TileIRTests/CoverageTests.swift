import TensorCore
import Testing
import TileIR

/// Inside a loop, only what a pass writes before it reads need not outlive the pass.
@Suite("lives of scratch in loops")
struct CoverageTests {
  /// What a pass writes of an array whose rest stands from the first pass, what it reads of it, and
  /// whether that covers what it reads.
  static let passes: [(name: String, write: String, read: String, isCovered: Bool)] = [
    ("the same elements", "s0[2] by [1] over (8)", "over (8) of %0 with (s0[2] by [1])", true),
    ("some of them", "s0[2] by [1] over (8)", "over (6) of %0 with (s0[4] by [1])", true),
    ("every other", "s0[2] by [1] over (8)", "over (4) of %0 with (s0[2] by [2])", true),
    ("beyond the end", "s0[2] by [1] over (8)", "over (8) of %0 with (s0[4] by [1])", false),
    ("before the start", "s0[2] by [1] over (8)", "over (8) of %0 with (s0[0] by [1])", false),
    ("backwards", "s0[2] by [1] over (8)", "over (8) of %0 with (s0[8] by [-1])", false),
    ("another pass's", "s0[8*i0] by [1] over (8)", "over (8) of %0 with (s0[0] by [1])", false),
    (
      "more rows", "s0[0] by [8, 1] over (2, 4)",
      "over () add (3, 4) of %0 with (s0[0] by [8, 1])", false
    ),
    (
      "later rows", "s0[0] by [8, 1] over (2, 4)",
      "over () add (1, 4) of %0 with (s0[16] by [8, 1])", false
    ),
    (
      "more columns", "s0[0] by [8, 1] over (2, 4)",
      "over () add (2, 5) of %0 with (s0[0] by [8, 1])", false
    ),
    (
      "a part of each row", "s0[0] by [8, 1] over (2, 4)",
      "over () add (2, 2) of %0 with (s0[1] by [8, 1])", true
    ),
    (
      "the second row", "s0[0] by [8, 1] over (2, 4)",
      "over () add (4) of %0 with (s0[8] by [1])", true
    ),
    (
      "a length that shrinks", "s0[0] by [1] over (min(8, 9-(i0)))",
      "over (8) of %0 with (s0[0] by [1])", false
    ),
    (
      "the same length that shrinks", "s0[0] by [1] over (min(8, 9-(i0)))",
      "over (min(8, 9-(i0))) of %0 with (s0[0] by [1])", true
    ),
  ]

  @Test(
    "an array lives anew in every pass where the pass writes what it reads",
    arguments: passes.indices)
  func knowsCoverage(_ index: Int) throws {
    let pass = Self.passes[index]
    let strides = pass.read.hasPrefix("over ()") ? "[]" : "[1]"
    try checkLives(
      """
      compute \(pass.write) of 2.0:f32 with ()
      compute s1[0] by \(strides) \(pass.read)
      """, pass.name, isCovered: pass.isCovered)
  }

  @Test("a loop inside a pass writes what all of its passes write, if there are any")
  func knowsCoverageOfLoops() throws {
    func check(_ loop: String, _ place: String, _ name: String, isCovered: Bool) throws {
      try checkLives(
        """
        for i1 < \(loop) {
          compute s0[\(place)] by [1] over (4) of 2.0:f32 with ()
        }
        compute s1[0] by [1] over (4) of add(%0, %1) with (s0[0] by [1], s0[4] by [1])
        """, name, isCovered: isCovered)
    }
    try check("2", "4*i1", "tiles", isCovered: true)
    try check("2", "8*i1", "tiles with gaps", isCovered: false)
    try check("min(2, 2-(i0))", "4*i1", "tiles that become fewer", isCovered: false)
    for (count, isCovered) in [("1", true), ("min(1, 1-(i0))", false)] {
      try checkLives(
        """
        for i1 < \(count) {
          compute s0[0] by [1] over (4) of 2.0:f32 with ()
        }
        compute s1[0] by [1] over (4) of %0 with (s0[0] by [1])
        """, "\(count) passes", isCovered: isCovered)
    }
  }

  @Test("a loop inside a pass reads what any of its passes reads")
  func knowsReadsOfLoops() throws {
    func check(_ extent: String, _ place: String, _ name: String, isCovered: Bool) throws {
      try checkLives(
        """
        compute s0[0] by [1] over (7) of 2.0:f32 with ()
        for i1 < 2 {
          compute s1[4*i1] by [1] over (\(extent)) of %0 with (s0[\(place)] by [1])
        }
        """, name, isCovered: isCovered)
    }
    try check("3", "4*i1", "tiles", isCovered: true)
    try check("min(4, 7-(4*i1))", "4*i1", "tiles up to the end", isCovered: true)
    try check("4", "4*i1", "tiles past the end", isCovered: false)
    try check("min(4, 7-(4*i1))", "4*i1+1", "tiles moved by one", isCovered: false)
    try check("3", "8*i1", "tiles far apart", isCovered: false)
  }

  /// In a loop over i0, array s0 is filled by the first pass; each pass writes to it and reads from
  /// it into s1 by `statements`; s2 can have the place of s0 if every pass writes what it reads.
  private func checkLives(_ statements: String, _ name: String, isCovered: Bool) throws {
    let program = try TileParser.program(
      """
      tile (b0: read f32, b1: write f32) grid [2] {
        scratch s0: f32[24]
        scratch s1: f32[8]
        scratch s2: f32[8]
        scratch s3: f32[24]
        for i0 < 3 {
          if 0 <= -1*i0 < 1 {
            compute s0[0] by [1] over (24) of 1.0:f32 with ()
          } else {
          }
          compute s1[0] by [1] over (8) of 0.0:f32 with ()
          \(statements)
          compute s2[0] by [1] over (8) of negate(%0) with (s1[0] by [1])
          compute s3[0] by [1] over (24) of 3.0:f32 with ()
          compute b1[32*g0+8*i0] by [1] over (8) of add(%0, %1) with (s2[0] by [1], s3[0] by [1])
        }
      }
      """)
    let shared = program.sharingScratch()
    let isShared = shared.scratch.count == 2
    #expect(isShared == isCovered, "\(name): \(shared)")
    try TileVerifier.check(program, bufferCounts: SharingTests.counts)
    try TileVerifier.check(shared, bufferCounts: SharingTests.counts)
    let buffers = program.sampleBuffers(SharingTests.counts)
    #expect(shared.running(buffers) == program.running(buffers), "\(name)")
  }
}
