import Foundation
import GraphAutodiff
import GraphIR
import GraphOps
import TensorCore
import Testing

/// Gradients at ties and corners against PyTorch's, which `tools/fixtures/torch_ties.py` wrote.
@Suite("Ties") struct TieTests {
  struct Case: Decodable, Sendable, CustomStringConvertible {
    var operation: String
    var operands: [[Number]]
    var gradients: [[Number]]
    var description: String { "\(operation) of \(operands.map { $0.map(\.value) })" }
  }

  /// A number, or the word for one that JSON has not.
  struct Number: Decodable, Sendable {
    var value: Double
    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Double.self) { value = number; return }
      value = try #require(Double(try container.decode(String.self)))
    }
  }

  static let cases: [Case] = {
    let url = Bundle.module.url(
      forResource: "ties", withExtension: "json", subdirectory: "Fixtures")!
    return try! JSONDecoder().decode([Case].self, from: Data(contentsOf: url))
  }()

  @Test("gradients at ties are PyTorch's", arguments: cases)
  func areTorchs(_ tie: Case) throws {
    var operation = try #require(OpCatalog.table[tie.operation])
    switch operation.name {
    case "clamp":
      operation = try operation.setting(attributes: [("low", .real(-0.5)), ("high", .real(0.25))])
    case _ where operation.name.hasPrefix("reduce_"):
      operation = try operation.setting(attributes: [("axes", .integers([0]))])
    case _ where operation.name.hasSuffix("_with_index"), "log_sum_exp":
      operation = try operation.setting(attributes: [("axis", .integer(0))])
    default: break
    }
    let builder = GraphBuilder("main")
    let operands = tie.operands.map { $0.map(\.value) }
    let inputs = operands.enumerated().map { builder.argument("x\($0)", .f64([$1.count])) }
    let result = builder.apply(operation, inputs)[0]
    let weights = (0..<result.shape.count).map { Double($0 + 1) }
    let product = result * builder.constant(HostTensor(result.type, reals: weights))
    builder.result("loss", product.sum(along: Array(0..<product.rank), keepingAxes: false))
    let graph = try builder.finish().graph.differentiated(
      "loss", withRespectTo: inputs.indices.map { "x\($0)" }, keepingResults: false)
    let arguments = Dictionary(
      uniqueKeysWithValues: operands.enumerated().map { ("x\($0)", HostTensor.f64([$1.count], $1)) }
    )
    let found = try Interpreter(.exact).run(graph, arguments).dropFirst()
    for (gradient, meant) in zip(found, tie.gradients) {
      for (a, b) in zip(gradient.reals, meant.map(\.value)) {
        #expect(
          a == b || (a.isNaN && b.isNaN) || abs(a - b) < 1e-12 * abs(b), "\(tie): \(gradient)")
      }
    }
  }
}
