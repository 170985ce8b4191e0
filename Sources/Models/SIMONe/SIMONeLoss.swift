import GraphIR
import GraphOps
import RealModule
import TensorCore

/// The negative evidence bound of a clip, with weighted terms, as the mean over a batch.
///
/// Pixels are a mixture over slots of normal densities about each slot's colour, for each colour
/// channel by itself or for all three together; latents are held to the standard normal on *all* frames
/// and slots, however few were decoded.
///
/// - Source: the write-up of 2022 for the mixture per channel; Kabra et al. 2021 for the joint one.
package struct SIMONeLoss {
  let model: SIMONe

  package init(_ model: SIMONe) { self.model = model }

  /// Scalars, the loss first. The terms are not weighted.
  package struct Terms {
    package var loss: Tensor
    package var pixel: Tensor
    package var object: Tensor
    package var frame: Tensor
  }

  /// - Shapes: `target` [B, Td, h, w, 3], what `decoded` should be.
  package func callAsFunction(
    _ decoded: SIMONeDecoded, _ latents: SIMONeLatents, target: Tensor
  ) -> Terms {
    target.builder.scoped("loss") {
      let pixel = pixelTerm(decoded, target)
      let object = divergence(latents.objectMean, latents.objectLogStd, model.slots)
      let frame = divergence(latents.frameMean, latents.frameLogStd, model.frames)
      let loss =
        pixel * number("alpha", model.alpha, pixel)
        + object * number("beta_o", model.betaObject, pixel)
        + frame * number("beta_f", model.betaFrame, pixel)
      return Terms(loss: loss, pixel: pixel, object: object, frame: frame)
    }
  }

  /// An option of the loss: constant, or an argument where a schedule gives it.
  private func number(_ name: String, _ value: Double, _ like: Tensor) -> Tensor {
    guard model.scheduled.contains(name) else { return like.scalar(value) }
    return like.builder.sharedArgument(name, .f32([]))
  }

  /// What a squared difference is multiplied with in the log density, and what is added.
  private func density(_ like: Tensor) -> (factor: Tensor, constant: Tensor) {
    let norm = -0.5 * Double.log(2 * Double.pi)
    guard model.scheduled.contains("sigma_x") else {
      let factor = -0.5 / (model.sigmaX * model.sigmaX)
      return (like.scalar(factor), like.scalar(norm - Double.log(model.sigmaX)))
    }
    let sigma = number("sigma_x", model.sigmaX, like)
    return (-0.5 / sigma.squared(), norm - sigma.logarithm())
  }

  /// −log p of a pixel, summed over its channels, as the mean over pixels, frames and clips.
  private func pixelTerm(_ decoded: SIMONeDecoded, _ target: Tensor) -> Tensor {
    let lengths = target.shape.dimensions
    let count = lengths.dropLast().reduce(1, *)
    let slotAxis = 2
    // log softmax: the weights themselves may be too small for a float.
    let logWeights =
      decoded.logits - decoded.logits.logSumExp(along: slotAxis, keepingAxis: true)
    let difference =
      decoded.pixels - target.reshaped(to: lengths[..<slotAxis] + [1] + lengths[slotAxis...])
    let (factor, constant) = density(difference)
    let logDensity = difference.squared() * factor + constant
    let logMixture: Tensor
    switch model.mixture {
    case .perChannel:
      let weights = logWeights.reshaped(to: logWeights.shape.dimensions + [1])
      logMixture = (weights + logDensity).logSumExp(along: slotAxis)
    case .joint:
      logMixture = (logWeights + logDensity.sum(along: -1)).logSumExp(along: slotAxis)
    }
    let axes = Array(0..<logMixture.rank)
    return logMixture.reducingSum(axes) * (-1 / Double(count))
  }

  /// KL(q ‖ N(0, 1)): summed over channels, as the mean over `count` latents and over clips.
  private func divergence(_ mean: Tensor, _ logStd: Tensor, _ count: Int) -> Tensor {
    let deviation = logStd.exponential()
    let terms = (mean.squared() + deviation.squared() - 1) * 0.5 - logStd
    return terms.reducingSum([0, 1, 2]) * (1 / Double(model.batch * count))
  }
}

extension Tensor {
  fileprivate func reducingSum(_ axes: [Int]) -> Tensor { sum(along: axes, keepingAxes: false) }
}
