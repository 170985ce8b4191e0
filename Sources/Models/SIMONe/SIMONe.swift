import GraphIR
import GraphOps
import NeuralLayers
import TensorCore

/// SIMONe: a video becomes K object latents, constant in time, and T frame latents, constant in
/// space; a perceptron decodes every (time, object, pixel) to a colour and a mask logit.
///
/// Entry points: `encode`, `decode` (all frames and pixels), `decode_train` (chosen frames, every
/// `pixelStride`-th row and column), `whole` (encode, then decode); and `loss`, which training
/// differentiates: chosen frames, latents sampled afresh for every pixel.
///
/// - Source: Kabra et al., "SIMONe: View-Invariant, Temporally-Abstracted Object Representations
///   via Unsupervised Video Decomposition", NeurIPS 2021, in the form of the reference
///   reproduction of 2022.
public struct SIMONe: ModelFamily {
  public static let name = "simone"
  public static let summary = "objects and camera from video, without labels"
  public static let entries = ["encode", "decode", "decode_train", "whole"]
  public static let parts = [
    (name: "encoder", entry: "encode"), (name: "decoder", entry: "decode"),
  ]

  public var batch = 1
  public var frames = 16
  public var size = 64
  public var convolutionLayers = 3
  public var convolutionChannels = 128
  public var width = 320
  public var heads = 5
  public var transformerLayers = 4
  public var feedForward = 1024
  public var headHidden = 1024
  public var latentChannels = 32
  public var decoderLayers = 5
  public var decoderWidth = 512
  public var slots = 16
  public var latents = Latents.mean
  public var noise = Noise.drawn
  public var pixelStride = 2
  public var logStdClamp = -10.0...3.0
  public var maskNormAffine = false
  public var identicalLayersAtStart = false
  public var sigmaX = 0.08
  public var alpha = 0.2
  public var betaObject = 1e-5
  public var betaFrame = 1e-4
  public var mixture = Mixture.perChannel
  public var learningRate = 2e-4
  public var adamBeta1 = 0.9
  public var adamBeta2 = 0.999
  public var adamEpsilon = 1e-8
  public var gradientClip = 5.0

  private var framesDecodedAsked: Int?
  /// Options that the loss takes as arguments.
  var scheduled: [String] = []
  /// What the recipe says; `batch` is free.
  private var batchOfRecipe = 8

  public init() {}

  /// Frames of `decode_train` and `loss`: half of them unless told.
  public var framesDecoded: Int {
    get { framesDecodedAsked ?? max(frames / 2, 1) }
    set { framesDecodedAsked = newValue }
  }

  /// What the decoder takes for a latent.
  public enum Latents: String, OptionChoice { case mean, sample }
  /// Where a sample's noise comes from: the stream of the argument `key`, or two arguments.
  public enum Noise: String, OptionChoice { case drawn, given }
  /// Whether colour channels choose their slot each or together.
  public enum Mixture: String, OptionChoice { case perChannel = "per_channel", joint }
}

// MARK: - Options
extension SIMONe {
  public static let presets = [
    Preset("published", "64x64, 16 frames, 11.0 M parameters", SIMONe()),
    Preset("small", "one transformer layer each, 4.6 M parameters", small),
    Preset("tiny", "32x32, 6 frames, for tests and for training on a CPU", tiny),
  ]

  private static let small: SIMONe = {
    var model = SIMONe()
    model.transformerLayers = 1
    return model
  }()

  private static let tiny: SIMONe = {
    var model = SIMONe()
    model.frames = 6
    model.size = 32
    model.convolutionLayers = 2
    model.convolutionChannels = 32
    model.width = 80
    model.transformerLayers = 1
    model.feedForward = 320
    model.headHidden = 256
    model.latentChannels = 8
    model.decoderLayers = 3
    model.decoderWidth = 96
    model.logStdClamp = -10.0 ... -2.0
    model.batchOfRecipe = 4
    return model
  }()

  public static let options = [
    ModelOption("batch", \SIMONe.batch, "clips at a time"),
    ModelOption("frames", \SIMONe.frames, "frames of a clip (T)"),
    ModelOption("size", \SIMONe.size, "height and width of a frame in pixels"),
    ModelOption("conv_layers", \SIMONe.convolutionLayers, "convolutions, each halving the size"),
    ModelOption("conv_channels", \SIMONe.convolutionChannels, "channels of the convolutions"),
    ModelOption("width", \SIMONe.width, "width of a token (D), a multiple of heads"),
    ModelOption("heads", \SIMONe.heads, "attention heads"),
    ModelOption("transformer_layers", \SIMONe.transformerLayers, "layers of each transformer (L)"),
    ModelOption("feed_forward", \SIMONe.feedForward, "hidden width of a transformer layer"),
    ModelOption("head_hidden", \SIMONe.headHidden, "hidden width of the latent heads"),
    ModelOption("latent_channels", \SIMONe.latentChannels, "channels of a latent (Z)"),
    ModelOption("decoder_layers", \SIMONe.decoderLayers, "hidden layers of the decoder"),
    ModelOption("decoder_width", \SIMONe.decoderWidth, "hidden width of the decoder"),
    ModelOption("slots", \SIMONe.slots, "object slots (K): the grid's, free for decode alone"),
    ModelOption("latents", \SIMONe.latents, "decode the mean or a sample of each latent"),
    ModelOption("noise", \SIMONe.noise, "a sample's noise: drawn from key, or given"),
    ModelOption("frames_decoded", \SIMONe.framesDecoded, "frames of decode_train and loss: half"),
    ModelOption("pixel_stride", \SIMONe.pixelStride, "distance of pixels in decode_train and loss"),
    ModelOption("log_std_clamp", \SIMONe.logStdClamp, "bounds of a latent's log deviation"),
    ModelOption("mask_ln_affine", \SIMONe.maskNormAffine, "learn scale and shift of the masks"),
    ModelOption(
      "identical_layers_at_start", \SIMONe.identicalLayersAtStart,
      "start all transformer layers equal, as the reference does"),
    ModelOption("sigma_x", \SIMONe.sigmaX, "deviation of a pixel's density, for the loss"),
    ModelOption("alpha", \SIMONe.alpha, "weight of the pixels in the loss"),
    ModelOption("beta_o", \SIMONe.betaObject, "weight of the object latents' divergence"),
    ModelOption("beta_f", \SIMONe.betaFrame, "weight of the frame latents' divergence"),
    ModelOption("mixture", \SIMONe.mixture, "slots chosen per colour channel or for all jointly"),
    ModelOption("lr", \SIMONe.learningRate, "learning rate of Adam in training"),
    ModelOption("adam_beta1", \SIMONe.adamBeta1, "share of old gradients in Adam's mean"),
    ModelOption("adam_beta2", \SIMONe.adamBeta2, "share of old squares in Adam's mean of squares"),
    ModelOption("adam_epsilon", \SIMONe.adamEpsilon, "added to the root of Adam's squares"),
    ModelOption("grad_clip", \SIMONe.gradientClip, "largest norm of all gradients together"),
  ]
}

// MARK: - Training
extension SIMONe {
  public static let schedulable = ["sigma_x", "alpha", "beta_o", "beta_f"]

  public func scheduling(_ options: [String]) -> SIMONe {
    precondition(options.allSatisfy(Self.schedulable.contains))
    var copy = self
    copy.scheduled = options
    return copy
  }

  public var recipe: TrainingRecipe {
    TrainingRecipe(
      optimizer: .adam(beta1: adamBeta1, beta2: adamBeta2, epsilon: adamEpsilon),
      learningRate: learningRate, gradientClip: gradientClip, batch: batchOfRecipe)
  }
}

// MARK: - Sizes
extension SIMONe {
  /// Side of the token grid of the first transformer.
  var grid: Int { size >> convolutionLayers }
  /// Side of the grid after pooling; its square is the number of slots.
  var pooledGrid: Int { grid / 2 }

  /// - Errors: `model.option-range`.
  func validate(_ entries: [String]) throws(Diagnostic) {
    // A million layers would be traced one by one before anything else could refuse them.
    let (widest, deepest) = (1 << 20, 256)
    let limits = [
      ("batch", batch, widest), ("frames", frames, widest), ("size", size, widest),
      ("conv_layers", convolutionLayers, 16), ("conv_channels", convolutionChannels, widest),
      ("width", width, widest), ("heads", heads, widest),
      ("transformer_layers", transformerLayers, deepest), ("feed_forward", feedForward, widest),
      ("head_hidden", headHidden, widest), ("latent_channels", latentChannels, widest),
      ("decoder_layers", decoderLayers, deepest), ("decoder_width", decoderWidth, widest),
      ("slots", slots, widest), ("frames_decoded", framesDecoded, widest),
      ("pixel_stride", pixelStride, widest),
    ]
    for (name, value, limit) in limits where !(1...limit).contains(value) {
      throw .optionRange(
        "\(name) must be 1 to \(limit), got \(value)",
        help: "set \(name)=\(min(max(value, 1), limit))")
    }
    guard width.isMultiple(of: heads) else {
      throw .optionRange(
        "width must be a multiple of heads, got \(width) and \(heads)",
        help: "set width=\(width / heads * heads + heads)")
    }
    try validateTraining()
    let decodesSome = entries.contains { $0 == "decode_train" || $0 == Self.lossEntry }
    guard !decodesSome || framesDecoded <= frames else {
      throw .optionRange(
        "frames_decoded is \(framesDecoded), the clip has \(frames) frames",
        help: "set frames_decoded=\(max(frames / 2, 1))")
    }
    guard entries.contains(where: { !$0.hasPrefix("decode") }) else { return }
    let unit = 1 << (convolutionLayers + 1)
    guard size.isMultiple(of: unit) else {
      throw .optionRange(
        "size must be a multiple of \(unit) for \(convolutionLayers) convolutions and the pooling, "
          + "got \(size)", help: "set size=\((size + unit - 1) / unit * unit)")
    }
    guard slots == pooledGrid * pooledGrid else {
      throw .optionRange(
        "slots must be \(pooledGrid * pooledGrid), the encoder's grid of \(pooledGrid) x "
          + "\(pooledGrid), got \(slots)",
        help: "set slots=\(pooledGrid * pooledGrid); the decoder alone is free to choose")
    }
  }
}

// MARK: - Numbers of training
extension SIMONe {
  /// All are used in f32.
  ///
  /// - Errors: `model.option-range`.
  private func validateTraining() throws(Diagnostic) {
    // The density has 1 / sigma_x².
    for (name, value, usual, range) in [
      ("sigma_x", sigmaX, 0.08, 1e-18...1e18), ("lr", learningRate, 2e-4, 1e-30...1e30),
      ("grad_clip", gradientClip, 5, 1e-30...1e30), ("alpha", alpha, 0.2, 0...1e30),
      ("beta_o", betaObject, 1e-5, 0...1e30), ("beta_f", betaFrame, 1e-4, 0...1e30),
      ("adam_epsilon", adamEpsilon, 1e-8, 0...1),
    ] where !range.contains(value) {
      throw .optionRange(
        "\(name) must be \(range.lowerBound) to \(range.upperBound), got \(value)",
        help: "set \(name)=\(usual)")
    }
    for (name, value, usual) in [("adam_beta1", adamBeta1, 0.9), ("adam_beta2", adamBeta2, 0.999)]
    where !(0..<1).contains(value) {
      throw .optionRange(
        "\(name) must be 0 or more and below 1, got \(value)", help: "set \(name)=\(usual)")
    }
  }
}

// MARK: - The program
extension SIMONe {
  public func program(entries: [String]?) throws(Diagnostic) -> Program {
    let chosen = entries ?? Self.entries
    let known = Self.entries + [Self.lossEntry]
    for name in chosen where !known.contains(name) {
      throw .entryUnknown(name, model: Self.name, known: known)
    }
    try validate(chosen)
    var traced: [TracedGraph] = []
    for name in chosen {
      let builder = GraphBuilder(name)
      trace(name, builder)
      var graph = try builder.finish()
      if identicalLayersAtStart { graph.parameters = graph.parameters.map(Self.startingAlike) }
      traced.append(graph)
    }
    return try Program(Self.name, traced)
  }

  /// The reference copies one template into every transformer layer, so all start equal: here
  /// each takes the random streams of the first layer of the first transformer.
  private static func startingAlike(_ parameter: Parameter) -> Parameter {
    let parts = parameter.path.split(separator: ".")
    guard parts.count > 3, parts[1].hasPrefix("transformer"),
      case .uniform = parameter.initialiser.distribution
    else { return parameter }
    let first = (["encoder", "transformer1", "0"] + parts[3...]).joined(separator: ".")
    guard parameter.path != first else { return parameter }
    var copy = parameter
    copy.initialiser.stream = first
    return copy
  }

  private func trace(_ entry: String, _ builder: GraphBuilder) {
    switch entry {
    case "encode": return_(SIMONeEncoder(self)(video(builder)))
    case "decode": return_(decoder(latentArguments(builder), .full))
    case "decode_train":
      let latents = latentArguments(builder)
      let chosen = builder.argument("time_indices", .i32, [framesDecoded])
      return_(decoder(latents, .train(frames: chosen)))
    case Self.lossEntry: traceLoss(builder)
    default:
      let latents = SIMONeEncoder(self)(video(builder))
      return_(decoder(latents, .full))
      return_(latents)
    }
  }

  private func traceLoss(_ builder: GraphBuilder) {
    var model = self
    model.latents = .sample
    let video = video(builder)
    let latents = SIMONeEncoder(model)(video)
    let chosen =
      switch noise {
      case .given: builder.argument("time_indices", .i32, [framesDecoded])
      case .drawn:
        builder.sharedArgument("key", .u64([])).folded("time_indices")
          .randomSubset(framesDecoded, of: frames)
      }
    let decoded = model.decoder(latents, .train(frames: chosen))
    let target = video.gathered(chosen, along: 1)
      .sliced(0..<size, along: 2, by: pixelStride).sliced(0..<size, along: 3, by: pixelStride)
    let terms = SIMONeLoss(model)(decoded, latents, target: target)
    builder.result("loss", terms.loss)
    builder.result("pixel_loss", terms.pixel)
    builder.result("object_divergence", terms.object)
    builder.result("frame_divergence", terms.frame)
  }

  private func video(_ builder: GraphBuilder) -> Tensor {
    builder.argument("video", .f32, [batch, frames, size, size, 3])
  }

  private func decoder(_ latents: SIMONeLatents, _ mode: SIMONeDecoder.Mode) -> SIMONeDecoded {
    SIMONeDecoder(self, mode)(latents)
  }

  private func latentArguments(_ builder: GraphBuilder) -> SIMONeLatents {
    let objects = [batch, slots, latentChannels]
    let frames = [batch, self.frames, latentChannels]
    return SIMONeLatents(
      objectMean: builder.argument("object_mean", .f32, objects),
      objectLogStd: builder.argument("object_log_std", .f32, objects),
      frameMean: builder.argument("frame_mean", .f32, frames),
      frameLogStd: builder.argument("frame_log_std", .f32, frames))
  }

  private func return_(_ latents: SIMONeLatents) {
    let builder = latents.objectMean.builder
    builder.result("object_mean", latents.objectMean)
    builder.result("object_log_std", latents.objectLogStd)
    builder.result("frame_mean", latents.frameMean)
    builder.result("frame_log_std", latents.frameLogStd)
  }

  private func return_(_ decoded: SIMONeDecoded) {
    let builder = decoded.reconstruction.builder
    builder.result("reconstruction", decoded.reconstruction)
    builder.result("weights", decoded.weights)
    builder.result("logits", decoded.logits)
    builder.result("pixels", decoded.pixels)
  }
}
