import TensorCore

/// Traces formulas over ``Tensor`` into a graph.
///
/// A class, because tracing has identity: every tensor made here appends to the same graph.
public final class GraphBuilder {
  private var graph: Graph
  private var scopes: [String] = []
  private var declarations: [Graph.Input.Role: [Parameter]] = [:]
  private var storedValues: [Graph.Input.Role: [String: ValueID]] = [:]
  private var failure: Diagnostic?

  public init(_ name: String) { graph = Graph(name) }

  /// Goes on where a graph ended: its inputs and nodes, and no results or updates yet.
  package init(continuing graph: Graph) {
    self.graph = Graph(
      graph.name, inputs: graph.inputs, nodes: graph.nodes, values: graph.values, results: [])
    for input in graph.inputs where input.role != .argument {
      storedValues[input.role, default: [:]][input.name] = input.value
    }
  }

  /// What has been traced so far.
  package var traced: Graph { graph }
  /// Whether no mistake has been made yet.
  package var isSound: Bool { failure == nil }
}

// MARK: - Inputs and results
extension GraphBuilder {
  /// An argument of the entry point.
  ///
  /// - Errors (from `finish()`): `graph.input-repeated`.
  public func argument(_ name: String, _ type: TensorType) -> Tensor {
    guard !graph.inputs.contains(where: { $0.role == .argument && $0.name == name }) else {
      return fail(.inputRepeated(name))
    }
    return tensor(graph.appendInput(name, .argument, type))
  }

  /// An argument whose shape comes from options and is checked here.
  public func argument(
    _ name: String, _ element: ElementType, _ dimensions: [Int]
  ) -> Tensor {
    guard let shape = trying({ () throws(Diagnostic) in try Shape(checking: dimensions) }) else {
      return failed
    }
    return argument(name, TensorType(element, shape))
  }

  /// The argument of this name, declared by whoever asks first.
  public func sharedArgument(_ name: String, _ type: TensorType) -> Tensor {
    guard let input = graph.inputs.first(where: { $0.role == .argument && $0.name == name }) else {
      return argument(name, type)
    }
    guard graph.type(input.value) == type else { return fail(.inputRepeated(name)) }
    return tensor(input.value)
  }

  /// The parameter at the current scope's path; asked for again, the same value.
  ///
  /// - Errors (from `finish()`): `graph.parameter-redeclared`, `graph.path-taken`,
  ///   `program.parameter-differs`, and those of `Shape(checking:)`.
  public func parameter(
    _ name: String, _ element: ElementType, _ dimensions: [Int], _ initialiser: Initialiser
  ) -> Tensor {
    stored(.parameter, name, element, dimensions, initialiser)
  }

  /// The state at the current scope's path: what one run leaves for the next.
  ///
  /// - Errors (from `finish()`): as for a parameter.
  public func state(
    _ name: String, _ element: ElementType, _ dimensions: [Int], _ initialiser: Initialiser
  ) -> Tensor {
    stored(.state, name, element, dimensions, initialiser)
  }

  private func stored(
    _ role: Graph.Input.Role, _ name: String, _ element: ElementType, _ dimensions: [Int],
    _ initialiser: Initialiser
  ) -> Tensor {
    let path = (scopes + [name]).joined(separator: ".")
    guard let shape = trying({ () throws(Diagnostic) in try Shape(checking: dimensions) }) else {
      return failed
    }
    let type = TensorType(element, shape)
    let parameter = Parameter(path: path, type: type, initialiser: initialiser)
    guard let value = storedInput(role, path, type) else { return failed }
    // A spliced graph reads parameters that nobody has declared yet.
    guard let known = declarations[role]?.first(where: { $0.path == path }) else {
      declarations[role, default: []].append(parameter)
      return tensor(value)
    }
    guard known == parameter else { return fail(.parameterDiffers(known, parameter)) }
    return tensor(value)
  }

  /// The input for what is stored at `path`, appended when it is first read; nil after a mistake.
  private func storedInput(
    _ role: Graph.Input.Role, _ path: String, _ type: TensorType
  ) -> ValueID? {
    if let value = storedValues[role]?[path] {
      guard graph.type(value) == type else {
        fail(.parameterRedeclared(path, graph.type(value), type))
        return nil
      }
      return value
    }
    let other = Graph.Input.Role.stored.first { $0 != role && storedValues[$0]?[path] != nil }
    if let other {
      fail(.pathTaken(path, role, by: other))
      return nil
    }
    let value = graph.appendInput(path, role, type)
    storedValues[role, default: [:]][path] = value
    return value
  }

  /// Has `input`, a parameter or state, hold `value` after a run.
  ///
  /// - Errors (from `finish()`): `graph.update-input`, `graph.update-repeated`, `graph.update-type`.
  public func update(_ input: Tensor, with value: Tensor) {
    guard let target = input.id, let id = value.id, failure == nil else { return }
    guard case .input(let number) = graph[target].definition,
      graph.inputs[number].role != .argument
    else {
      fail(.updateOfNoInput())
      return
    }
    let name = graph.inputs[number].name
    guard graph.update(of: target) == nil else {
      fail(.updateRepeated(name))
      return
    }
    guard input.type == value.type else {
      fail(.updateType(name, input.type, value.type))
      return
    }
    graph.appendUpdate(target, id)
  }

  /// Returns `value` from the graph under `name`.
  ///
  /// - Errors (from `finish()`): `graph.result-repeated`.
  public func result(_ name: String, _ value: Tensor) {
    guard let id = value.id, failure == nil else { return }
    guard !graph.results.contains(where: { $0.name == name }) else {
      _ = fail(.resultRepeated(name))
      return
    }
    graph.appendResult(name, id)
  }

  /// The graph and the parameters it declared, in order of first use.
  ///
  /// - Errors: the first mistake that was made while tracing.
  public func finish() throws(Diagnostic) -> TracedGraph {
    if let failure { throw failure }
    return TracedGraph(
      graph: graph, parameters: declarations[.parameter] ?? [], states: declarations[.state] ?? [])
  }
}

// MARK: - Nodes
extension GraphBuilder {
  /// All results of one operation; a single failed tensor after a mistake.
  public func apply(_ operation: any Operation, _ operands: [Tensor]) -> [Tensor] {
    guard failure == nil else { return [failed] }
    var ids: [ValueID] = []
    for operand in operands {
      precondition(operand.builder === self, "internal: \(operation.name) mixes two graphs")
      guard let id = operand.id else { return [failed] }
      ids.append(id)
    }
    do {
      let types = try operation.resultTypes(of: operands.map(\.type))
      return graph.appendNode(operation, ids, types: types, scope: scope).map(tensor)
    } catch {
      return [fail(error.noting(operation.name, operands.map(\.type)))]
    }
  }

  /// A value that is known now; see ``Constant``.
  public func constant(_ value: HostTensor) -> Tensor {
    apply(Constant(value), [])[0]
  }
}

// MARK: - Scopes
extension GraphBuilder {
  /// The names of the open scopes, joined by dots; empty outside of all.
  public var scope: String { scopes.joined(separator: ".") }

  /// Runs `body` with `name` appended to the path of parameters and diagnostics.
  public func scoped<Value>(_ name: String, _ body: () -> Value) -> Value {
    scopes.append(name)
    defer { scopes.removeLast() }
    return body()
  }
}

// MARK: - Mistakes
extension GraphBuilder {
  /// Records a mistake, unless one came before it.
  @discardableResult
  public func fail(_ diagnostic: Diagnostic) -> Tensor {
    if failure == nil { failure = diagnostic.placed(at: scope.isEmpty ? graph.name : scope) }
    return failed
  }

  /// The value of `body`, or nil with its mistake recorded.
  public func trying<Value>(_ body: () throws(Diagnostic) -> Value) -> Value? {
    do {
      return try body()
    } catch {
      fail(error)
      return nil
    }
  }

  private var failed: Tensor { Tensor(self, nil, .f32([])) }
  package func tensor(_ id: ValueID) -> Tensor { Tensor(self, id, graph.type(id)) }
}

extension Diagnostic {
  /// Says which operation was refused and on which operands.
  func noting(_ operation: String, _ operands: [TensorType]) -> Diagnostic {
    let list = operands.map(\.description).joined(separator: " and ")
    return noting(operands.isEmpty ? "in \(operation)" : "in \(operation) of \(list)")
  }
}

// MARK: - Building graph values that exist already
extension GraphBuilder {
  /// Splices a graph into this one: its arguments become `arguments`, its parameters and states inputs
  /// of this graph under the same paths, which whoever splices declares; what it replaces, it replaces
  /// here. Returns its results in order.
  ///
  /// - Errors (from `finish()`): `graph.parameter-redeclared`, and those of the operations.
  /// - Precondition: one argument for each argument of `other`.
  public func splice(_ other: Graph, _ arguments: [Tensor]) -> [Tensor] {
    let (results, updates) = spliceWithoutUpdates(other, arguments)
    for (input, value) in updates { update(input, with: value) }
    return results
  }

  /// The same, leaving it to the caller what is replaced.
  package func spliceWithoutUpdates(
    _ other: Graph, _ arguments: [Tensor]
  ) -> (results: [Tensor], updates: [(input: Tensor, value: Tensor)]) {
    let afterMistake = (other.results.map { _ in failed }, [(input: Tensor, value: Tensor)]())
    var map = [Tensor?](repeating: nil, count: other.values.count)
    var rest = arguments[...]
    for input in other.inputs {
      switch input.role {
      case .argument: map[input.value.index] = rest.removeFirst()
      case .parameter, .state:
        guard let value = storedInput(input.role, input.name, other.type(input.value)) else {
          return afterMistake
        }
        map[input.value.index] = tensor(value)
      }
    }
    for node in other.nodes {
      let operands = node.operands.map { map[$0.index]! }
      let results =
        node.scope.isEmpty
        ? apply(node.operation, operands)
        : scoped(node.scope) { apply(node.operation, operands) }
      guard results.count == node.results.count else { return afterMistake }
      for (id, result) in zip(node.results, results) { map[id.index] = result }
    }
    return (
      other.results.map { map[$0.value.index]! },
      other.updates.map { (map[$0.input.index]!, map[$0.value.index]!) }
    )
  }
}
