import Foundation
import GraphIR
import Synchronization
import TensorCore
import Testing

@Suite("the interpreter")
struct InterpreterTests {
  /// `(x + w) + x`, and `x` itself.
  private func graph() throws -> Graph {
    let builder = GraphBuilder("g")
    let x = builder.argument("x", .f32([2]))
    builder.result("sum", (x + x.parameter("w", [2], .zeros)) + x)
    builder.result("x", x)
    return try builder.finish().graph
  }
  private let x = HostTensor.f32([2], [1, 2])
  private let w = HostTensor.f32([2], [10, 20])

  @Test("results come in order; more parameters than are read may be given")
  func runs() throws {
    let results = try Interpreter().run(try graph(), ["x": x], parameters: ["w": w, "v": x])
    #expect(results == [.f32([2], [12, 24]), x])
  }

  @Test("missing, surplus and misshapen inputs are refused by name")
  func refusesInputs() throws {
    let graph = try graph()
    func fact(
      _ arguments: [String: HostTensor], _ parameters: [String: HostTensor]
    ) -> Diagnostic? {
      refusal { _ = try Interpreter().run(graph, arguments, parameters: parameters) }
    }
    let missing = fact([:], ["w": w])
    #expect(missing?.code == "call.missing" && missing?.message == "argument x is missing")
    #expect(missing?.place == "g" && missing?.help == "pass a tensor of f32[2]")
    #expect(fact(["x": x], [:])?.message == "parameter w is missing")
    let surplus = fact(["x": x, "z": x], ["w": w])
    #expect(surplus?.code == "call.surplus" && surplus?.message == "there is no argument z")
    #expect(surplus?.help == "the arguments are x")
    let shape = fact(["x": .f32([3], [1, 2, 3])], ["w": w])
    #expect(shape?.code == "call.type" && shape?.message == "x needs f32[2], got f32[3]")
    #expect(fact(["x": .f64([2], [1, 2])], ["w": w])?.code == "call.type")
    #expect(fact(["x": x], ["w": .f32([], [1])])?.code == "call.type")
    // A parameter is no argument, even under its name.
    #expect(fact(["x": x, "w": w], [:])?.code == "call.missing")
  }

  @Test("a graph without arguments takes none")
  func refusesSurplusOfNone() {
    let fact = refusal { _ = try Interpreter().run(Graph("g"), ["x": x]) }
    #expect(fact?.help == "it takes none")
  }

  @Test("exact keeps doubles; rounding per operation rounds each result")
  func rounds() throws {
    let builder = GraphBuilder("g")
    let x = builder.argument("x", .f16([1]))
    let third = x.applying(Third())
    builder.result("third", third)
    builder.result("ninth", third.applying(Third()))
    let graph = try builder.finish().graph
    let arguments = ["x": HostTensor(.f16([1]), reals: [1])]
    let exact = try Interpreter(.exact).run(graph, arguments)
    let quotient = 1.0 / 3
    #expect(exact.map(\.reals) == [[quotient], [quotient / 3]])
    let rounded = try Interpreter(.perOperation).run(graph, arguments)
    let once = Double(Float16(1.0 / 3))
    let twice = Double(Float16(once / 3))
    #expect(rounded.map(\.reals) == [[once], [twice]])
    #expect(Interpreter().rounding == .exact)
  }

  @Test("all results of a node are kept while they have readers")
  func runsSeveralResults() throws {
    let builder = GraphBuilder("g")
    let halves = builder.apply(Halves(), [builder.argument("x", .f32([4]))])
    builder.result("second", halves[1])
    builder.result("twice", halves[1] + halves[1])
    let x = HostTensor.f32([4], [1, 2, 3, 4])
    let results = try Interpreter().run(try builder.finish().graph, ["x": x])
    #expect(results == [.f32([2], [3, 4]), .f32([2], [6, 8])])
  }

  /// Resident memory when the last of 48 nodes runs: kept to the end, the values alone would take
  /// 384 MB; dropped after their readers, two of them live, 16 MB.
  @Test("a value is dropped after its last reader")
  func dropsValues() throws {
    let memory = Memory()
    let builder = GraphBuilder("g")
    var value = builder.argument("x", .f32([1 << 20]))
    for _ in 0..<48 { value = value.applying(Refill(memory: memory)) }
    builder.result("y", value)
    let graph = try builder.finish().graph
    let x = HostTensor(.f32([1 << 20]), repeating: 0)
    _ = try Interpreter().run(graph, ["x": x])
    let sizes = memory.sizes.withLock { $0 }
    #expect(sizes.count == 48)
    #expect(sizes[47] - sizes[0] < 200 << 20, "grew by \((sizes[47] - sizes[0]) >> 20) MB")
  }
}

/// Resident bytes of this process, each time somebody asks.
private final class Memory: Sendable {
  let sizes = Mutex<[Int]>([])

  /// - Source: proc(5), `/proc/[pid]/statm`: the second number counts resident pages of 4096 bytes.
  func record() {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    sizes.withLock { $0.append(pages * 4096) }
  }
}

/// A fresh tensor of the operand's type, after a look at the memory.
private struct Refill: UnaryOperation {
  static let name = "refill"
  let memory: Memory
  func resultType(of x: TensorType) throws(Diagnostic) -> TensorType { x }
  func evaluate(_ x: HostTensor) -> HostTensor {
    memory.record()
    return HostTensor(x.type, reals: [Double](repeating: x.reals[0] + 1, count: x.count))
  }
  func form(_ x: Tensor) -> StructuredForm { .map(.operand(0)) }
  static let samples: [Sample] = []
  static let refusals: [Refusal] = []
}
