import TensorCore

/// A network as a value: nodes in evaluation order over an arena of values.
///
/// A graph is only appended to, so ids stay valid and every operand has a smaller id than the
/// results of its reader. Passes copy with replacements.
public struct Graph: Sendable {
  public var name: String
  public private(set) var inputs: [Input] = []
  public private(set) var nodes: [Node] = []
  public private(set) var values: [Value] = []
  public private(set) var results: [Result] = []
  /// What parameters and states become when the graph has run, each at most once.
  public private(set) var updates: [Update] = []

  public init(_ name: String) { self.name = name }

  /// Parts as they are, unchecked: how the verifier's tests make graphs that break its laws.
  package init(
    _ name: String, inputs: [Input], nodes: [Node], values: [Value], results: [Result],
    updates: [Update] = []
  ) {
    self.name = name
    self.inputs = inputs
    self.nodes = nodes
    self.values = values
    self.results = results
    self.updates = updates
  }

  /// What a graph reads: an argument of the call, or a parameter or state of the program by its path.
  public struct Input: Sendable, Hashable {
    public enum Role: String, Sendable {
      case argument, parameter, state
      /// Those that are found by their path, which no two of them share.
      static let stored = [Role.parameter, .state]
    }
    public var name: String
    public var role: Role
    public var value: ValueID
  }

  /// One application of an operation.
  public struct Node: Sendable {
    public var operation: any Operation
    public var operands: [ValueID]
    public var results: [ValueID]
    /// The scope that was open when the node was made: `encoder.conv.0`; for people only.
    public var scope: String
  }

  /// What the arena knows of one value.
  public struct Value: Sendable, Hashable {
    public var type: TensorType
    public var definition: Definition
  }

  /// Where a value comes from: the position of an input, or a result of a node.
  public enum Definition: Sendable, Hashable {
    case input(Int)
    case node(NodeID, result: Int)
  }

  /// A parameter or state that holds `value` after a run. Values are immutable all the same: until the
  /// graph ends, everything that reads `input` reads what was there before.
  public struct Update: Sendable, Hashable {
    public var input: ValueID
    public var value: ValueID

    public init(input: ValueID, value: ValueID) {
      self.input = input
      self.value = value
    }
  }

  /// A value that the graph returns under a name.
  public struct Result: Sendable, Hashable {
    public var name: String
    public var value: ValueID
  }
}

// MARK: - Reading
extension Graph {
  /// The node or value of an id of this graph.
  public subscript(id: NodeID) -> Node { nodes[id.index] }
  public subscript(id: ValueID) -> Value { values[id.index] }

  public func type(_ id: ValueID) -> TensorType { values[id.index].type }
  public func types(_ ids: [ValueID]) -> [TensorType] { ids.map { values[$0.index].type } }

  /// All nodes, in evaluation order.
  public var nodeIDs: [NodeID] { nodes.indices.map(NodeID.init) }
  public var arguments: [Input] { inputs.filter { $0.role == .argument } }
  public var parameters: [Input] { inputs.filter { $0.role == .parameter } }
  public var states: [Input] { inputs.filter { $0.role == .state } }
  /// The value that the graph replaces an input by; nil if it leaves it as it is.
  public func update(of input: ValueID) -> ValueID? { updates.first { $0.input == input }?.value }

  /// The name of an input of this graph.
  public func inputName(_ id: ValueID) -> String {
    guard case .input(let number) = self[id].definition else { return "" }
    return inputs[number].name
  }

  /// How many operands, results and updates read each value.
  public var useCounts: [Int] {
    var counts = [Int](repeating: 0, count: values.count)
    for node in nodes { for operand in node.operands { counts[operand.index] += 1 } }
    for result in results { counts[result.value.index] += 1 }
    for update in updates { counts[update.value.index] += 1 }
    return counts
  }
}

// MARK: - Appending: unchecked; the builder checks, and the verifier checks again
extension Graph {
  /// A new input, after the others.
  public mutating func appendInput(
    _ name: String, _ role: Input.Role, _ type: TensorType
  ) -> ValueID {
    let id = ValueID(values.count)
    values.append(Value(type: type, definition: .input(inputs.count)))
    inputs.append(Input(name: name, role: role, value: id))
    return id
  }

  /// The new values of a node that computes `types` from `operands`.
  public mutating func appendNode(
    _ operation: any Operation, _ operands: [ValueID], types: [TensorType], scope: String = ""
  ) -> [ValueID] {
    let node = NodeID(nodes.count)
    let results = types.enumerated().map { position, type in
      values.append(Value(type: type, definition: .node(node, result: position)))
      return ValueID(values.count - 1)
    }
    nodes.append(Node(operation: operation, operands: operands, results: results, scope: scope))
    return results
  }

  /// Returns `value` under `name`, after the other results.
  public mutating func appendResult(_ name: String, _ value: ValueID) {
    results.append(Result(name: name, value: value))
  }

  /// Replaces an input by `value` when the graph has run.
  public mutating func appendUpdate(_ input: ValueID, _ value: ValueID) {
    updates.append(Update(input: input, value: value))
  }
}
