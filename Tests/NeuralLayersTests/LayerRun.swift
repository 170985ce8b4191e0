import GraphIR
import NeuralLayers
import TensorCore

/// One layer traced on an input of a shape, ready to be asked about its parameters and its value.
struct LayerRun {
  let traced: TracedGraph

  /// - Errors: those of tracing.
  init(_ shape: Shape, _ layer: some Layer) throws {
    let builder = GraphBuilder("test")
    builder.result("y", layer(builder.argument("x", .f32(shape))))
    traced = try builder.finish()
  }

  /// `path : type = initialiser`, in order of declaration.
  var parameters: [String] {
    traced.parameters.map { "\($0.path) : \($0.type) = \($0.initialiser)" }
  }

  /// Values that differ from element to element and from parameter to parameter, whatever the
  /// initialisers say: a bias of zeros or a scale of ones would hide a mistake.
  var values: [String: HostTensor] {
    var values: [String: HostTensor] = [:]
    for parameter in traced.parameters {
      values[parameter.path] = .noise(parameter.type, parameter.path)
    }
    return values
  }

  func callAsFunction(_ x: HostTensor) throws -> HostTensor {
    try Interpreter().run(traced.graph, ["x": x], parameters: values)[0]
  }
}

// MARK: - Plain mathematics, sharing no code with the operations
typealias Matrix = [[Double]]

extension HostTensor {
  /// A tensor of two dimensions as its rows.
  var matrix: Matrix {
    (0..<shape[0]).map { row in Array(reals[row * shape[1]..<(row + 1) * shape[1]]) }
  }
}

enum Plain {
  static func dense(_ x: Matrix, _ weight: HostTensor, _ bias: HostTensor) -> Matrix {
    let weight = weight.matrix
    return x.map { row in
      bias.reals.indices.map { column in
        row.indices.reduce(bias.reals[column]) { $0 + row[$1] * weight[$1][column] }
      }
    }
  }

  static func relu(_ x: Matrix) -> Matrix { x.map { $0.map { max($0, 0) } } }

  static func sum(_ x: Matrix, _ y: Matrix) -> Matrix {
    zip(x, y).map { zip($0, $1).map { $0 + $1 } }
  }

  static func layerNorm(
    _ x: Matrix, _ weight: HostTensor, _ bias: HostTensor, epsilon: Double
  ) -> Matrix {
    x.map { row in
      let mean = row.reduce(0, +) / Double(row.count)
      let squares = row.map { ($0 - mean) * ($0 - mean) }
      let deviation = (squares.reduce(0, +) / Double(row.count) + epsilon).squareRoot()
      return row.indices.map {
        (row[$0] - mean) / deviation * weight.reals[$0] + bias.reals[$0]
      }
    }
  }
}
