import GraphIR
import NeuralLayers
import TensorCore
import Testing

/// Dense layers, perceptrons and convolutions.
struct AffineLayerTests {
  let x = HostTensor.noise(.f32([3, 4]), "x")

  @Test("a dense layer declares weight and bias within 1/sqrt(inputs)")
  func declaresDenseParameters() throws {
    let run = try LayerRun([2, 3, 4], Dense("d", 5))
    #expect(
      run.parameters == [
        "d.weight : f32[4, 5] = uniform(0.5)",
        "d.bias : f32[5] = uniform(0.5)",
      ])
    #expect(run.traced.graph.type(run.traced.graph.results[0].value) == .f32([2, 3, 5]))
  }

  @Test("a dense layer without bias, and with initialisers of its own, declares those")
  func declaresChosenInitialisers() throws {
    let bare = try LayerRun([3, 4], Dense("d", 5, hasBias: false))
    #expect(bare.parameters == ["d.weight : f32[4, 5] = uniform(0.5)"])
    // sqrt(6 / (2 + 22)) = 1/2
    let chosen = Dense("d", 22, weight: .glorotUniform(2, 22), bias: .zeros)
    #expect(
      try LayerRun([3, 2], chosen).parameters == [
        "d.weight : f32[2, 22] = uniform(0.5)",
        "d.bias : f32[22] = constant(0)",
      ])
  }

  @Test("a dense layer multiplies rows by its weight and adds its bias")
  func computesDense() throws {
    let run = try LayerRun(x.shape, Dense("d", 5))
    let expected = Plain.dense(x.matrix, run.values["d.weight"]!, run.values["d.bias"]!)
    #expect(try run(x).isNear(expected))
    let bare = try LayerRun(x.shape, Dense("d", 5, hasBias: false))
    let zeros = HostTensor(.f32([5]), repeating: 0)
    #expect(try bare(x).isNear(Plain.dense(x.matrix, run.values["d.weight"]!, zeros)))
  }

  @Test("a perceptron numbers several hidden layers and does not number a single one")
  func declaresPerceptronParameters() throws {
    #expect(
      try LayerRun([3, 4], Perceptron("p", hidden: [16], outputs: 2)).parameters == [
        "p.hidden.weight : f32[4, 16] = uniform(0.5)",
        "p.hidden.bias : f32[16] = uniform(0.5)",
        "p.output.weight : f32[16, 2] = uniform(0.25)",
        "p.output.bias : f32[2] = uniform(0.25)",
      ])
    #expect(
      try LayerRun([3, 4], Perceptron("p", hidden: [16, 64], outputs: 2)).parameters == [
        "p.hidden.0.weight : f32[4, 16] = uniform(0.5)",
        "p.hidden.0.bias : f32[16] = uniform(0.5)",
        "p.hidden.1.weight : f32[16, 64] = uniform(0.25)",
        "p.hidden.1.bias : f32[64] = uniform(0.25)",
        "p.output.weight : f32[64, 2] = uniform(0.125)",
        "p.output.bias : f32[2] = uniform(0.125)",
      ])
    #expect(
      try LayerRun([3, 4], Perceptron("p", hidden: [], outputs: 2)).parameters.map { $0.prefix(8) }
        == ["p.output", "p.output"])
  }

  @Test("a perceptron has a ReLU after each hidden layer and none after the last")
  func computesPerceptron() throws {
    let run = try LayerRun(x.shape, Perceptron("p", hidden: [6, 5], outputs: 8))
    let p = run.values
    let first = Plain.relu(Plain.dense(x.matrix, p["p.hidden.0.weight"]!, p["p.hidden.0.bias"]!))
    let second = Plain.relu(Plain.dense(first, p["p.hidden.1.weight"]!, p["p.hidden.1.bias"]!))
    let expected = Plain.dense(second, p["p.output.weight"]!, p["p.output.bias"]!)
    // Else a ReLU too few or too many would not show.
    #expect(first.joined().contains(0) && second.joined().contains(0))
    #expect(expected.joined().contains { $0 < 0 })
    #expect(try run(x).isNear(expected))
  }

  @Test("a convolution declares [size, size, channels, outputs] within 1/sqrt(size² · channels)")
  func declaresConvolutionParameters() throws {
    let layer = ConvolutionLayer("c", 6, size: 4, stride: 2, padding: 1)
    let run = try LayerRun([2, 8, 6, 4], layer)
    #expect(
      run.parameters == [
        "c.weight : f32[4, 4, 4, 6] = uniform(0.125)",
        "c.bias : f32[6] = uniform(0.125)",
      ])
    #expect(run.traced.graph.type(run.traced.graph.results[0].value) == .f32([2, 4, 3, 6]))
  }

  @Test(
    "a convolution sums its window over zero-padded images and adds its bias",
    arguments: [(4, 2, 1), (3, 1, 1), (2, 3, 0), (1, 1, 0)])
  func computesConvolution(size: Int, stride: Int, padding: Int) throws {
    let images = HostTensor.noise(.f32([2, 5, 6, 3]), "images")
    let layer = ConvolutionLayer("c", 4, size: size, stride: stride, padding: padding)
    let run = try LayerRun(images.shape, layer)
    let (weight, bias) = (run.values["c.weight"]!.reals, run.values["c.bias"]!.reals)
    func pixel(_ n: Int, _ i: Int, _ j: Int, _ c: Int) -> Double {
      (0..<5).contains(i) && (0..<6).contains(j) ? images.reals[((n * 5 + i) * 6 + j) * 3 + c] : 0
    }
    let rows = (5 + 2 * padding - size) / stride + 1
    let columns = (6 + 2 * padding - size) / stride + 1
    var expected: [Double] = []
    for n in 0..<2 {
      for i in 0..<rows {
        for j in 0..<columns {
          for o in 0..<4 {
            var sum = bias[o]
            for a in 0..<size {
              for b in 0..<size {
                for c in 0..<3 {
                  sum +=
                    pixel(n, i * stride + a - padding, j * stride + b - padding, c)
                    * weight[((a * size + b) * 3 + c) * 4 + o]
                }
              }
            }
            expected.append(sum)
          }
        }
      }
    }
    let result = try run(images)
    #expect(result.shape == Shape(trusted: [2, rows, columns, 4]))
    #expect(result.isNear([expected]))
  }
}

extension HostTensor {
  /// Equal to these numbers, row after row, but for rounding in `Double`.
  func isNear(_ expected: Matrix, within bound: Double = 1e-12) -> Bool {
    let expected = expected.flatMap { $0 }
    guard expected.count == count else { return false }
    return zip(reals, expected).allSatisfy { abs($0 - $1) <= bound * max(1, abs($1)) }
  }
}
