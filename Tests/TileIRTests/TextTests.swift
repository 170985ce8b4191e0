import TensorCore
import Testing
import TileIR

@Suite("tile text")
struct TextTests {
  @Test("reads back what it prints", arguments: SampleProgram.all)
  func roundTrips(_ sample: SampleProgram) throws {
    let program = try sample.program()
    let text = program.description
    #expect(try TileParser.program(text) == program)
    #expect(try TileParser.program(text).description == text)
  }

  @Test("reads back random programs", arguments: UInt64(0)..<100)
  func roundTripsRandomPrograms(seed: UInt64) throws {
    var generator = ProgramGenerator(seed: seed)
    let program = generator.program()
    #expect(try TileParser.program(program.description) == program)
  }

  @Test("tells programs apart that differ in one field only")
  func printsEveryField() {
    let clipped = TileExtent(112, of: 100, from: AffineExpression())
    #expect("\(clipped)" == "min(112, 100-(0))")
    #expect("\(TileExtent(4, of: 4, from: .variable(.grid(0))))" == "min(4, 4-(g0))")
    #expect("\(AffineExpression(-1, [.init(.loop(2), -3), .init(.grid(0), 1)]))" == "-3*i2+g0+-1")
  }

  @Test("knows the lengths that tiles can have")
  func knowsLengths() {
    func lengths(_ size: Int, _ total: Int, _ start: AffineExpression) -> [Int]? {
      TileExtent(size, of: total, from: start).possibleLengths
    }
    let (task, pass) = (AffineExpression.variable(.grid(0)), AffineExpression.variable(.loop(1)))
    #expect(TileExtent(7).possibleLengths == [7])
    #expect(TileExtent(0).possibleLengths == [])
    #expect(lengths(8, 5, AffineExpression(2)) == [3])
    #expect(lengths(8, 64, task * 8) == [8])
    #expect(lengths(8, 67, task * 8) == [8, 3])
    #expect(lengths(8, 67, task * 16 + pass * 8) == [8, 3])
    #expect(lengths(8, 67, task * 8 + AffineExpression(-2)) == [8, 5])
    #expect(lengths(8, 2, task * -8 + AffineExpression(3)) == [8, 7])
    #expect(lengths(8, 67, task * 12) == nil)
    #expect(lengths(0, 67, task * 12) == [])
  }

  @Test("prints a whole program")
  func printsProgram() throws {
    #expect(
      try SampleProgram.shifted.program().description == """
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
  }

  /// Text, line, column and message.
  static let mistakes: [(text: String, line: Int, column: Int, message: String)] = [
    ("", 1, 1, "expected tile, got the end of the text"),
    ("tile () grid [2] {} x", 1, 21, "unexpected x after the end"),
    ("tile () grid [2] {", 1, 19, "expected a statement or }, got the end of the text"),
    ("tile (b1: read f32)", 1, 7, "expected b0, got b1"),
    ("tile (b0: peek f32)", 1, 11, "unknown access"),
    ("tile (b0: read f33)", 1, 16, "unknown element type"),
    ("tile () grid [2, x] {}", 1, 18, "expected a whole number, got x"),
    (
      "tile () grid [99999999999999999999] {}", 1, 15,
      "expected a whole number, got 99999999999999999999"
    ),
    ("tile () grid [] {\n  jump\n}", 2, 3, "unknown statement jump"),
    ("tile () grid [] {\n  for j0 < 2 {}\n}", 2, 7, "expected a counter such as i0, got j0"),
    ("tile () grid [] {\n  if 1 <= 0 < 2 {} else {}\n}", 2, 6, "a guard starts at 0, got 1"),
    ("tile () grid [] {\n  if 0 <= 0 < 2 {}\n}", 3, 1, "expected else, got }"),
    ("tile () grid [] {\n  compute q0[0]", 2, 11, "q0 is not a place"),
    ("tile () grid [] {\n  compute b0[2*x] by []", 2, 16, "x is not a variable"),
    (
      "tile () grid [] { compute b0[9223372036854775807+1", 1, 50,
      "the sum of constants overflows"
    ),
    ("tile () grid [] { compute b0[0] by [] over () sum () of", 1, 47, "unknown function sum"),
    (
      "tile () grid [] { compute b0[0] by [] over () of add(%0) with", 1, 50,
      "add takes 2 operands, got 1"
    ),
    ("tile () grid [] { compute b0[0] by [] over () of 1.2.3:f32", 1, 50, "1.2.3 is not a number"),
    ("tile () grid [] { compute b0[0] by [] over () of -x:f32", 1, 51, "expected inf, got x"),
    ("tile () grid [] { random poisson", 1, 26, "unknown draw"),
    ("tile () grid [] {\n\t;", 2, 2, "unexpected character ;"),
    ("tile () grid [] { é", 1, 19, "unexpected character byte 195"),
  ]

  @Test("says where the text is wrong", arguments: mistakes.indices)
  func refusesText(_ index: Int) {
    let mistake = Self.mistakes[index]
    let error = #expect(throws: Diagnostic.self) { try TileParser.program(mistake.text) }
    #expect(error?.code == "tile.syntax")
    #expect(error?.place == "line \(mistake.line), column \(mistake.column)")
    #expect(error?.message == mistake.message)
  }

  @Test("refuses text that is nested without end")
  func refusesDeepNesting() {
    let body = String(repeating: "for i0 < 1 {", count: 100_000)
    let loops = #expect(throws: Diagnostic.self) {
      try TileParser.program("tile () grid [] {" + body)
    }
    #expect(loops?.message == "nested deeper than 128")
    let calls = String(repeating: "negate(", count: 100_000)
    let text = "tile () grid [] { compute b0[0] by [] over () of " + calls
    let expressions = #expect(throws: Diagnostic.self) { try TileParser.program(text) }
    #expect(expressions?.message == "nested deeper than 128")
  }

  @Test("every prefix of a program is refused, none traps", arguments: SampleProgram.all)
  func refusesPrefixes(_ sample: SampleProgram) throws {
    let text = try sample.program().description.trimmingNewlines
    for length in 0..<text.count {
      let error = #expect(throws: Diagnostic.self) {
        try TileParser.program(String(text.prefix(length)))
      }
      #expect(error?.code == "tile.syntax")
    }
  }
}

extension String {
  fileprivate var trimmingNewlines: String { String(reversed().drop { $0.isNewline }.reversed()) }
}
