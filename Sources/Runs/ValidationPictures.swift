import ClipData
import GraphIR
import ModelZoo
import PageReports
import SmaltiRuntime
import TensorCore
import TensorFiles

/// What a person looks at of a validation: its first sample, and what the model made of it.
struct ValidationPictures {
  let input: ModelInput
  let sample: PreparedSample
  /// Results by name, of the first sample alone.
  let results: [String: HostTensor]

  /// Results of a model that are shown beside reconstruction and weights, where it has them.
  static let results = [
    "pixels", "object_mean", "object_log_std", "frame_mean", "frame_log_std",
  ]

  init(
    _ input: ModelInput, _ sample: PreparedSample, _ outputs: [String: AlignedBytes],
    types: [String: TensorType]
  ) {
    (self.input, self.sample) = (input, sample)
    var results: [String: HostTensor] = [:]
    for (name, type) in types {
      guard let bytes = outputs[name] else { continue }
      let lengths = Array(type.shape.dimensions.dropFirst())
      let part = TensorType(type.element, Shape(trusted: lengths))
      let values = bytes.elements(as: Float.self).prefix(part.shape.count)
      results[name] = HostTensor(part, reals: values.map(Double.init))
    }
    self.results = results
  }

  /// The clip [T, H, W, 3].
  private var clip: HostTensor {
    HostTensor(
      .f32([input.frames, input.size, input.size, 3]), reals: sample.values.map(Double.init))
  }

  /// The pictures as a page has them; nil where the model does not return what it shows.
  func report(_ description: RunDescription) -> SegmentationReport? {
    guard input.isVideo, let reconstruction = results["reconstruction"],
      let weights = results["weights"], let pixels = results["pixels"],
      let objects = latents("object"), let frames = latents("frame")
    else { return nil }
    let model = SegmentationReport.Model(
      name: description.model, preset: "", parameterCount: 0)
    return SegmentationReport(
      title: description.model, source: description.validation ?? description.data,
      model: model, clip: clip, reconstruction: reconstruction,
      weights: weights, pixels: pixels, objectLatents: objects, frameLatents: frames)
  }

  private func latents(_ name: String) -> SegmentationReport.Latents? {
    guard let mean = results["\(name)_mean"], let logStd = results["\(name)_log_std"] else {
      return nil
    }
    return SegmentationReport.Latents(mean: mean, logStd: logStd)
  }

  // MARK: - TensorBoard
  /// The clip, its reconstruction and its segmentation as a picture, and how latents are spread.
  ///
  /// - Errors: those of ``EventSummary/picture(_:_:)``.
  func summaries() throws(Diagnostic) -> [EventSummary] {
    var summaries: [EventSummary] = []
    if let picture = try strips() {
      summaries.append(try .picture("validation/clip", picture))
    }
    for name in Self.results where name.hasSuffix("_mean") || name.hasSuffix("_log_std") {
      guard let values = results[name]?.numbers else { continue }
      summaries.append(.histogram("validation/\(name)", Histogram(of: values)))
    }
    return summaries
  }

  /// Frames side by side: the clip above its reconstruction above its segmentation.
  private func strips() throws(Diagnostic) -> TensorBytes? {
    guard let reconstruction = results["reconstruction"], let weights = results["weights"] else {
      return nil
    }
    let (frames, size) = (input.frames, input.size)
    let lead = input.isVideo ? weights : weights.reshaped(to: Self.framed(weights.shape))
    let labels = Segmentation(lead).labels
    var pixels = [UInt8](repeating: 0, count: 3 * size * frames * size * 3)
    let colours = reconstruction.numbers
    for frame in 0..<frames {
      for place in 0..<size * size {
        let (y, x) = place.quotientAndRemainder(dividingBy: size)
        let from = (frame * size * size + place) * 3
        let to = (y * frames * size + frame * size + x) * 3
        let label = labels[frame * size * size + place]
        let colour = label.map(Palette.slot) ?? Palette.notANumber
        for (channel, value) in [colour.red, colour.green, colour.blue].enumerated() {
          pixels[to + channel] = Self.byte(Double(sample.values[from + channel]))
          pixels[to + channel + size * frames * size * 3] = Self.byte(colours[from + channel])
          pixels[to + channel + 2 * size * frames * size * 3] = value
        }
      }
    }
    return try TensorBytes(.u8([3 * size, frames * size, 3]), bytes: pixels)
  }

  private static func framed(_ shape: Shape) -> Shape {
    Shape(trusted: [1] + shape.dimensions)
  }

  /// NaN is black.
  private static func byte(_ value: Double) -> UInt8 {
    value.isNaN ? 0 : UInt8((min(max(value, 0), 1) * 255).rounded())
  }
}
