import Foundation
import ModelRequests
import Smalti

/// `smalti train --sweep`: runs one after another, and what came of them.
struct SweepRuns {
  private let command: TrainCommand
  private let sweep: Sweep

  /// - Errors: `recipe.sweep`, `run.exists`, those of recipes.
  init(_ command: TrainCommand, _ recipe: Recipe) throws(Diagnostic) {
    self.command = command
    sweep = try Sweep(recipe, folder: command.out)
    let hasBegun = FileManager.default.fileExists(atPath: Sweep.recipePath(in: command.out))
    let isRun = RunFolder(command.out).hasRun
    guard !isRun, command.resume || !hasBegun else { throw .runExists(command.out) }
  }

  func run() throws {
    try sweep.begin()
    var rows: [SweepRow] = []
    for (number, member) in sweep.members.enumerated() {
      if !member.isDone {
        command.options.note("run \(number + 1) of \(sweep.members.count): \(member.name)")
        do {
          _ = try command.train(
            member.description, member.folder, resumes: member.folder.hasRun)
        } catch let error as Diagnostic where error.code == "run.diverged" {
          // One that diverges is a result of a sweep.
          command.options.note("\(member.name): \(error.message)")
        }
      }
      rows.append(SweepRow(member, try RunHistory(reading: member.folder.log)))
    }
    let results = JSONText.of(rows)
    try OutputFile.write(Array(results.utf8), to: "\(command.out)/results.json")
    command.options.report(rows, SweepRow.table(rows))
  }
}

/// The result of one run of a sweep.
struct SweepRow: Encodable {
  var settings: [String: String]
  var folder: String
  /// Steps taken; fewer than asked for if it diverged.
  var steps: Int
  /// Of the last line of the log.
  var loss: Double?
  /// Of the best validation.
  var best: [String: Double]
  var bestStep: Int?

  private let name: String

  init(_ member: Sweep.Member, _ history: RunHistory) {
    settings = Dictionary(uniqueKeysWithValues: member.settings.map { ($0.key, $0.text) })
    (folder, name) = (member.folder.path, member.name)
    let last = history.entries.last { $0.kind == "train" }
    steps = last?.step ?? 0
    loss = last?["loss"]
    bestStep = history.best?.step
    best = [:]
    for (name, value) in history.best?.values ?? [] { best[name] = value }
  }

  private enum CodingKeys: String, CodingKey {
    case settings, folder, steps, loss, best, bestStep = "best_step"
  }

  /// The runs with the best first, by foreground ARI or else by error.
  static func table(_ rows: [SweepRow]) -> String {
    let scores = ["ari_f_video", "ari_f", "mse"]
    let shown = scores.filter { score in rows.contains { $0.best[score] != nil } }
    let sorted = rows.enumerated().sorted { left, right in
      (right.element.quality, left.offset) < (left.element.quality, right.offset)
    }.map(\.element)
    let lines = sorted.map { row in
      [row.name, "\(row.steps)", number(row.loss)] + shown.map { number(row.best[$0]) }
        + [row.bestStep.map(String.init) ?? "–"]
    }
    let all = [["run", "steps", "loss"] + shown + ["best step"]] + lines
    let widths = all[0].indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { line in
      line.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + space : space + cell
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  private var quality: Double {
    best["ari_f_video"] ?? best["ari_f"] ?? best["mse"].map { -$0 } ?? -.infinity
  }

  private static func number(_ value: Double?) -> String {
    value.map { String(format: "%.4g", $0) } ?? "–"
  }
}
