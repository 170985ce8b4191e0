import GraphIR
import GraphOps

/// A convolution of channels-last images with a square kernel and a bias.
///
/// - Shapes: `x: T[n, h, w, c]` → `y: T[n, h', w', outputs]`; `weight: T[size, size, c, outputs]`,
///   `bias: T[outputs]`.
public struct ConvolutionLayer: Layer {
  public var name: String
  public var outputs: Int
  public var size: Int
  public var stride: Int
  public var padding: Int

  public init(_ name: String, _ outputs: Int, size: Int, stride: Int = 1, padding: Int = 0) {
    self.name = name
    self.outputs = outputs
    self.size = size
    self.stride = stride
    self.padding = padding
  }

  public func apply(_ x: Tensor) -> Tensor {
    let channels = x.dimension(-1)
    let standard = Initialiser.fanInUniform(size * size * channels)
    let weight = x.parameter("weight", [size, size, channels, outputs], standard)
    let border = [Int](repeating: padding, count: 4)
    return x.convolution(weight, strides: [stride, stride], padding: border)
      + x.parameter("bias", [outputs], standard)
  }
}
