import Goldens
import GraphIR
import TensorCore
import Testing

@Suite("the text form")
struct TextFormTests {
  @Test(
    "a graph reads and prints as the same text",
    arguments: Golden.all(in: "text", extension: "graph"))
  func roundTripsGraphs(_ golden: Golden) throws {
    let graph = try Parser.graph(try golden.content, tinyTable)
    try Verifier.check(graph)
    #expect(try golden.mismatch(graph.description) == nil)
  }

  @Test("a program reads and prints as the same text")
  func roundTripsPrograms() throws {
    let golden = Golden("text/program.program")
    let program = try Parser.program(try golden.content, tinyTable)
    #expect(try golden.mismatch(program.description) == nil)
    #expect(program.graphs.map(\.name) == ["encode", "whole"])
    #expect(
      program.parameters[1]
        == Parameter(
          path: "encoder.copy", type: .f32([4]),
          initialiser: Initialiser(.uniform(bound: 0.125), stream: "encoder.weight")))
  }

  @Test("the goldens are found")
  func findsGoldens() {
    #expect(Golden.all(in: "text", extension: "graph").count == 5)
  }

  @Test("what the builder made prints as text that reads back")
  func printsBuiltGraphs() throws {
    let builder = GraphBuilder("built")
    let x = builder.argument("x", .f32([4]))
    let sum = builder.scoped("layer") { x + x.parameter("w", [4], .zeros) }
    let late = builder.argument("late", .f32([2]))
    let halves = builder.apply(Halves(), [sum + x.scalar(0.5)])
    builder.result("result", halves[1] + late)
    let graph = try builder.finish().graph
    #expect(try Golden("built.graph").mismatch(graph.description) == nil)
    #expect(try Parser.graph(graph.description, tinyTable).description == graph.description)
    let scoped = Printer(showsScopes: true).text(graph)
    #expect(try Golden("scoped.graph").mismatch(scoped) == nil)
    #expect(try Parser.graph(scoped, tinyTable).description == graph.description)
  }

  @Test("the values of attributes and constants survive by their bits")
  func keepsBits() throws {
    let graph = try Parser.graph(try Golden("text/constants.graph").content, tinyTable)
    let again = try Parser.graph(graph.description, tinyTable)
    for (left, right) in zip(graph.nodes, again.nodes) {
      #expect(left.operation.isSame(as: right.operation))
    }
    let values = graph.nodes.compactMap { ($0.operation as? Constant)?.value }
    #expect(values[0].reals == [Double(Float(0.1))])
    #expect(values[1].reals[1].sign == .minus && values[1].reals[3].isNaN)
    #expect(values[3].integers == [-1, -1])
    #expect(values[8].integers == [.min, .max])
  }

  @Test("comments, line ends and blanks mean nothing")
  func ignoresBlanks() throws {
    let text = "// head\r\ngraph@g(%x:f32[2])->f32[2]{\r\n\treturn %x// tail\n}//end"
    #expect(
      try Parser.graph(text, tinyTable).description
        == "graph @g(%x: f32[2]) -> f32[2] {\n  return %x\n}\n")
  }

  @Test("attributes may be left out, in any order, and reals written whole")
  func acceptsShortForms() throws {
    let text = """
      graph @g(%x: f32[]) -> f32[] {
        %y = everything %x {label = "l", scale = 2} : f32[]
        return %y
      }
      """
    let operation = try Parser.graph(text, tinyTable).nodes[0].operation
    #expect(operation.isSame(as: Everything(scale: 2, label: "l")))
  }
}

@Suite("numbers and strings in text")
struct NumberTextTests {
  @Test("numbers as people write them")
  func writesNumbers() {
    let table: [(Double, String)] = [
      (0, "0"), (-0.0, "-0.0"), (2, "2"), (-3, "-3"), (0.5, "0.5"), (.nan, "nan"),
      (.infinity, "inf"), (-.infinity, "-inf"), (999_999_999_999_999, "999999999999999"),
      (1e15, "1000000000000000.0"), (1e16, "1e+16"), (0x1p-1074, "5e-324"), (0.1, "0.1"),
      (.greatestFiniteMagnitude, "1.7976931348623157e+308"),
    ]
    for (value, text) in table { #expect(NumberText.real(value) == text) }
  }

  @Test("every printed number reads back to the same bits")
  func readsBack() throws {
    let key = Key(11)
    for index in 0..<2_000 {
      let (low, high, _, _) = key.block(UInt64(index))
      let value = Double(bitPattern: UInt64(low) | UInt64(high) << 32)
      guard !value.isNaN else { continue }
      #expect(Double(NumberText.real(value))?.bitPattern == value.bitPattern)
    }
    #expect(Double(NumberText.real(-0.0))?.sign == .minus)
  }

  @Test("strings escape what a line cannot hold")
  func quotes() throws {
    #expect(NumberText.quoted("a\"\\\n\u{1}é") == #""a\"\\\n\u{1}é""#)
    for name in ["", "a b", "0", "é", "%", "\"", "a\nb"] {
      #expect(NumberText.name(name) == NumberText.quoted(name))
    }
    for name in ["a", "_", "a.b_9", "f32"] { #expect(NumberText.name(name) == name) }
  }
}
