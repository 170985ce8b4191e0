import GraphIR
import GraphOps
import NeuralLayers
import TensorCore

/// - Shapes: `reconstruction` [B, Td, h, w, 3]; `weights`, `logits` [B, Td, K, h, w];
///   `pixels` [B, Td, K, h, w, 3].
package struct SIMONeDecoded {
  var reconstruction: Tensor
  var weights: Tensor
  var logits: Tensor
  var pixels: Tensor

  package init(reconstruction: Tensor, weights: Tensor, logits: Tensor, pixels: Tensor) {
    self.reconstruction = reconstruction
    self.weights = weights
    self.logits = logits
    self.pixels = pixels
  }
}

/// Latents to pictures: a perceptron for every (time, object, pixel), then a mixture over objects.
struct SIMONeDecoder {
  /// All frames and pixels, or the frames of these indices and every `pixelStride`-th row and column.
  enum Mode {
    case full
    case train(frames: Tensor)

    var chosen: Tensor? { if case .train(let frames) = self { frames } else { nil } }
  }

  let model: SIMONe
  let mode: Mode

  init(_ model: SIMONe, _ mode: Mode) {
    self.model = model
    self.mode = mode
  }

  func callAsFunction(_ latents: SIMONeLatents) -> SIMONeDecoded {
    latents.objectMean.builder.scoped("decoder") { decode(latents) }
  }

  private var stride: Int { mode.chosen == nil ? 1 : model.pixelStride }
  private var frames: Int { mode.chosen == nil ? model.frames : model.framesDecoded }
  private var side: Int { (model.size + stride - 1) / stride }

  private func decode(_ latents: SIMONeLatents) -> SIMONeDecoded {
    let builder = latents.objectMean.builder
    let inputs = inputs(latents, builder)
    var outputs = inputs
    for index in 0..<model.decoderLayers {
      outputs = Dense("hidden.\(index)", model.decoderWidth)(outputs).relu()
    }
    outputs = Dense("output", 4)(outputs)
    let logits = normalized(outputs.element(3, along: -1))
    let pixels = outputs.sliced(0..<3, along: -1)
    let weights = logits.softmax(along: 2)
    return SIMONeDecoded(
      reconstruction: weights.contracted("btkhw,btkhwc->bthwc", pixels), weights: weights,
      logits: logits, pixels: pixels)
  }

  /// Over time, objects and space together, so that only differences within the clip count.
  private func normalized(_ logits: Tensor) -> Tensor {
    let normal = logits.normalized(along: 1, 2, 3, 4)
    guard model.maskNormAffine else { return normal }
    return logits.builder.scoped("mask_norm") {
      normal * logits.parameter("weight", [], .ones) + logits.parameter("bias", [], .zeros)
    }
  }

  /// Object latent, frame latent, time, row, column: [B, Td, K, h, w, 2Z + 3].
  private func inputs(_ latents: SIMONeLatents, _ builder: GraphBuilder) -> Tensor {
    let (batch, slots, channels) = (model.batch, model.slots, model.latentChannels)
    var frameMean = latents.frameMean
    var frameLogStd = latents.frameLogStd
    var times = Self.ramp(builder, from: 0, count: model.frames)
    if let chosen = mode.chosen {
      frameMean = frameMean.gathered(chosen, along: 1)
      frameLogStd = frameLogStd.gathered(chosen, along: 1)
      times = times.gathered(chosen, along: 0)
    }
    let positions = [batch, frames, slots, side, side]
    let object = sample(
      "object_noise", latents.objectMean, latents.objectLogStd,
      [batch, 1, slots, 1, 1, channels], positions)
    let frame = sample(
      "frame_noise", frameMean, frameLogStd, [batch, frames, 1, 1, 1, channels], positions)
    let coordinates = Self.ramp(builder, from: -1, count: model.size)
      .sliced(0..<model.size, along: 0, by: stride)
    let indicators = [
      times.reshaped(to: [1, frames, 1, 1, 1, 1]),
      coordinates.reshaped(to: [1, 1, 1, side, 1, 1]),
      coordinates.reshaped(to: [1, 1, 1, 1, side, 1]),
    ].map { $0.broadcast(to: positions + [1]) }
    return builder.apply(Concatenate(), [object, frame] + indicators)[0]
  }

  /// The mean, or the mean plus fresh noise for every position times the deviation.
  private func sample(
    _ noise: String, _ mean: Tensor, _ logStd: Tensor, _ shape: [Int], _ positions: [Int]
  ) -> Tensor {
    let target = positions + [model.latentChannels]
    let mean = mean.reshaped(to: shape)
    guard model.latents == .sample else { return mean.broadcast(to: target) }
    let builder = mean.builder
    let drawn =
      switch model.noise {
      case .given: builder.argument(noise, .f32, target)
      case .drawn: key(builder).folded(noise).normal(target)
      }
    return mean + logStd.exponential().reshaped(to: shape) * drawn
  }

  /// The argument `key`, asked for by both samples.
  private func key(_ builder: GraphBuilder) -> Tensor { builder.sharedArgument("key", .u64([])) }

  /// Evenly spaced from `start` to 1; a single one is `start`.
  private static func ramp(_ builder: GraphBuilder, from start: Double, count: Int) -> Tensor {
    let step = count > 1 ? (1 - start) / Double(count - 1) : 0
    let values = (0..<count).map { start + Double($0) * step }
    return builder.constant(HostTensor(.f32([count]), converting: values))
  }
}
