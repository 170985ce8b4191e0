import TensorCore
import Testing
import TileIR

@Suite("tile verifier")
struct VerifierTests {
  @Test("accepts the samples", arguments: SampleProgram.all)
  func acceptsSamples(_ sample: SampleProgram) throws {
    try TileVerifier.check(try sample.program(), bufferCounts: sample.counts)
  }

  @Test("refuses the samples when any buffer is one element short", arguments: SampleProgram.all)
  func refusesShortBuffers(_ sample: SampleProgram) throws {
    let program = try sample.program()
    for number in sample.counts.indices {
      var counts = sample.counts
      counts[number] -= 1
      let error = #expect(throws: Diagnostic.self) {
        try TileVerifier.check(program, bufferCounts: counts)
      }
      #expect(error?.code == "tile.bounds")
    }
  }

  @Test("catches each broken law", arguments: (mistakes + epilogueMistakes).indices)
  func refuses(_ index: Int) throws {
    let mistake = (Self.mistakes + Self.epilogueMistakes)[index]
    let program = try TileParser.program(mistake.text)
    let error = #expect(throws: Diagnostic.self, "\(mistake.name)") {
      try TileVerifier.check(program, bufferCounts: mistake.counts)
    }
    #expect(error?.code == mistake.code, "\(mistake.name): \(error?.description ?? "")")
  }

  @Test("every code of the verifier is caught by a mistake above")
  func coversCodes() {
    let known: Set<String> = [
      "tile.axes", "tile.bounds", "tile.bounds-unproven", "tile.buffer-counts", "tile.combiner",
      "tile.operand", "tile.overlap", "tile.place", "tile.race", "tile.race-unproven",
      "tile.read-only", "tile.size", "tile.type", "tile.variable", "tile.write-only",
    ]
    #expect(Set(Self.mistakes.map(\.code.rawValue)) == known)
  }

  @Test("says which statement, which element and which task")
  func saysWhere() throws {
    let program = try TileParser.program(
      """
      tile (b0: write f32) grid [3] {
        for i0 < 1 {
          compute b0[4*g0] by [1] over (4) of 1.0:f32 with ()
        }
      }
      """)
    let error = #expect(throws: Diagnostic.self) {
      try TileVerifier.check(program, bufferCounts: [10])
    }
    #expect(
      error?.description == """
        error[tile.bounds]: the target touches element 11 of b0, which has 10
          at statement 0.0
          note: this happens when g0 is 2
          note: compute b0[4*g0] by [1] over (4) of 1.0:f32 with ()
          help: clip an extent, guard the statement, or pass a larger buffer
        """)
  }
}
