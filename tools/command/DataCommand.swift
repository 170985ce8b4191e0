import ArgumentParser
import ModelRequests
import Smalti

/// `smalti data`: clips and pictures to train and test on.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Makes data sets and describes them.",
    discussion: """
      Example: smalti data make sprites --count 200 --out sprites
      Example: smalti data info sprites
      """,
    subcommands: [DataMakeCommand.self, DataInfoCommand.self])
}

/// `smalti data make`: generators.
struct DataMakeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "make",
    abstract: "Makes a data set from a seed.",
    discussion: """
      Example: smalti data make sprites --count 200 --out sprites
      Example: smalti data make tetrominoes --count 1000 --out tetrominoes
      """,
    subcommands: generators + [UnknownGeneratorCommand.self],
    defaultSubcommand: UnknownGeneratorCommand.self)

  static let generators: [any ParsableCommand.Type] = [
    GeneratorCommand<Sprites>.self, GeneratorCommand<MultiDSprites>.self,
    GeneratorCommand<Tetrominoes>.self, GeneratorCommand<ObjectsRoom>.self,
  ]
}

/// What `smalti data make` does with a first word that is no generator.
struct UnknownGeneratorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unknown-generator", shouldDisplay: false)

  @Argument(parsing: .allUnrecognized, help: .hidden)
  var words: [String] = []

  func run() throws {
    guard let name = words.first else { throw CleanExit.helpRequest(DataMakeCommand.self) }
    throw Diagnostic.callGenerator(
      name, known: DataMakeCommand.generators.compactMap { $0.configuration.commandName })
  }
}

/// Files of `smalti data make`.
enum DataFormat: String, ExpressibleByArgument, CaseIterable { case npz, tfrecord }

/// `smalti data make KIND`: labelled clips or images of one generator.
struct GeneratorCommand<Generator: ClipGenerator>: ParsableCommand {
  static var configuration: CommandConfiguration {
    let call = "smalti data make \(Generator.name)"
    return CommandConfiguration(
      commandName: Generator.name,
      abstract: "Makes \(Generator.summary), with labels.",
      discussion: """
        Writes npz files of up to --shard \(noun)s, with the arrays
        \(arrays)
        or with --format tfrecord packed records in the layout of \(records).
        The same seed gives the same bytes.

        Options, as key=value, with their defaults:
        \(options)

        Example: \(call) --seed 1 --count 200 --out \(noun)s
        Example: \(call) \(Generator.example) --count 10 --out small
        """)
  }

  @Argument(help: ArgumentHelp("Options of the generator.", valueName: "key=value"))
  var settings: [String] = []

  @Option(help: "How many \(Self.noun)s to make.")
  var count = 100

  @Option(help: "How many \(Self.noun)s one file holds.")
  var shard = 100

  @Flag(help: "Pack npz files: smaller, and slower to write.")
  var packed = false

  @Option(help: "Files to write: npz, or tfrecord as the published data set.")
  var format = DataFormat.npz

  @Option(help: "The folder to write to; made if it is missing.")
  var out: String

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let generator = try Generator(try choice(), seed: options.seed)
    var shards = GeneratedShards(generator, count: count)
    shards.clipsPerShard = min(shard, max(count, 1))
    shards.format = try shardFormat()
    let threads = try options.checkedThreads()
    shards.threadCount = threads == 0 ? ThreadPool.allowedProcessors : threads
    let progress = Progress(options)
    let start = ContinuousClock.now
    let writer = shards
    // Images are quick: a line for each would cost more than the image.
    let stride = max(1, count / 1000)
    let paths = try progress.during("making \(Self.noun)s") {
      try writer.write(to: out) { done in
        guard done % stride == 0 else { return }
        progress.show("\(Self.noun) \(done) of \(writer.count)")
      }
    }
    let report = GeneratorReport(
      generator, folder: out, files: paths.count, count: count,
      seconds: (ContinuousClock.now - start).seconds)
    options.report(report, report.text)
  }

  private func shardFormat() throws(Diagnostic) -> ShardFormat {
    switch format {
    case .npz: return .npz(isDeflated: packed)
    case .tfrecord:
      guard !packed else { throw .callPacked() }
      return .tfrecord
    }
  }

  /// The defaults with the settings of the call.
  private func choice() throws(Diagnostic) -> Generator.Options {
    var choice = Generator.Options()
    for assignment in settings {
      guard let split = assignment.firstIndex(of: "=") else {
        throw .callSettingSyntax(assignment)
      }
      try choice.set(
        String(assignment[..<split]), to: String(assignment[assignment.index(after: split)...]))
    }
    return choice
  }
}

// MARK: - Words
extension GeneratorCommand {
  private static var noun: String { Generator.isVideo ? "clip" : "image" }

  /// What lies in a file, one line for each array.
  private static var arrays: String {
    let (name, shape) =
      Generator.isVideo ? ("video", "n, frames, size, size") : ("image", "n, size, size")
    let count = Generator.backgroundLabels
    let background =
      count == 1
      ? "0 is the background"
      : "0 to \(count - 1) are the background\n  background_labels u8 [1]: \(count)"
    return "  \(name) u8 [\(shape), 3]\n  labels u8 [\(shape)]: \(background)"
  }

  private static var records: String {
    let layout = Generator.recordLayout
    let facts = layout.facts.map(\.name)
    return layout.name + (facts.isEmpty ? "" : ", with " + facts.joined(separator: ", "))
  }

  /// One line for each option of the generator.
  private static var options: String {
    Generator.Options.settings.map { setting in
      "  \(setting.name)=\(setting.value(in: Generator.Options())): \(setting.summary)"
    }.joined(separator: "\n")
  }
}

/// What `data make` says when it is done.
struct GeneratorReport: Encodable {
  var folder: String
  var files: Int
  /// How many, of videos or of images.
  var clips: Int?
  var images: Int?
  var seed: UInt64
  /// The type of one.
  var video: String?
  var image: String?
  var seconds: Double

  init<Generator: ClipGenerator>(
    _ generator: Generator, folder: String, files: Int, count: Int, seconds: Double
  ) {
    let (frames, size) = (generator.options.frames, generator.options.size)
    self.folder = folder
    self.files = files
    seed = generator.seed
    self.seconds = seconds
    if Generator.isVideo {
      (clips, video) = (count, "u8[\(frames), \(size), \(size), 3]")
    } else {
      (images, image) = (count, "u8[\(size), \(size), 3]")
    }
  }

  var text: String {
    let count = clips ?? images ?? 0
    let noun = clips == nil ? "image" : "clip"
    return "wrote \(count) \(count == 1 ? noun : noun + "s") \(video ?? image ?? "") of seed "
      + "\(seed) in \(files) \(files == 1 ? "file" : "files") to \(folder), in "
      + Quantity.seconds(seconds)
  }
}
