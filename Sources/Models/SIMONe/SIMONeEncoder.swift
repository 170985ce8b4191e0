import GraphIR
import GraphOps
import NeuralLayers

/// Means and clamped log deviations of all latents.
///
/// - Shapes: objects [B, K, Z], frames [B, T, Z].
package struct SIMONeLatents {
  var objectMean: Tensor
  var objectLogStd: Tensor
  var frameMean: Tensor
  var frameLogStd: Tensor

  package init(
    objectMean: Tensor, objectLogStd: Tensor, frameMean: Tensor, frameLogStd: Tensor
  ) {
    self.objectMean = objectMean
    self.objectLogStd = objectLogStd
    self.frameMean = frameMean
    self.frameLogStd = frameLogStd
  }
}

/// Video to latents: convolutions per frame, a transformer over all positions of all frames,
/// pooling, a second transformer, then means over time and over space.
///
/// - Shapes: `video` [B, T, H, W, 3] → objects [B, K, Z], frames [B, T, Z].
struct SIMONeEncoder {
  let model: SIMONe

  init(_ model: SIMONe) { self.model = model }

  func callAsFunction(_ video: Tensor) -> SIMONeLatents {
    video.builder.scoped("encoder") {
      let tokens = transformer("transformer1", projected(video))
      let objectsAndFrames = transformer("transformer2", pooled(tokens))
      return latents(objectsAndFrames)
    }
  }

  /// [B, T, g, g, D]
  private func projected(_ video: Tensor) -> Tensor {
    var images = video.rearranged("b t h w c -> (b t) h w c")
    for index in 0..<model.convolutionLayers {
      let layer = ConvolutionLayer(
        "conv.\(index)", model.convolutionChannels, size: 4, stride: 2, padding: 1)
      images = layer(images).relu()
    }
    let features = images.rearranged("(b t) h w c -> b t h w c", t: model.frames)
    return Dense("projection", model.width, hasBias: false)(features)
  }

  /// Positions added once, then layers over the tokens of all frames: [B, T, g, g, D] → the same.
  private func transformer(_ name: String, _ grid: Tensor) -> Tensor {
    let lengths = (1...3).map { grid.dimension($0) }
    let encoding = SinusoidalEncoding(lengths, width: model.width)(grid.builder, grid.element)
    var tokens = (grid + encoding).rearranged("b t h w d -> b (t h w) d")
    for index in 0..<model.transformerLayers {
      let layer = TransformerLayer(
        "\(name).\(index)", heads: model.heads, hidden: model.feedForward)
      tokens = layer(tokens)
    }
    return tokens.rearranged("b (t h w) d -> b t h w d", t: lengths[0], h: lengths[1])
  }

  /// The mean of 2 x 2 tokens times 2: their sum times sqrt(K / g²) = 1/2, which keeps the
  /// variance of independent tokens.
  private func pooled(_ grid: Tensor) -> Tensor {
    let images = grid.rearranged("b t h w d -> (b t) h w d")
    let means = images.averagePool(size: [2, 2], strides: [2, 2]) * 2
    return means.rearranged("(b t) h w d -> b t h w d", t: model.frames)
  }

  /// A head's outputs alternate between a mean and a log deviation.
  private func latents(_ grid: Tensor) -> SIMONeLatents {
    let objects = grid.mean(along: 1).rearranged("b h w d -> b (h w) d")
    let frames = grid.mean(along: 2, 3)
    let (objectMean, objectLogStd) = head("object_head", objects)
    let (frameMean, frameLogStd) = head("frame_head", frames)
    return SIMONeLatents(
      objectMean: objectMean, objectLogStd: objectLogStd, frameMean: frameMean,
      frameLogStd: frameLogStd)
  }

  private func head(_ name: String, _ x: Tensor) -> (mean: Tensor, logStd: Tensor) {
    let outputs = Perceptron(name, hidden: [model.headHidden], outputs: 2 * model.latentChannels)(x)
    let pairs = outputs.rearranged("b n (z p) -> b n z p", p: 2)
    let bounds = model.logStdClamp
    return (
      pairs.element(0, along: -1),
      pairs.element(1, along: -1).clamped(bounds.lowerBound, bounds.upperBound)
    )
  }
}
