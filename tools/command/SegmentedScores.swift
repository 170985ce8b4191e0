import Foundation
import ModelRequests
import Smalti

/// How good a segmentation is, as far as the clip can tell.
struct SegmentedScores: Encodable {
  /// Over pixels and channels.
  var mse = Double.nan
  /// The adjusted Rand index of the pixels that show objects, of all frames together; nil without labels.
  var ariF: Double?
  /// The squared error of the validation that the weights come from; nil where the file does not say.
  var validationMse: Double?

  init() {}

  /// - Errors: those of the score.
  init(
    _ video: SegmentedVideo, _ clip: ClipInput, trainedBy weights: WeightsSource
  ) throws(Diagnostic) {
    if case .file(let file) = weights { validationMse = BestWeights.validation(of: file, "mse") }
    mse = try SquaredError.mean(video["reconstruction"], video.clip)
    guard let truth = clip.truth else { return }
    let labels = Segmentation(video["weights"]).labels
    // Weights that are no numbers name no slot.
    guard labels.allSatisfy({ $0 != nil }) else { return }
    ariF = try Contingency(
      truth: truth.map(Int32.init), predicted: labels.map { Int32($0!) }
    ).ofForeground(backgroundLabels: clip.backgroundLabels).adjustedRandIndex
  }
}

extension SegmentedScores {
  var facts: [(text: String, remark: String)] {
    [(String(format: "%.2g", mse), "squared error")]
      + (ariF.map { [(String(format: "%.3f", $0), "ARI of objects")] } ?? [])
  }

  /// A clip that is reconstructed much worse than those of the validation is of another kind than what the
  /// model was trained on, and its segmentation means little.
  private static let muchWorse = 4.0

  var notes: [String] {
    guard let usual = validationMse, usual > 0, mse > Self.muchWorse * usual else { return [] }
    let (error, known) = (String(format: "%.2g", mse), String(format: "%.2g", usual))
    return [
      "The squared error of the reconstruction is \(error), \(String(format: "%.0f", mse / usual)) times that of the "
        + "clips the model was validated on (\(known)): it does not know pictures of this kind, and what it takes for "
        + "objects here means little."
    ]
  }

  /// One line.
  var text: String {
    facts.map { "\($0.remark) \($0.text)" }.joined(separator: ", ")
  }
}
