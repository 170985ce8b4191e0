import GraphCompiler
import TileIR

/// Where the prepared weights of a compiled file are.
public enum WeightsPlace: Sendable, Equatable {
  /// In the file itself, which maps them.
  case inside
  /// In a file of this path.
  case beside(String)
  /// Nowhere: the caller prepares raw parameters.
  case nowhere
}

/// What a compiled file is to be.
public struct ArtefactOptions: Sendable {
  public enum Form: String, Sendable, CaseIterable {
    case so, exe, a, obj
  }

  public var form: Form
  /// What its functions begin with: a C identifier.
  public var name: String
  /// The instruction sets that it has code for; the best one that a machine has runs there.
  public var levels: [TargetLevel]
  public var weights = WeightsPlace.inside
  /// Where the weights come from, for people: `simone.safetensors`, `seed 0`.
  public var weightsOrigin = "seed 0"
  /// The C compiler; by default `cc`, or the cross compiler of the levels' processor.
  public var cCompiler: String?
  /// Of its level nothing is read.
  public var compiler: CompilerOptions

  public init(
    _ form: Form, name: String, levels: [TargetLevel], compiler: CompilerOptions = CompilerOptions()
  ) {
    self.form = form
    self.name = name
    self.levels = levels
    self.compiler = compiler
  }

  /// A name for what a file of this name holds: `simone-tiny` is `simone_tiny`.
  public static func name(of stem: String) -> String { CNames.identifier(stem) }
}
