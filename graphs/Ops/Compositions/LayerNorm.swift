import GraphIR
import TensorCore

/// The last axis normalised, then scaled and shifted.
///
///     y = normalize(x) * weight + bias
///
/// - Shapes: `x: T[..., n]`, `weight, bias: T[n]` → `y: T[..., n]`.
/// - Errors: those of ``Normalize``, `type.mismatch`, `shape.mismatch`, `operation.operand-count`.
/// - Source: Ba, Kiros, Hinton, "Layer normalization", 2016; ONNX LayerNormalization-17.
public struct LayerNorm: NamedOperation {
  public static let name = "layer_norm"
  public static let attributes = [Attribute("epsilon", \LayerNorm.epsilon)]

  public var epsilon = 1e-5
  public init() {}
}

extension Tensor {
  /// Normalised along the last axis, scaled and shifted; see ``LayerNorm``.
  public func layerNorm(weight: Tensor, bias: Tensor, epsilon: Double = 1e-5) -> Tensor {
    applying(LayerNorm().setting(\.epsilon, to: epsilon), weight, bias)
  }
}

extension LayerNorm {
  private var normalize: Normalize { Normalize().setting(\.epsilon, to: epsilon) }

  public func resultTypes(of operands: [TensorType]) throws(Diagnostic) -> [TensorType] {
    try operands.requireCount(3, name)
    let x = try normalize.resultType(of: operands[0])
    for (what, operand) in zip(["a weight", "a bias"], operands.dropFirst()) {
      try x.requireElement(of: operand)
      let expected = try Shape(checking: [x.shape[x.rank - 1]])
      guard operand.shape == expected else {
        throw .operandShape("\(what) of layer_norm", expected: expected, got: operand)
      }
    }
    return [x]
  }

  public func evaluate(_ operands: [HostTensor]) -> [HostTensor] {
    let (weight, bias) = (operands[1].reals, operands[2].reals)
    let axis = operands[0].type.rank - 1
    let epsilon = operands[0].element.rounding(epsilon)
    let result = operands[0].mappingRows(along: [axis]) { row in
      Normalize.normalized(row, epsilon: epsilon).enumerated().map { $1 * weight[$0] + bias[$0] }
    }
    return [result]
  }

  public func form(_ operands: [Tensor]) -> StructuredForm {
    let normalized = operands[0].applying(normalize)
    return .decompose(normalized * operands[1] + operands[2])
  }

  public func gradient(_ node: BackwardNode) -> [OperandGradient] {
    let (x, weight, dy) = (node.operands[0], node.operands[1], node.gradient)
    let normalized = x.applying(normalize)
    return [
      normalize.gradient(x, normalized, dy * weight),
      .flows((dy * normalized).summed(to: weight.shape)), .flows(dy.summed(to: weight.shape)),
    ]
  }

  public static let samples = [
    Sample(
      "tokens", LayerNorm(),
      [.noise(.f32([2, 3, 8])), .noise(.f32([8]), "weight"), .noise(.f32([8]), "bias")])
  ]
  public static let refusals = [
    Refusal("weight", LayerNorm(), [.f32([2, 3]), .f32([2]), .f32([3])], "shape.mismatch"),
    Refusal("types", LayerNorm(), [.f32([2, 3]), .f64([3]), .f32([3])], "type.mismatch"),
    Refusal("operands", LayerNorm(), [.f32([2, 3])], "operation.operand-count"),
  ]
}
