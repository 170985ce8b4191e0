import Foundation
import TensorCore
import TensorFiles

/// The folder of a run, and what has its place in it.
///
///     recipe.yaml                   every key of the run
///     log.jsonl                     a line for each logged step and each validation
///     events.out.tfevents.smalti    the same for TensorBoard
///     checkpoints/step-….safetensors  the last ones
///     best.safetensors              parameters of the best validation
///     report.html                   the run so far as a page
public struct RunFolder: Sendable {
  public let path: String

  public init(_ path: String) { self.path = path }

  public var recipe: String { "\(path)/recipe.yaml" }
  public var log: String { "\(path)/log.jsonl" }
  public var events: String { "\(path)/events.out.tfevents.smalti" }
  public var best: String { "\(path)/best.safetensors" }
  public var report: String { "\(path)/report.html" }
  var checkpoints: String { "\(path)/checkpoints" }

  /// Whether a run has begun there.
  public var hasRun: Bool {
    FileManager.default.fileExists(atPath: recipe) || !steps.isEmpty
  }

  /// Whether a run may lie there, before anything is done for it.
  ///
  /// - Errors: `run.folder`.
  func check() throws(Diagnostic) {
    guard !path.isEmpty else { throw .runFolder(path, reason: "it has no name") }
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue {
      throw .runFolder(path, reason: "it is a file")
    }
  }

  /// - Errors: `run.folder`.
  func make() throws(Diagnostic) {
    do {
      try FileManager.default.createDirectory(
        atPath: checkpoints, withIntermediateDirectories: true)
    } catch {
      throw .runFolder(path, reason: error.localizedDescription)
    }
  }

  func checkpoint(step: Int) -> String { "\(checkpoints)/\(Checkpoint.name(step: step))" }

  /// Steps of the checkpoints that are there, the newest first.
  public var steps: [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpoints)) ?? []
    return names.compactMap(Checkpoint.step).sorted(by: >)
  }

  /// Removes all checkpoints but the newest `count` up to a step; later ones are damaged and were passed
  /// over.
  func removeCheckpoints(but count: Int, upTo last: Int) {
    for step in steps.filter({ $0 <= last }).dropFirst(count) {
      // One that stays takes room and does no harm.
      try? FileManager.default.removeItem(atPath: checkpoint(step: step))
    }
  }
}
