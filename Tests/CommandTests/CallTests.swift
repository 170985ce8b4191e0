import Foundation
import Testing

/// Help, exit codes and words that hold for every command.
@Suite("The command: calls")
struct CallTests {
  static let commands = [
    ["models"], ["run"], ["compile"], ["explain"], ["bench"], ["ops"], ["machine"], ["cache"],
    ["diff"], ["segment"],
    ["data", "make", "sprites"], ["data", "make", "multi-dsprites"],
    ["data", "make", "tetrominoes"], ["data", "make", "objects-room"],
  ]

  @Test("every command has help with an example", arguments: commands)
  func helpHasAnExample(_ command: [String]) throws {
    try withCommand { smalti in
      let outcome = try smalti.start(command + ["--help"]).outcome()
      #expect(outcome.status == 0)
      #expect(outcome.error == "")
      #expect(outcome.out.contains("Example: smalti \(command.joined(separator: " "))"))
      for option in ["--threads", "--seed", "--json", "--quiet", "--no-cache"] {
        #expect(outcome.out.contains(option))
      }
    }
  }

  @Test("without a command the help lists all commands, completions and exit codes")
  func rootHelp() throws {
    try withCommand { smalti in
      let outcome = try smalti.run()
      #expect(outcome.status == 0)
      for command in Self.commands {
        #expect(outcome.out.contains("\n  \(command[0]) "))
      }
      #expect(outcome.out.contains("--generate-completion-script"))
      #expect(outcome.out.contains("130 after Ctrl-C"))
    }
  }

  @Test("the version is a number")
  func version() throws {
    try withCommand { smalti in
      let outcome = try smalti.run("--version")
      #expect(outcome.status == 0)
      #expect(outcome.out.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
    }
  }

  @Test("completions name every command", arguments: ["bash", "zsh", "fish"])
  func completions(_ shell: String) throws {
    try withCommand { smalti in
      let outcome = try smalti.run("--generate-completion-script", shell)
      #expect(outcome.status == 0)
      for command in Self.commands { #expect(outcome.out.contains(command[0])) }
    }
  }

  /// A call, its message, and the help that follows it.
  struct Mistake: CustomStringConvertible {
    var call: [String]
    var message: String
    var help: String
    var description: String { call.joined(separator: " ") }
  }

  static let mistakes = [
    Mistake(
      call: ["explain", "simon"], message: "error[model.unknown]: there is no model simon",
      help: "did you mean simone?"),
    Mistake(
      call: ["explain", "simone:tin"],
      message: "error[model.preset-unknown]: simone has no preset tin", help: "did you mean tiny?"),
    Mistake(
      call: ["explain", "simone:tiny", "heds=2"],
      message: "error[model.option-unknown]: simone has no option heds",
      help: "did you mean heads?"),
    Mistake(
      call: ["explain", "simone:tiny", "heads=two"],
      message: "error[model.option-value]: heads needs a whole number, got two",
      help: "for example heads=5"),
    Mistake(
      call: ["explain", "simone:tiny", "--entry", "decoda"],
      message: "error[model.entry-unknown]: simone has no entry point decoda",
      help: "did you mean decode?"),
    Mistake(
      call: ["explain", "simone:tiny", "--target", "x86-64-v5"],
      message: "error[call.target]: there is no target x86-64-v5",
      help: "did you mean x86-64-v3?"),
    Mistake(
      call: ["explain", "simone:tiny", "--repetitions", "0"],
      message: "error[call.number]: --repetitions must be 1 to 10000, got 0",
      help: "set --repetitions 1"),
    Mistake(
      call: ["run", "simone:tiny", "-o", "o.npz", "--input", "vidéo=clip.npy"],
      message: "error[call.input-unknown]: the model has no input vidéo",
      help: "did you mean video?"),
    Mistake(
      call: ["run", "simone:tiny", "-o", "o.npz", "--input", "clip.npy"],
      message: "error[call.input-syntax]: 'clip.npy' does not name an input and a file",
      help: "write NAME=FILE.npy or NAME=FILE.npz"),
    Mistake(
      call: ["run", "simone:tiny", "-o", "o.npz", "--input", "video=a", "--input", "video=b"],
      message: "error[call.input-repeated]: input video is given twice", help: "give it once"),
    Mistake(
      call: ["run", "simone:tiny", "-o", "o.npz"],
      message: "error[call.input-missing]: input video is missing, the model reads "
        + "video: f32[1, 6, 32, 32, 3]", help: "add --input video=FILE.npy"),
    Mistake(
      call: ["run", "simone:tiny", "-o", "o.npz", "--outputs", "weight"],
      message: "error[call.output-unknown]: the model has no output weight",
      help: "did you mean weights?"),
    Mistake(
      call: ["compile", "simone:tiny", "--emit", "grap"],
      message: "error[call.emission]: there is no form 'grap'", help: "did you mean graph?"),
    Mistake(
      call: ["compile", "simone:tiny", "--emit", "obj"],
      message: "error[call.output-missing]: --emit obj writes bytes, and no file is named",
      help: "add -o FILE"),
    Mistake(
      call: ["compile", "simone:tiny", "-o", "t.sox"],
      message: "error[call.emission]: there is no form 'sox'", help: "did you mean so?"),
    Mistake(
      call: ["compile", "simone:tiny", "--emit", "llvm", "--no-weights"],
      message: "error[call.artefact-option]: --no-weights belongs to a file that is shipped, and "
        + "llvm is a text", help: "leave it out, or write --emit so, exe, a or obj"),
    Mistake(
      call: ["compile", "simone:tiny", "-o", "t.so", "--weights-file", "t.so"],
      message: "error[call.output-repeated]: -o and --weights-file both name t.so",
      help: "name a file for each"),
    Mistake(
      call: ["compile", "simone:tiny", "-o", "t.so", "--weights-file", "w", "--no-weights"],
      message: "error[call.weights-place]: --weights-file and --no-weights contradict each other",
      help: "with --no-weights the program that loads the file brings them"),
    Mistake(
      call: ["compile", "simone:tiny", "-o", "t.so", "--specialise", "batch=1,1"],
      message: "error[call.specialise]: 'batch=1,1' does not name an option of the model and "
        + "different values of it", help: "write --specialise batch=1,8"),
    Mistake(
      call: ["compile", "simone:tiny", "-o", "t.so", "--unfused-matmul", "openblas"],
      message: "error[call.not-in-file]: --unfused-matmul openblas needs a library that a compiled "
        + "file does not bring along", help: "leave it out"),
    Mistake(
      call: ["data", "make", "tetrominos", "--out", "folder"],
      message: "error[call.generator]: there is no generator tetrominos",
      help: "did you mean tetrominoes?"),
    Mistake(
      call: ["data", "make", "cats"], message: "error[call.generator]: there is no generator cats",
      help: "the generators are sprites, multi-dsprites, tetrominoes, objects-room"),
    Mistake(
      call: ["ops", "sofmax"], message: "error[call.operation]: there is no operation sofmax",
      help: "did you mean softmax?"),
    Mistake(
      call: ["diff", "a.npz", "b.npz", "--tolerance=-1"],
      message: "error[call.tolerance]: --tolerance must be 0 or more, got -1",
      help: "for example --tolerance 1e-5"),
    Mistake(
      call: ["bench", "simone:tiny", "--part", "decodr"],
      message: "error[call.part]: simone:tiny has no part 'decodr'", help: "did you mean decoder?"),
    Mistake(
      call: ["bench", "simone:tiny", "--part", "middle"],
      message: "error[call.part]: simone:tiny has no part 'middle'",
      help: "its parts are encoder, decoder, encode, decode, decode_train, whole, loss, step"),
    Mistake(
      call: ["bench", "simone:tiny", "--mode", "quick"],
      message: "error[call.mode]: there is no mode 'quick'",
      help: "the modes are fused, unfused, unfused-openblas, all"),
    Mistake(
      call: ["bench", "simone:tiny", "--precision", "f64"],
      message: "error[call.precision]: there is no precision 'f64'",
      help: "the precisions are f32"),
    Mistake(
      call: ["bench", "simone:tiny", "--repetitions", "0"],
      message: "error[call.number]: --repetitions must be 1 to 10000, got 0",
      help: "set --repetitions 1"),
    Mistake(
      call: ["bench", "simone:tiny", "--no-fuse"],
      message: "error[call.lowering]: --no-fuse chooses how to compile, and so does --mode",
      help: "leave it out and use --mode unfused"),
    Mistake(
      call: ["bench", "simone:tiny", "--unfused-matmul", "openblas"],
      message: "error[call.lowering]: --unfused-matmul chooses how to compile, and so does --mode",
      help: "leave it out and use --mode unfused-openblas"),
  ]

  @Test("a mistake in the call is said with its remedy, and the code is 2", arguments: mistakes)
  func mistakesAreSaid(_ mistake: Mistake) throws {
    try withCommand { smalti in
      let outcome = try smalti.start(mistake.call).outcome()
      #expect(outcome.status == 2)
      #expect(outcome.out == "")
      #expect(outcome.error == "\(mistake.message)\n  help: \(mistake.help)\n")
      #expect(try smalti.files() == [])
    }
  }

  @Test(
    "precisions that are planned are refused until they exist",
    arguments: [("--precision", "bf16", "f32"), ("--precision", "all", "f32")])
  func notYet(_ option: String, _ value: String, _ other: String) throws {
    try withCommand { smalti in
      let outcome = try smalti.run("bench", "simone:tiny", option, value)
      #expect(outcome.status == 2)
      #expect(
        outcome.error == "error[call.not-yet]: \(option) \(value) is not available yet; "
          + "use \(option) \(other)\n")
    }
  }

  @Test("what the parser refuses has our form and code 2, not 64")
  func parserRefusals() throws {
    try withCommand { smalti in
      let unknown = try smalti.run("machine", "--frobnicate")
      #expect(unknown.status == 2)
      #expect(unknown.error.hasPrefix("error[call.syntax]: unknown option '--frobnicate'\n"))
      #expect(unknown.error.contains("  note: usage: smalti machine "))
      #expect(unknown.error.hasSuffix("  help: see 'smalti machine --help' for more information\n"))
      let value = try smalti.run("machine", "--threads", "two")
      #expect(value.status == 2)
      #expect(value.error.contains("'two' is invalid for '--threads"))
    }
  }

  @Test("Ctrl-C ends a run with 130 and leaves nothing behind")
  func interruption() throws {
    try withCommand { smalti in
      let child = try smalti.start(["compile", "simone", "-o", "simone.o", "--no-cache"])
      try child.waitUntilListening()
      child.process.interrupt()
      let outcome = try child.outcome()
      #expect(outcome.status == 130)
      #expect(outcome.error.hasSuffix("interrupted\n"))
      #expect(try smalti.files() == [])
    }
  }
}
