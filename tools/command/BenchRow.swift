import ArgumentParser
import Foundation
import ModelRequests
import Smalti

/// One row of `bench` while it is measured: an engine, how it computes, and its process.
final class BenchRow {
  /// What `engine` is for our own rows.
  static let own = "smalti"

  let engine: String
  let mode: String
  /// What a training step of ours keeps.
  let memory: String?
  private let program: String
  private let arguments: [String]
  /// Where its outputs of the first run lie.
  let folder: String
  /// For one answer.
  private let secondsAllowed: Double
  private var process: BenchProcess?

  /// What it answered to the first call.
  private(set) var first = BenchAnswer()
  /// Of each repetition.
  private(set) var seconds: [Double] = []
  private(set) var peakResidentBytes = 0
  private var residentBytes = 0
  /// Why there is no such row, in words: its engine is not installed, or has no such model.
  private(set) var absence: String?
  /// Why there is no more of this row, in words. Our own rows do not fail: the command does.
  private(set) var failure: String?

  /// A row of our own. `folder` is where the outputs of its first run will lie.
  init(_ variant: BenchVariant, _ call: BenchCommand, threads: Int, folder: String) {
    let mode = variant.mode
    engine = Self.own
    self.mode = mode.rawValue
    memory = variant.memory?.rawValue
    // This very program, even when its file has been replaced meanwhile.
    program = "/proc/self/exe"
    var words = ["bench-row", call.model.model] + call.model.settings
    words += ["--part=\(call.part)", "--mode=\(mode.rawValue)", "--quiet"]
    words += ["--threads=\(threads)", "--seed=\(call.options.seed)"]
    if let weights = call.weights.weights { words.append("--weights=\(weights)") }
    if let tuning = mode.options(call.options).tuning { words.append("--tuning=\(tuning)") }
    if let memory { words.append("--memory=\(memory)") }
    if let limit = call.training.memoryLimit { words.append("--memory-limit=\(limit)") }
    arguments = words
    self.folder = folder
    secondsAllowed = .infinity
  }

  /// A row of a peer: `program` run by `python`, on the call that lies in the folder around `folder`.
  init(
    engine: String, mode: String, python: String, program: String, secondsAllowed: Double,
    folder: String
  ) {
    self.engine = engine
    self.mode = mode
    memory = nil
    self.program = python
    let call = (folder as NSString).deletingLastPathComponent + "/call.json"
    arguments = [program, engine, mode, call]
    self.folder = folder
    self.secondsAllowed = secondsAllowed
  }

  var isOwn: Bool { engine == Self.own }
  var name: String {
    (isOwn ? mode : "\(engine) \(mode)") + (memory.map { " \($0)" } ?? "")
  }
  var isLeft: Bool { absence == nil && failure == nil }
}

// MARK: - Running
extension BenchRow {
  /// The first call.
  ///
  /// - Errors: of our own rows `bench.row-ended`, and the exit code of one that has said itself what
  ///   was wrong; `file.unwritable`.
  func callFirst() throws {
    guard mkdir(folder, 0o700) == 0 else {
      throw Diagnostic.fileUnwritable(folder, String(cString: strerror(errno)))
    }
    if let answer = try answer(to: "first \(folder)") { first = answer }
  }

  /// One more repetition. It is timed warm: where it is short, a run that is not counted goes before
  /// it, and where the process had to be started anew, the first one did.
  ///
  /// - Errors: as above.
  func repeatRun(_ number: Int) throws {
    if process == nil {
      guard try answer(to: "first") != nil else { return }
    } else if (seconds.last ?? 0) < 1 {
      guard try answer(to: "run \(number)") != nil else { return }
    }
    if let time = try answer(to: "run \(number)")?.seconds { seconds.append(time) }
  }

  /// Ends the process when it holds more than `share` bytes, so that the others have room. The next
  /// repetition starts it anew.
  func rest(share: Int) {
    if residentBytes > share { stop() }
  }

  func stop() {
    process?.end()
    process = nil
  }

  /// Nil if there is no more of this row; `absence` or `failure` says why.
  private func answer(to line: String) throws -> BenchAnswer? {
    do {
      if process == nil {
        let errors = isOwn ? nil : "\(folder)/errors"
        let words = arguments + [first.variant].compactMap(\.self)
        process = try BenchProcess(program, words, errors: errors)
        guard try understood(process?.answer(within: secondsAllowed)) != nil else { return nil }
      }
      return try understood(process?.answer(to: line, within: secondsAllowed))
    } catch let failed as BenchProcess.Failure {
      process = nil
      try fail(failed)
    } catch let error as CocoaError where !isOwn {
      fail("\(program) cannot be started: \(error.localizedDescription)")
    }
    return nil
  }

  private func understood(_ answer: BenchAnswer?) -> BenchAnswer? {
    guard let answer else { return nil }
    peakResidentBytes = max(peakResidentBytes, answer.peakResidentBytes ?? 0)
    residentBytes = answer.residentBytes ?? residentBytes
    guard let kind = answer.failed else { return answer }
    let reason = answer.reason ?? ""
    stop()
    switch kind {
    case "missing":
      absence = "is not installed: \(program) has no module \(reason); run \(BenchPeers.setup)"
    case "unknown": absence = "is left out: \(reason)"
    case "memory": fail("out of memory: \(reason)")
    default: fail(reason)
    }
    return nil
  }
}

// MARK: - Failing
extension BenchRow {
  private func fail(_ failed: BenchProcess.Failure) throws {
    switch failed {
    case .late(let seconds): fail("out of time: no answer in \(Quantity.seconds(seconds))")
    case .signal(let signal) where isOwn: throw Diagnostic.benchRowEnded(mode, signal: signal)
    case .signal(SIGKILL): fail("out of memory: the system has ended it")
    case .signal(let signal): fail("ended by signal \(signal)")
    case .exit(let code) where isOwn: throw ExitCode(code)
    case .exit(let code): fail("ended with exit code \(code)")
    }
  }

  private func fail(_ reason: String) {
    stop()
    failure = reason
    seconds = []
  }
}
