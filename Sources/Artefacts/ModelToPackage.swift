import GraphIR

/// What goes into one file: a model, for one size of its inputs or for several.
public struct ModelToPackage: Sendable {
  /// A size of the inputs: its programs have the same entry points and parameters as the others'.
  public struct Specialisation: Sendable {
    /// `batch=8`; empty where there is only one.
    public var label: String
    public var program: Program

    public init(_ label: String, _ program: Program) {
      self.label = label
      self.program = program
    }
  }

  /// As people call it: `simone:tiny`.
  public var title: String
  public var specialisations: [Specialisation]

  public init(_ title: String, _ specialisations: [Specialisation]) {
    self.title = title
    self.specialisations = specialisations
  }

  /// The first program, whose entry points and parameters are those of all.
  var program: Program { specialisations[0].program }
}
