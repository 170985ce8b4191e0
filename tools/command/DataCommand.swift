import ArgumentParser
import ModelRequests
import Smalti

/// `smalti data`: clips to train and test on.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Makes data sets.",
    discussion: "Example: smalti data make sprites --count 200 --out sprites",
    subcommands: [DataMakeCommand.self])
}

/// `smalti data make`: generators.
struct DataMakeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "make",
    abstract: "Makes a data set from a seed.",
    discussion: "Example: smalti data make sprites --count 200 --out sprites",
    subcommands: [SpritesCommand.self])
}

/// `smalti data make sprites`: clips of moving objects under a moving camera.
struct SpritesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sprites",
    abstract: "Makes clips of moving shapes under a moving camera, with labels.",
    discussion: """
      Writes npz files of up to --shard clips: video u8 [n, frames, size, size, 3] and
      labels u8 [n, frames, size, size], where 0 is the background. The same seed
      gives the same bytes.

      Options, as key=value, with their defaults:
      \(options)

      Example: smalti data make sprites --seed 1 --count 200 --out sprites
      Example: smalti data make sprites frames=12 size=32 --count 10 --out small
      """)

  @Argument(help: ArgumentHelp("Options of the generator.", valueName: "key=value"))
  var settings: [String] = []

  @Option(help: "How many clips to make.")
  var count = 100

  @Option(help: "How many clips one file holds.")
  var shard = 100

  @Flag(help: "Pack the files: smaller, and slower to write.")
  var packed = false

  @Option(help: "The folder to write to; made if it is missing.")
  var out: String

  @OptionGroup var options: GlobalOptions

  /// One line for each option of the generator.
  private static var options: String {
    SpriteOptions.settings.map { setting in
      "  \(setting.name)=\(setting.value(in: SpriteOptions())): \(setting.summary)"
    }.joined(separator: "\n")
  }

  func run() throws {
    var choice = SpriteOptions()
    for assignment in settings {
      guard let split = assignment.firstIndex(of: "=") else {
        throw Diagnostic.callSettingSyntax(assignment)
      }
      try choice.set(
        String(assignment[..<split]), to: String(assignment[assignment.index(after: split)...]))
    }
    var shards = SpriteShards(try Sprites(choice, seed: options.seed), count: count)
    shards.clipsPerShard = min(shard, max(count, 1))
    shards.isDeflated = packed
    let threads = try options.checkedThreads()
    shards.threadCount = threads == 0 ? ThreadPool.allowedProcessors : threads
    let progress = Progress(options)
    let start = ContinuousClock.now
    let writer = shards
    let paths = try progress.during("making clips") {
      try writer.write(to: out) { done in progress.show("clip \(done) of \(writer.count)") }
    }
    let report = SpritesReport(
      folder: out, files: paths.count, clips: count, seed: options.seed,
      video: "u8[\(choice.frames), \(choice.size), \(choice.size), 3]",
      seconds: (ContinuousClock.now - start).seconds)
    options.report(report, report.text)
  }
}

/// What `data make sprites` says when it is done.
struct SpritesReport: Encodable {
  var folder: String
  var files: Int
  var clips: Int
  var seed: UInt64
  /// The type of one clip.
  var video: String
  var seconds: Double

  var text: String {
    "wrote \(clips) \(clips == 1 ? "clip" : "clips") \(video) of seed \(seed) in "
      + "\(files) \(files == 1 ? "file" : "files") to \(folder), in \(Quantity.seconds(seconds))"
  }
}
