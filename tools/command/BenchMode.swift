import GraphLowering
import ModelRequests
import Smalti

/// How a row of `bench` is compiled; the default mode first.
enum BenchMode: String, CaseIterable {
  case fused
  case unfused
  case unfusedOpenBLAS = "unfused-openblas"

  /// The modes that `--mode` names.
  ///
  /// - Errors: `call.mode`.
  static func chosen(_ name: String) throws(Diagnostic) -> [BenchMode] {
    if name == "all" { return allCases }
    guard let mode = BenchMode(rawValue: name) else {
      throw .callMode(name, known: allCases.map(\.rawValue) + ["all"])
    }
    return [mode]
  }

  /// The options of a row: without cache, so that the first call compiles, and silent, since the
  /// command says what there is to say.
  func options(_ options: GlobalOptions) -> GlobalOptions {
    var options = options
    options.noFuse = self != .fused
    options.unfusedMatmul = self == .unfusedOpenBLAS ? .openblas : .smalti
    options.noCache = true
    // The others are what a tuned plan is compared with.
    if self != .fused { options.tuning = nil }
    options.quiet = true
    return options
  }
}

/// What numbers a row computes with.
enum BenchPrecision: String, CaseIterable {
  case f32

  /// Those that are planned.
  private static let later = ["bf16", "bf16x3", "bf16x6", "all"]

  /// - Errors: `call.precision`, `call.not-yet`.
  init(called name: String) throws(Diagnostic) {
    if Self.later.contains(name) {
      throw .callNotYet("--precision \(name)", use: "--precision f32")
    }
    guard let precision = BenchPrecision(rawValue: name) else {
      throw .callPrecision(name, known: Self.allCases.map(\.rawValue))
    }
    self = precision
  }
}

/// How many rounds there are.
struct BenchRepetitions {
  /// As the person asked; by default 5, fewer when a row takes long.
  var asked: Int?

  private static let usual = 5
  /// A median needs a middle.
  private static let least = 3
  private static let longSeconds = 60.0

  /// - Errors: `call.number`.
  init(_ asked: Int?) throws(Diagnostic) {
    let range = 1...10_000
    if let asked, !range.contains(asked) { throw .callNumber("--repetitions", asked, range) }
    self.asked = asked
  }

  /// The most there will be.
  var most: Int { asked ?? Self.usual }

  /// Whether there is another round after `done` of them, in which the slowest row took `seconds`.
  func goOn(after done: Int, seconds: Double) -> Bool {
    if asked == nil, done >= Self.least, seconds >= Self.longSeconds { return false }
    return done < most
  }
}
