import Foundation
import Testing

/// The weights that the repository has, on clips that no training has seen.
@Suite("Trained weights") struct TrainedWeightsTests {
  private static let weights = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "tools/models/simone-tiny.safetensors").path

  private func score(_ smalti: Command) throws -> Double {
    let outcome = try smalti.start(
      ["eval", "simone:tiny", "--weights", Self.weights, "--data", "clips", "--json"]
    ).outcome()
    try #require(outcome.status == 0, "\(outcome.error)")
    let values = try #require(try json(outcome.out) as? [String: Any])
    return try #require(values["ari_f_video"] as? Double)
  }

  /// They have 0.783 here.
  @Test("simone:tiny's find objects and keep them") func finds() throws {
    try withCommand { smalti in
      let made = try smalti.run(
        "data", "make", "sprites", "--seed", "1001", "--count", "20", "--out", "clips", "frames=6")
      try #require(made.status == 0, "\(made.error)")
      #expect(try score(smalti) > 0.7)
    }
  }
}
