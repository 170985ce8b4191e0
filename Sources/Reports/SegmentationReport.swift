import TensorCore

/// What one run of a model made of a clip, as data for a page that a person looks at.
///
/// ``html()`` makes one file without references to anything outside it: pictures lie in it as PNG,
/// playback is a few lines of script, and without script the clips still play. The same report
/// gives the same text every time. T frames, K slots, H x W pixels, Z latent channels; no batch
/// axis. Places that hold no number are drawn in magenta and counted in a note.
public struct SegmentationReport: Sendable {
  public var title: String
  /// Where the clip came from: a file with the frames taken, or how it was made.
  public var source: String
  public var model: Model
  /// What the reader must know of the weights, for instance that they were never trained; the page
  /// shows it before anything else. Empty: nothing to say.
  public var weightsNote = ""
  /// `[T, H, W, 3]`: u8, or fractions of full brightness in a floating type.
  public var clip: HostTensor
  /// `[T, H, W, 3]`, as `clip`; drawn clipped to 0...1.
  public var reconstruction: HostTensor
  /// `[T, K, H, W]`: how much each slot counts in each pixel; the segmentation is its argmax.
  public var weights: HostTensor
  /// `[T, K, H, W, 3]`: each slot's own picture, as `clip`.
  public var pixels: HostTensor
  /// Rows are slots: `[K, Z]`.
  public var objectLatents: Latents
  /// Rows are frames: `[T, Z]`.
  public var frameLatents: Latents
  /// The true label of each pixel, `[T, H, W]` row-major, to be shown beside the segmentation; nil if there
  /// are none.
  public var truth: [Int]?
  /// Numbers of the clip, shown beside its facts: a value, and what it is.
  public var facts: [(text: String, remark: String)] = []
  public var studies: [LatentStudy] = []
  /// The same model computed in several ways; the first is the page's.
  public var variants: [Variant] = []
  public var times: [Time] = []
  /// The machine in one line: processor, threads, memory.
  public var machine = ""
  /// Further remarks, one paragraph each.
  public var notes: [String] = []
  /// The command that makes this page again.
  public var command = ""
  /// Playback, in frames a second.
  public var framesPerSecond = 8.0

  public init(
    title: String, source: String, model: Model, clip: HostTensor, reconstruction: HostTensor,
    weights: HostTensor, pixels: HostTensor, objectLatents: Latents, frameLatents: Latents
  ) {
    self.title = title
    self.source = source
    self.model = model
    self.clip = clip
    self.reconstruction = reconstruction
    self.weights = weights
    self.pixels = pixels
    self.objectLatents = objectLatents
    self.frameLatents = frameLatents
  }
}

// MARK: - Parts
extension SegmentationReport {
  public struct Model: Sendable {
    public var name: String
    /// The preset that the options began with.
    public var preset: String
    public var parameterCount: Int
    public var options: [Option]

    public init(name: String, preset: String, parameterCount: Int, options: [Option] = []) {
      self.name = name
      self.preset = preset
      self.parameterCount = parameterCount
      self.options = options
    }
  }

  public struct Option: Sendable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// Gaussians, a row of independent ones for each slot or frame.
  public struct Latents: Sendable {
    /// `[rows, Z]`
    public var mean: HostTensor
    /// `[rows, Z]`: natural logarithms of the standard deviations.
    public var logStd: HostTensor

    public init(mean: HostTensor, logStd: HostTensor) {
      self.mean = mean
      self.logStd = logStd
    }
  }

  /// One way of computing the model, timed on the page's clip.
  public struct Variant: Sendable {
    public var name: String
    public var milliseconds: Double
    public var framesPerSecond: Double
    /// What a run needs beside weights, inputs and outputs.
    public var workspaceBytes: Int
    /// The largest relative difference of its weights to those of the first.
    public var difference: Double

    public init(
      _ name: String, milliseconds: Double, framesPerSecond: Double, workspaceBytes: Int,
      difference: Double
    ) {
      self.name = name
      self.milliseconds = milliseconds
      self.framesPerSecond = framesPerSecond
      self.workspaceBytes = workspaceBytes
      self.difference = difference
    }
  }

  /// One row of the table of times.
  public struct Time: Sendable {
    public var name: String
    public var milliseconds: Double
    public var gigaflopsPerSecond: Double?
    /// Of the machine's peak in floating operations; 0 to 100.
    public var percentOfPeak: Double?

    public init(
      _ name: String, milliseconds: Double, gigaflopsPerSecond: Double? = nil,
      percentOfPeak: Double? = nil
    ) {
      self.name = name
      self.milliseconds = milliseconds
      self.gigaflopsPerSecond = gigaflopsPerSecond
      self.percentOfPeak = percentOfPeak
    }
  }
}

// MARK: - The page
extension SegmentationReport {
  /// The report as one self-contained HTML page.
  ///
  /// - Errors: `report.shape`, `report.element`, and those of ``PNGFile/encode(_:)``.
  /// - Cost: about 1 MB for 16 frames and 16 slots of 64x64 smooth pixels, at most 8 MB for any;
  ///   larger pictures are drawn with fewer pixels.
  public func html() throws(Diagnostic) -> String {
    try ReportPage(self).html.page
  }

  /// The lengths T, K, H, W, as `weights` states them.
  var lengths: (frames: Int, slots: Int, height: Int, width: Int) {
    let shape = weights.shape
    return (shape[0], shape[1], shape[2], shape[3])
  }

  /// Every tensor agrees with `weights`, which alone names all four lengths.
  func checkShapes() throws(Diagnostic) {
    guard weights.shape.rank == 4, weights.count > 0 else {
      throw .reportShape("weights", "[T, K, H, W]", expected: "four lengths above 0", weights.type)
    }
    let (frames, slots, height, width) = lengths
    let picture = [frames, height, width, 3]
    try check(clip, "clip", "[T, H, W, 3]", picture)
    try check(reconstruction, "reconstruction", "[T, H, W, 3]", picture)
    try check(weights, "weights", "[T, K, H, W]", [frames, slots, height, width])
    try check(pixels, "pixels", "[T, K, H, W, 3]", [frames, slots, height, width, 3])
    try check(objectLatents, "object", "[K, Z]", rows: slots)
    try check(frameLatents, "frame", "[T, Z]", rows: frames)
    if let truth, truth.count != frames * height * width {
      throw .reportShape(
        "truth", "[T, H, W]", expected: Shape(trusted: [frames, height, width]).description,
        TensorType(.i32, Shape(trusted: [truth.count])))
    }
  }

  private func check(
    _ latents: Latents, _ part: String, _ axes: String, rows: Int
  ) throws(Diagnostic) {
    let shape = latents.mean.shape
    // The number of channels is free, but one there must be.
    let channels = shape.rank == 2 ? max(shape[1], 1) : 1
    try check(latents.mean, "\(part) means", axes, [rows, channels])
    try check(latents.logStd, "\(part) deviations", axes, [rows, channels])
  }

  private func check(
    _ tensor: HostTensor, _ part: String, _ axes: String, _ expected: [Int]
  ) throws(Diagnostic) {
    guard tensor.shape.dimensions == expected else {
      throw .reportShape(part, axes, expected: Shape(trusted: expected).description, tensor.type)
    }
    guard tensor.element.isFloating || tensor.element == .u8 else {
      throw .reportElement(part, tensor.type)
    }
  }
}
