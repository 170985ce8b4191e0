import GraphIR
import NeuralLayers
import RealModule
import TensorCore
import Testing

/// Layer norms, attention and the transformer layer made of them.
struct TransformerLayerTests {
  let x = HostTensor.noise(.f32([1, 3, 8]), "x")
  /// 1e-5 as an f32 tensor holds it.
  static let epsilon = Double(Float(1e-5))

  @Test("a layer norm starts as the identity")
  func declaresLayerNormParameters() throws {
    #expect(
      try LayerRun([2, 3, 8], LayerNormLayer("n")).parameters == [
        "n.weight : f32[8] = constant(1)",
        "n.bias : f32[8] = constant(0)",
      ])
  }

  /// The variance of these rows is 1.25e-6 to 1.25e-4, so an epsilon other than 1e-5 shows: this
  /// is what the comparison with PyTorch cannot see.
  @Test("a layer norm adds 1e-5 to the variance", arguments: [0.001, 0.01])
  func addsEpsilon(step: Double) throws {
    let rows = HostTensor(.f64([1, 4]), reals: (0..<4).map { 3 + step * Double($0) })
    let x = HostTensor(.f32([1, 4]), reals: rows.reals)
    let run = try LayerRun(x.shape, LayerNormLayer("n"))
    let (weight, bias) = (run.values["n.weight"]!, run.values["n.bias"]!)
    let expected = Plain.layerNorm(x.matrix, weight, bias, epsilon: Self.epsilon)
    #expect(try run(x).isNear(expected, within: 1e-11))
    for other in [0, 1e-6, 1e-12] {
      let wrong = Plain.layerNorm(x.matrix, weight, bias, epsilon: other)
      #expect(try !run(x).isNear(wrong, within: 1e-3))
    }
  }

  @Test("a layer norm uses the epsilon it is given")
  func takesEpsilon() throws {
    var layer = LayerNormLayer("n")
    layer.epsilon = 0.5
    let run = try LayerRun([3, 8], layer)
    let x = x.reshaped(to: [3, 8])
    let expected = Plain.layerNorm(
      x.matrix, run.values["n.weight"]!, run.values["n.bias"]!, epsilon: 0.5)
    #expect(try run(x).isNear(expected))
  }

  @Test("attention has one projection, Xavier-uniform as a whole, and zero biases")
  func declaresAttentionParameters() throws {
    // sqrt(6 / (6 + 18)) = 1/2; 1 / sqrt(4) = 1/2 would hide a wrong rule, so widths differ.
    let six = try LayerRun([1, 3, 6], SelfAttention("a", heads: 2)).parameters
    #expect(
      six.prefix(2) == [
        "a.qkv.weight : f32[6, 18] = uniform(0.5)",
        "a.qkv.bias : f32[18] = constant(0)",
      ])
    let sixteen = try LayerRun([1, 3, 16], SelfAttention("a", heads: 2)).parameters
    #expect(
      sixteen.suffix(2) == [
        "a.output.weight : f32[16, 16] = uniform(0.25)",
        "a.output.bias : f32[16] = constant(0)",
      ])
  }

  @Test("attention mixes values by the softmax of scaled products, head by head")
  func computesAttention() throws {
    let run = try LayerRun([1, 3, 8], SelfAttention("a", heads: 2))
    #expect(try run(x).isNear(attention(rows(x), run.values, "a")))
  }

  @Test("attention keeps the clips of a batch apart")
  func separatesClips() throws {
    let pair = HostTensor.noise(.f32([2, 3, 8]), "pair")
    let run = try LayerRun(pair.shape, SelfAttention("a", heads: 2))
    let expected = [0, 1].flatMap { clip in
      attention(Array(rows(pair)[clip * 3..<clip * 3 + 3]), run.values, "a")
    }
    #expect(try run(pair).isNear(expected))
  }

  @Test("a transformer layer declares both norms, attention and perceptron in order")
  func declaresTransformerParameters() throws {
    let layer = TransformerLayer("t.0", heads: 2, hidden: 64)
    #expect(
      try LayerRun([1, 3, 16], layer).parameters == [
        "t.0.norm1.weight : f32[16] = constant(1)",
        "t.0.norm1.bias : f32[16] = constant(0)",
        "t.0.attention.qkv.weight : f32[16, 48] = uniform(\(Double(6.0 / 64).squareRoot()))",
        "t.0.attention.qkv.bias : f32[48] = constant(0)",
        "t.0.attention.output.weight : f32[16, 16] = uniform(0.25)",
        "t.0.attention.output.bias : f32[16] = constant(0)",
        "t.0.norm2.weight : f32[16] = constant(1)",
        "t.0.norm2.bias : f32[16] = constant(0)",
        "t.0.mlp.hidden.weight : f32[16, 64] = uniform(0.25)",
        "t.0.mlp.hidden.bias : f32[64] = uniform(0.25)",
        "t.0.mlp.output.weight : f32[64, 16] = uniform(0.125)",
        "t.0.mlp.output.bias : f32[16] = uniform(0.125)",
      ])
  }

  @Test("a transformer layer normalises before each part and adds each part to its input")
  func computesTransformer() throws {
    let run = try LayerRun([1, 3, 8], TransformerLayer("t", heads: 2, hidden: 6))
    let p = run.values
    let normed = Plain.layerNorm(
      rows(x), p["t.norm1.weight"]!, p["t.norm1.bias"]!, epsilon: Self.epsilon)
    let attended = Plain.sum(rows(x), attention(normed, p, "t.attention"))
    let again = Plain.layerNorm(
      attended, p["t.norm2.weight"]!, p["t.norm2.bias"]!, epsilon: Self.epsilon)
    let hidden = Plain.relu(Plain.dense(again, p["t.mlp.hidden.weight"]!, p["t.mlp.hidden.bias"]!))
    let output = Plain.dense(hidden, p["t.mlp.output.weight"]!, p["t.mlp.output.bias"]!)
    #expect(try run(x).isNear(Plain.sum(attended, output)))
  }
}

/// Tokens of all clips, one row each.
private func rows(_ x: HostTensor) -> Matrix {
  x.reshaped(to: Shape(trusted: [x.shape[0] * x.shape[1], x.shape[2]])).matrix
}

/// Two heads of width 4 over tokens of width 8; columns of the projection are q, k, v.
private func attention(_ x: Matrix, _ p: [String: HostTensor], _ path: String) -> Matrix {
  let projected = Plain.dense(x, p["\(path).qkv.weight"]!, p["\(path).qkv.bias"]!)
  let mixed = x.indices.map { token in
    (0..<2).flatMap { head -> [Double] in
      let powers = x.indices.map { other in
        Double.exp(
          (0..<4).reduce(0) { sum, d in
            sum + projected[token][4 * head + d] * projected[other][8 + 4 * head + d]
          } / 2)
      }
      let total = powers.reduce(0, +)
      return (0..<4).map { d in
        x.indices.reduce(0) { $0 + powers[$1] / total * projected[$1][16 + 4 * head + d] }
      }
    }
  }
  return Plain.dense(mixed, p["\(path).output.weight"]!, p["\(path).output.bias"]!)
}
