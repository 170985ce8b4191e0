import GraphIR
import TensorCore
import Testing

/// A text with a mark `¦` where the mistake must be reported, and what is reported.
struct Mistake: Sendable, CustomStringConvertible {
  var marked: String
  var message: String
  var code: Diagnostic.Code
  var isProgram: Bool

  /// A statement inside a graph of `%x: f32[2]`, `%n: i32[2]`.
  static func statement(
    _ line: String, _ message: String, _ code: Diagnostic.Code = "text.syntax"
  ) -> Mistake {
    graph(
      "graph @g(%x: f32[2], %n: i32[2]) -> f32[2] {\n  \(line)\n  return %x\n}", message, code)
  }

  static func graph(
    _ text: String, _ message: String, _ code: Diagnostic.Code = "text.syntax"
  ) -> Mistake {
    Mistake(marked: text, message: message, code: code, isProgram: false)
  }

  static func program(_ text: String, _ message: String) -> Mistake {
    Mistake(marked: text, message: message, code: "text.syntax", isProgram: true)
  }

  var text: String { marked.replacing("¦", with: "") }

  /// Counted from 1, columns in bytes.
  var place: String {
    let before = marked.split(separator: "¦", omittingEmptySubsequences: false)[0]
    let lines = before.split(separator: "\n", omittingEmptySubsequences: false)
    return "line \(lines.count), column \(lines.last!.utf8.count + 1)"
  }

  var description: String { message }
}

@Suite("mistakes in text")
struct SyntaxErrorTests {
  static let tokens: [Mistake] = [
    .graph("graph ¦@ g() -> () { return }", "a name must follow @"),
    .statement("¦% = add %x, %x : f32[2]", "a name must follow %"),
    .statement("%0 ¦? add %x, %x : f32[2]", "unexpected character ?"),
    .statement("%0 = ¦é %x : f32[2]", "unexpected character byte 195"),
    .statement("%0 = everything %x {label = ¦\"l} : f32[2]", "a string has no end on its line"),
    .statement("%0 = everything %x {label = ¦\"\\q\"} : f32[2]", "unknown escape in a string"),
    .statement(
      "%0 = everything %x {label = ¦\"\\u{D800}\"} : f32[2]", "unknown escape in a string"),
    .graph("graph @g() -> () { return } // é ¦", "", "none"),
    .graph("graph @g() -> () { return %0 = ¦\"", "a string has no end on its line"),
    .graph("graph @g() -> () { return ¦\"\\", "unknown escape in a string"),
  ]

  static let graphs: [Mistake] = [
    .graph("¦", "expected graph, got the end of the text"),
    .graph("¦program @p { }", "expected graph, got program"),
    .graph("graph ¦g() -> () { return }", "expected a name after @, got g"),
    .graph("graph ¦%g() -> () { return }", "expected a name after @, got %g"),
    .graph("graph @g¦ -> () { return }".replacing("¦ ", with: " ¦"), "expected (, got ->"),
    .graph("graph @g(¦x: f32[]) -> () { return }", "expected a name after %, got x"),
    .graph("graph @g(%x ¦f32[]) -> () { return }", "expected :, got f32"),
    .graph("graph @g(%x: ¦f31[]) -> () { return }", "unknown element type f31"),
    .graph("graph @g(%x: ¦[2]) -> () { return }", "expected an element type, got ["),
    .graph("graph @g(%x: f32¦) -> () { return }", "expected [, got )"),
    .graph("graph @g(%x: f32[¦a]) -> () { return }", "expected a whole number, got a"),
    .graph("graph @g(%x: f32[¦1.5]) -> () { return }", "expected a whole number, got 1.5"),
    .graph("graph @g(%x: f32[2 ¦3]) -> () { return }", "expected ], got 3"),
    .graph(
      "graph @g(%x: f32[¦99999999999999999999]) -> () { return }", "expected a whole number"),
    .graph("graph @g(%x: ¦f32[-1]) -> () { return }", "must not be negative", "shape.negative"),
    .graph(
      "graph @g(%x: ¦f32[70368744177665]) -> () { return }", "at most 2^46", "shape.too-large"),
    .graph(
      "graph @g(%x: ¦f32[1,1,1,1,1,1,1,1,1]) -> () { return }", "at most 8", "shape.rank"),
    .graph("graph @g(%x: f32[], ¦%x: f32[]) -> () { return }", "%x is defined twice"),
    .graph("graph @g(%x: f32[] ¦%y: f32[]) -> () { return }", "expected ), got %y"),
    .graph("graph @g() ¦{ return }", "expected ->, got {"),
    .graph("graph @g() -> (¦3: f32[]) { return }", "expected a result's name, got 3"),
    .graph(
      "graph @g() -> (a: f32[], ¦a: f32[]) { return }", "there are two results named a"),
    .graph("graph @g() -> (a: f32[] ¦{ return }", "expected ), got {"),
    .graph("graph @g() -> () ¦return", "expected {, got return"),
    .graph(
      "graph @g(%x: f32[]) -> () {\n  ¦return %x\n}", "0 results are declared, 1 are returned"),
    .graph(
      "graph @g(%x: f32[]) -> f32[] {\n  ¦return\n}", "1 results are declared, 0 are returned"),
    .graph(
      "graph @g(%x: i32[]) -> f32[] { ¦return %x }", "result result is declared f32[], got i32[]"),
    .graph("graph @g() -> f32[] { return ¦%y }", "%y is not defined before it is read"),
    .graph("graph @g(%x: f32[]) -> f32[] { return %x, ¦}", "expected a name after %, got }"),
    .graph("graph @g() -> () { return ¦", "expected }, got the end of the text"),
    .graph("graph @g() -> () { ¦", "expected a name after %, got the end of the text"),
    .graph("graph @g() -> () { return } ¦}", "unexpected } after the end"),
  ]

  static let statements: [Mistake] = [
    .statement("¦add %x, %x : f32[2]", "expected a name after %, got add"),
    .statement("%0 ¦add %x, %x : f32[2]", "expected =, got add"),
    .statement("%0 = ¦%x : f32[2]", "expected an operation, got %x"),
    .statement("%0 = ¦frob %x : f32[2]", "unknown operation frob"),
    .statement("%0 = add %x, ¦%y : f32[2]", "%y is not defined before it is read"),
    .statement("%0 = add %x, ¦%0 : f32[2]", "%0 is not defined before it is read"),
    .statement("¦%x = add %x, %x : f32[2]", "%x is defined twice"),
    .statement("¦%0, %0 = halves %x : f32[1], f32[1]", "%0 is defined twice"),
    .statement("¦%0 = halves %x : f32[1], f32[1]", "halves gives 2 results, 1 are named"),
    .statement("¦%0, %1 = add %x, %x : f32[2]", "add gives 1 results, 2 are named"),
    .statement("%0 = add %x, %x ¦\n", "expected :, got return").movedToNextLine,
    .statement("%0 = add %x, %x : ¦f32[3]", "add gives f32[2], the text says f32[3]"),
    .statement("%0 = halves %x : ¦f32[1]", "halves gives f32[1], f32[1], the text says f32[1]"),
    .statement("%0 = ¦add %x : f32[2]", "add takes 2 operands, got 1", "operation.operand-count"),
    .statement("%0 = ¦add %x, %n : f32[2]", "one element type", "type.mismatch"),
    .statement("%0 = ¦third %n : i32[2]", "needs a floating type", "type.not-floating"),
    .statement(
      "%0 = ¦everything %x {axle = 1} : f32[2]", "has no attribute axle", "attribute.unknown"),
    .statement(
      "%0 = ¦everything %x {axis = 1.5} : f32[2]", "axis of everything cannot be 1.5",
      "attribute.kind"),
    .statement(
      "%0 = everything %x {axis = 1, ¦axis = 2} : f32[2]", "attribute axis is set twice"),
    .statement("%0 = everything %x {¦3 = 1} : f32[2]", "expected an attribute's name, got 3"),
    .statement("%0 = everything %x {axis ¦1} : f32[2]", "expected =, got 1"),
    .statement("%0 = everything %x {axis = ¦} : f32[2]", "an attribute's value must follow ="),
    .statement("%0 = everything %x {axis = ¦1-2} : f32[2]", "expected a number, got 1-2"),
    .statement("%0 = everything %x {axis = ¦one} : f32[2]", "expected a number, got one"),
    .statement("%0 = everything %x {axes = [¦a]} : f32[2]", "expected a whole number, got a"),
    .statement("%0 = everything %x {axes = [1 ¦2]} : f32[2]", "expected ], got 2"),
    .statement("%0 = everything %x {axis = 1 ¦: f32[2]", "expected }, got :"),
    .statement("%0 = parameter ¦w : f32[2]", "expected a string in quotes, got w"),
    .statement(
      "%0 = parameter \"w\" : f32[2] %1 = parameter ¦\"w\" : f32[2]", "parameter w is read twice"),
    .statement(
      "%0 = parameter \"w\" : f32[2] %1 = state ¦\"w\" : f32[2]", "w is a parameter already"),
    .statement("¦%0, %1 = parameter \"w\" : f32[2]", "parameter gives 1 results, 2 are named"),
  ]

  static let constants: [Mistake] = [
    .statement("%0 = constant ¦one : f32[]", "one is not a value of f32"),
    .statement("%0 = constant ¦1.5 : i32[]", "1.5 is not a value of i32"),
    .statement("%0 = constant ¦256 : u8[]", "256 is not a value of u8"),
    .statement("%0 = constant ¦-1 : u64[]", "-1 is not a value of u64"),
    .statement("%0 = constant ¦2 : bool[]", "2 is not a value of bool"),
    .statement("%0 = constant [1, ¦128] : i8[2]", "128 is not a value of i8"),
    .statement("%0 = constant ¦\"1\" : f32[]", "a constant's element must be a number"),
    .statement("%0 = constant [1, ¦{] : f32[2]", "a constant's element must be a number"),
    .statement("%0 = ¦constant [1, 2] : f32[3]", "a constant of f32[3] has 3 elements, got 2"),
    .statement("%0 = constant [1 ¦2] : f32[2]", "expected ], got 2"),
    .statement(
      "%0 = ¦constant 1 : f32[268435457]", "a constant has at most 2^28 elements"),
    .statement(
      "%0 = ¦constant 1 %x : f32[2]", "constant takes 0 operands, got 1",
      "operation.operand-count"),
    .statement(
      "%0 = ¦constant 1 {axis = 1} : f32[2]", "constant has no attribute axis",
      "attribute.unknown"),
    .statement("%0 = constant 1 : ¦f32[], f32[]", "constant gives f32[], the text says"),
    .graph("graph @g() -> () { %0 = constant ¦", "expected :, got the end of the text"),
    .graph("graph @g() -> () { %0 = constant [1, ¦", "expected ], got the end of the text"),
  ]

  static let programs: [Mistake] = [
    .program("¦graph @g() -> () { return }", "expected program, got graph"),
    .program("program ¦p { }", "expected a name after @, got p"),
    .program("program @p ¦", "expected {, got the end of the text"),
    .program("program @p { ¦", "expected graph, got the end of the text"),
    .program("program @p { ¦3 }", "expected graph, got 3"),
    .program("program @p { parameter ¦w : f32[] = constant(0) }", "expected a string in quotes"),
    .program("program @p { parameter \"w\" : f32[] ¦constant(0) }", "expected =, got constant"),
    .program(
      "program @p { parameter \"w\" : f32[] = ¦normal(1) }", "unknown initialiser normal"),
    .program("program @p { parameter \"w\" : f32[] = ¦(1) }", "expected an initialiser, got ("),
    .program("program @p { parameter \"w\" : f32[] = uniform ¦1 }", "expected (, got 1"),
    .program("program @p { parameter \"w\" : f32[] = uniform(¦a) }", "expected a number, got a"),
    .program("program @p { parameter \"w\" : f32[] = uniform(¦) }", "expected a number, got )"),
    .program(
      "program @p { parameter \"w\" : f32[] = uniform(1, ¦w) }", "expected a string in quotes"),
    .program("program @p { parameter \"w\" : f32[] = uniform(1 ¦}", "expected ), got }"),
    .program(
      "program @p { parameter \"w\" : f32[] = constant(0)\n¦parameter \"w\" : f32[] = constant(0) }",
      "parameter w stands twice in the table"),
    .program(
      "program @p { parameter \"w\" : f32[] = constant(0)\n¦state \"w\" : f32[] = constant(0) }",
      "state w stands twice in the table"),
    .program(
      "program @p { graph @g() -> () { return }\n  ¦graph @g() -> () { return } }",
      "there are two entry points named g"),
    .program(
      "program @p { graph @g() -> () { return } ¦parameter \"w\" : f32[] = constant(0) }",
      "expected graph, got parameter"),
    .program(
      "program @p { graph @g() -> () { %0 = parameter ¦\"w\" : f32[] return } }",
      "parameter w is not in the program's table"),
    .program(
      "program @p { parameter \"w\" : f32[] = constant(0)\n"
        + "graph @g() -> () { %0 = parameter ¦\"w\" : i32[] return } }",
      "parameter w is declared f32[], got i32[]"),
    .program("program @p { } ¦x", "unexpected x after the end"),
  ]

  @Test(
    "every mistake is reported at its line and column",
    arguments: tokens + graphs + statements + constants + programs)
  func reports(_ mistake: Mistake) {
    do {
      if mistake.isProgram {
        _ = try Parser.program(mistake.text, tinyTable)
      } else {
        _ = try Parser.graph(mistake.text, tinyTable)
      }
      #expect(mistake.code == "none", "accepted: \(mistake.text)")
    } catch {
      #expect(error.code == mistake.code)
      #expect(error.message.contains(mistake.message), "\(error)")
      #expect(error.place == mistake.place, "\(error)\n\(mistake.text)")
    }
  }
}

extension Mistake {
  /// The mark at the first word of the next line.
  fileprivate var movedToNextLine: Mistake {
    var copy = self
    copy.marked = marked.replacing("¦\n", with: "").replacing("  return", with: "  ¦return")
    return copy
  }
}
