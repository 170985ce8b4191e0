import ArgumentParser
import ModelRequests
import Smalti

/// The door: parses the call, runs it, and turns every error into words and an exit code.
@main
enum Main {
  static func main() {
    let listener = Interruption.listen()
    defer { withExtendedLifetime(listener) {} }
    do {
      var command = try RootCommand.parseAsRoot()
      try command.run()
    } catch {
      Ending.exit(for: error)
    }
  }
}

/// `smalti` without a subcommand: prints its help.
struct RootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "smalti",
    abstract: "Compiles neural networks to fast code for this processor, and runs them.",
    discussion: """
      MODEL is a name of the zoo with an optional preset (simone, simone:tiny), or
      a file of graph text. Options of a model follow it as key=value; smalti models
      lists them.

      Shell completions: smalti --generate-completion-script bash (or zsh, fish).
      Exit codes: 0 done, 1 failed, 2 a mistake in the call, 130 after Ctrl-C.

      Example: smalti run simone:tiny --input video=clip.npy --output out.npz
      """,
    version: SmaltiVersion.text,
    subcommands: [
      ModelsCommand.self, RunCommand.self, SegmentCommand.self, CompileCommand.self,
      ExplainCommand.self, TuneCommand.self, BenchCommand.self, BenchRowCommand.self,
      InspectCommand.self, TrainCommand.self, EvalCommand.self, DataCommand.self, OpsCommand.self,
      MachineCommand.self,
      CacheCommand.self, DiffCommand.self,
    ])
}
