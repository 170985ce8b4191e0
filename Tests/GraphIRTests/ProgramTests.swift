import Foundation
import GraphIR
import TensorCore
import Testing

@Suite("programs")
struct ProgramTests {
  private func entry(
    _ name: String, _ parameters: [(String, Initialiser)] = []
  ) throws(Diagnostic) -> TracedGraph {
    let builder = GraphBuilder(name)
    var sum = builder.argument("x", .f32([3]))
    for (path, initialiser) in parameters { sum = sum + sum.parameter(path, [3], initialiser) }
    builder.result("y", sum)
    return try builder.finish()
  }

  private func first() throws(Diagnostic) -> TracedGraph {
    try entry("a", [("v", .zeros), ("w", .ones)])
  }
  private func second() throws(Diagnostic) -> TracedGraph {
    try entry("b", [("w", .ones), ("u", .zeros)])
  }
  private func differing() throws(Diagnostic) -> TracedGraph { try entry("c", [("w", .zeros)]) }

  @Test("entry points share parameters by path, in order of first use")
  func mergesParameters() throws {
    let program = try Program("p", [first(), second()])
    try Verifier.check(program)
    #expect(program.parameters.map(\.path) == ["v", "w", "u"])
    #expect(program.parameterCount == 9)
    #expect(try program.entry("b").name == "b")
    #expect(program.parameter(at: "w")?.initialiser == .ones)
    #expect(program.parameter(at: "x") == nil)
  }

  @Test("differing declarations, repeated and missing entry points are refused")
  func refuses() throws {
    let differs = refusal { _ = try Program("p", [first(), differing()]) }
    #expect(differs?.code == "program.parameter-differs")
    #expect(
      differs?.message
        == "parameter w is declared as f32[3] constant(1) and as f32[3] constant(0)")
    let repeated = refusal { _ = try Program("p", [first(), first()]) }
    #expect(repeated?.code == "program.entry-repeated")
    let program = try Program("p", [first()])
    #expect(refusal { _ = try program.entry("b") }?.code == "program.no-entry")
  }
}

@Suite("initialisers")
struct InitialiserTests {
  @Test("bounds follow the fans")
  func bounds() {
    #expect(Initialiser.fanInUniform(16) == Initialiser(.uniform(bound: 0.25)))
    #expect(Initialiser.glorotUniform(10, 14) == Initialiser(.uniform(bound: 0.5)))
    #expect(Initialiser.fanInUniform(0) == Initialiser(.uniform(bound: 1)))
    #expect(Initialiser.ones.value(.bf16([2]), key: Key(1)).reals == [1, 1])
  }

  @Test("another parameter's stream gives another parameter's values")
  func sharesStreams() {
    func value(_ path: String, _ stream: String?) -> HostTensor {
      Parameter(
        path: path, type: .f32([4]), initialiser: Initialiser(.uniform(bound: 1), stream: stream)
      ).initialValue(seed: Key(3))
    }
    #expect(value("a", nil) != value("b", nil))
    #expect(value("b", "a") == value("a", nil))
  }

  private struct Answer: Decodable {
    var seed, path: String
    var shape, indices: [Int]
    var bound: Double?
    var values: [Double]
  }
  private struct Answers: Decodable { var parameters: [Answer] }

  @Test("the independent twin makes the same parameters, after rounding to f32")
  func agreesWithTwin() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../TensorCoreTests/Fixtures/philox.json")
    let answers = try JSONDecoder().decode(Answers.self, from: Data(contentsOf: file)).parameters
    #expect(answers.count > 3)
    for answer in answers {
      let type = TensorType.f32(try Shape(checking: answer.shape))
      let initialiser = answer.bound.map { Initialiser(.uniform(bound: $0)) } ?? .ones
      let seed = Key(UInt64(answer.seed.dropFirst(2), radix: 16)!)
      let value = Parameter(path: answer.path, type: type, initialiser: initialiser)
        .initialValue(seed: seed)
      let got = answer.indices.map { value.reals[$0] }
      #expect(got == answer.values.map { Double(Float($0)) }, "\(answer.path)")
    }
  }
}
