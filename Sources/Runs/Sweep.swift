import Foundation
import TensorCore
import TensorFiles

/// Runs of one recipe with every combination of some keys' values, each in a folder of its own:
/// `lr=1e-4,beta_o=1e-5`.
public struct Sweep: Sendable {
  /// A key and the values it takes.
  public struct Axis: Sendable, Equatable {
    public var key: String
    public var values: [String]

    public init(key: String, values: [String]) { (self.key, self.values) = (key, values) }
  }

  /// One combination.
  public struct Member: Sendable {
    public var settings: [(key: String, text: String)]
    public var folder: RunFolder
    public var description: RunDescription

    /// `lr=1e-4,beta_o=1e-5`
    public var name: String {
      settings.map { "\($0.key)=\($0.text)" }.joined(separator: ",")
    }
  }

  public let folder: String
  public let members: [Member]
  /// The recipe with its axes, for going on.
  public let yaml: String

  /// Combinations beyond it are a mistake in the call.
  public static let mostMembers = 10_000

  /// - Errors: `recipe.sweep`, and those of each member's description.
  public init(_ recipe: Recipe, folder: String) throws(Diagnostic) {
    self.folder = folder
    var combinations: [[(key: String, text: String)]] = [[]]
    for axis in recipe.sweep {
      guard combinations.count * axis.values.count <= Self.mostMembers else {
        throw .recipeSweep("it has more than \(Self.mostMembers) combinations")
      }
      combinations = combinations.flatMap { combination in
        axis.values.map { combination + [(axis.key, $0)] }
      }
    }
    var members: [Member] = []
    for settings in combinations {
      var own = recipe
      for (key, text) in settings { own.set(.init(key: key, text: text)) }
      let name = settings.map { "\($0.key)=\($0.text)" }.joined(separator: ",")
      guard !name.contains("/") else { throw .recipeSweep("\(name) cannot name a folder") }
      members.append(
        Member(
          settings: settings, folder: RunFolder("\(folder)/\(name)"),
          description: try RunDescription(own)))
    }
    self.members = members
    let lines = recipe.sweep.map {
      "sweep.\($0.key): \(RunDescription.quoted($0.values.joined(separator: ",")))"
    }
    yaml = members[0].description.yaml + "\n# the sweep\n" + lines.joined(separator: "\n") + "\n"
  }

  public static func recipePath(in folder: String) -> String { "\(folder)/sweep.yaml" }

  /// Writes the recipe into the folder, which is made if it is missing.
  ///
  /// - Errors: `run.folder`, `file.unwritable`.
  public func begin() throws(Diagnostic) {
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw .runFolder(folder, reason: error.localizedDescription)
    }
    try AtomicFile.write(Array(yaml.utf8), to: Self.recipePath(in: folder))
  }
}

extension Sweep.Member {
  /// Whether the run has taken all its steps.
  public var isDone: Bool { folder.steps.first.map { $0 >= description.options.steps } ?? false }
}
