import TensorCore

/// Operations by name: what the parser may build.
public struct OperationTable: Sendable {
  public let prototypes: [any Operation]
  private let positions: [String: Int]

  /// Each prototype has its attributes' default values.
  public init(_ prototypes: [any Operation]) {
    self.prototypes = prototypes
    positions = Dictionary(
      prototypes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    precondition(positions.count == prototypes.count, "internal: two operations of one name")
  }

  /// The prototype of that name.
  public subscript(name: String) -> (any Operation)? {
    positions[name].map { prototypes[$0] }
  }

  public var names: [String] { prototypes.map(\.name) }
}
