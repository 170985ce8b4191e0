import Goldens
import TensorCore
import Testing

@Suite("diagnostics")
struct DiagnosticTests {
  @Test("every part has its line")
  func printsEveryPart() throws {
    let full = Diagnostic(
      "shape.mismatch", "matmul needs equal inner dimensions, got 784 and 780",
      at: "classifier/hidden (Classifier.swift:14)",
      notes: ["left is f32[32, 784], right is f32[780, 128]"],
      help: "a weight is [inputs, outputs]")
    #expect(try Golden("diagnostic-full.txt").mismatch(full.description + "\n") == nil)
    #expect(Diagnostic("a.b", "only a message").description == "error[a.b]: only a message")
  }

  @Test("the nearest place stays, notes follow each other")
  func keepsNearestPlace() {
    let fact = Diagnostic("a.b", "message").placed(at: "inner").placed(at: "outer")
    #expect(fact.place == "inner")
    #expect(Diagnostic("a.b", "message").placed(at: nil).place == nil)
    #expect(Diagnostic("a.b", "message").noting("one").noting("two").notes == ["one", "two"])
  }

  @Test("every fact of the module says cause, values and remedy")
  func printsEveryFact() throws {
    let bool = TensorType.bool([2])
    let real = TensorType.f32([2, 3])
    let facts: [() throws -> Void] = [
      { _ = try Shape().axis(0) },
      { _ = try real.shape.axis(2) },
      { _ = try real.shape.axes([1, -1]) },
      { _ = try real.shape.broadcast(with: [4]) },
      { _ = try Shape(checking: [2, -1]) },
      { _ = try Shape(checking: [1, 1, 1, 1, 1, 1, 1, 1, 2]) },
      { _ = try Shape(checking: [1 << 24, 1 << 23]) },
      { try real.requireRank(3) },
      { _ = try HostTensor(real, bytes: []) },
      { try real.requireElement(of: bool) },
      { try real.requireBool() },
      { try bool.requireFloating() },
      { try real.requireInteger() },
      { try bool.requireNumber() },
    ]
    var text = ""
    for fact in facts {
      do {
        try fact()
        Issue.record("a fact was accepted after:\n\(text)")
      } catch {
        text += "\(error)\n"
      }
    }
    #expect(try Golden("diagnostics.txt").mismatch(text) == nil)
  }

  @Test("what is required passes where it holds")
  func acceptsWhatHolds() throws {
    let (bool, real, integer) = (TensorType.bool([2]), TensorType.f16([2, 3]), TensorType.u8([]))
    try bool.requireBool()
    try real.requireFloating()
    try real.requireNumber()
    try real.requireRank(2)
    try integer.requireInteger()
    try integer.requireNumber()
    try real.requireElement(of: .f16([]))
    #expect(real.description == "f16[2, 3]" && real.byteCount == 12 && integer.byteCount == 1)
  }
}
