import GraphIR
import TensorCore

/// Makes an ``AccessGraph`` of a graph in structured forms.
///
/// Moves of one piece become accesses of whoever reads them; splat constants become literals in
/// expressions; what has no elements is dropped. A move that is a result of the graph becomes a copy
/// of its own, which its readers share.
struct AccessTracing {
  let form: FormGraph
  let atoms: AtomAssignment
  var graph = AccessGraph()
  /// Where a value of the form graph lies: a value, and for each of its dimensions the position by
  /// the form value's atoms, counted through all its dimensions.
  var located: [Int: AccessGraph.Read] = [:]
  /// The number that every element has.
  var literals: [Int: Double] = [:]
  private var copies: [Int: Int] = [:]

  /// - Errors: `graph.too-much-work`, and those of tracing compositions, which are mistakes of
  ///   operations.
  static func trace(_ source: Graph) throws(Diagnostic) -> AccessGraph {
    let form = try FormGraph(source)
    var tracing = AccessTracing(form: form, atoms: AtomAssignment(form))
    tracing.graph.groups = form.groups
    tracing.addInputs(source)
    for number in form.nodes.indices { tracing.add(number) }
    tracing.bindResults()
    try tracing.graph.checkCost()
    return tracing.graph
  }

  private init(form: FormGraph, atoms: AtomAssignment) {
    self.form = form
    self.atoms = atoms
  }

  private mutating func addInputs(_ source: Graph) {
    var argument = 0
    for (input, value) in zip(source.inputs, form.inputs) {
      switch input.role {
      case .argument:
        define(value, .argument(argument))
        argument += 1
      case .parameter where source.update(of: input.value) == nil:
        define(value, .parameter(input.name))
      case .parameter, .state: define(value, .state(input.name))
      }
    }
  }

  // MARK: - Values
  func type(_ value: Int) -> TensorType { form.types[value] }

  /// Lengths of a form value's atoms, through all its dimensions.
  func lengths(_ value: Int) -> [Int] { atoms.dimensions(value).flatMap(atoms.atoms.lengths) }

  /// The value's atoms in each dimension, as numbers of its axes.
  func axes(_ value: Int) -> [Range<Int>] { Self.ranges(atoms.dimensions(value).map(\.count)) }

  static func ranges(_ counts: [Int]) -> [Range<Int>] {
    var start = 0
    return counts.map { count in
      defer { start += count }
      return start..<start + count
    }
  }

  /// A new value in row-major order over the form value's atoms.
  @discardableResult
  mutating func define(_ value: Int, _ source: AccessGraph.Value.Source) -> Int {
    let lengths = lengths(value)
    graph.values.append(
      .init(element: type(value).element, lengths: lengths, source: source))
    let number = graph.values.count - 1
    located[value] = .init(number, lengths.indices.map { .point($0) })
    return number
  }

  /// A new node for a node of the form graph, which computes its results.
  mutating func append(
    _ number: Int, _ kind: AccessGraph.Kind, inner: [Int] = [], _ reads: [AccessGraph.Read]
  ) {
    let node = form.nodes[number]
    let space = lengths(node.results[0])
    let own = AccessGraph.Node(
      kind: kind, space: space + inner, resultRank: space.count, reads: reads,
      results: node.results.map { define($0, .node(graph.nodes.count)) }, group: node.group)
    graph.nodes.append(own)
  }

  /// A node beside those of the form graph; its result.
  mutating func append(
    _ kind: AccessGraph.Kind, _ element: ElementType, space: [Int], _ reads: [AccessGraph.Read],
    group: Int
  ) -> Int {
    graph.values.append(
      .init(element: element, lengths: space, source: .node(graph.nodes.count)))
    let result = graph.values.count - 1
    graph.nodes.append(
      .init(
        kind: kind, space: space, resultRank: space.count, reads: reads, results: [result],
        group: group))
    return result
  }

  // MARK: - Reads
  /// How a node reads an operand, given for each dimension the positions of its atoms.
  mutating func read(
    _ number: Int, _ operand: Int, _ positions: [[DimensionAccess]]
  ) -> AccessGraph.Read {
    let place = place(number, operand)
    let flat = positions.flatMap { $0 }
    return .init(place.value, place.index.map { $0.composed(flat) })
  }

  /// Where an operand lies as the node sees it.
  private mutating func place(_ number: Int, _ operand: Int) -> AccessGraph.Read {
    let value = form.nodes[number].operands[operand]
    let key = ReadKey(node: number, operand: operand)
    guard let dimensions = atoms.reinterpretation(key) else { return locate(value) }
    if literals[value] != nil { return locate(value) }
    return reinterpreted(
      value, dimensions.flatMap(atoms.atoms.lengths), group: form.nodes[number].group)
  }

  /// The atoms of an operand's dimensions, as numbers of its axes.
  func operandAxes(_ number: Int, _ operand: Int) -> [Range<Int>] {
    let key = ReadKey(node: number, operand: operand)
    if let dimensions = atoms.reinterpretation(key) { return Self.ranges(dimensions.map(\.count)) }
    return axes(form.nodes[number].operands[operand])
  }

  func operandLengths(_ number: Int, _ operand: Int) -> [Int] {
    let key = ReadKey(node: number, operand: operand)
    let dimensions =
      atoms.reinterpretation(key) ?? atoms.dimensions(form.nodes[number].operands[operand])
    return dimensions.flatMap(atoms.atoms.lengths)
  }

  /// A splat constant gets a place of one element when it is first read from memory.
  mutating func locate(_ value: Int) -> AccessGraph.Read {
    if let known = located[value] { return known }
    guard let literal = literals[value] else {
      preconditionFailure("internal: value without a place")
    }
    let tensor = HostTensor(TensorType(type(value).element, []), repeating: literal)
    graph.values.append(.init(element: tensor.element, lengths: [], source: .constant(tensor)))
    located[value] = .init(graph.values.count - 1, [])
    return located[value]!
  }

  /// The value in row-major order with other lengths.
  mutating func reinterpreted(_ value: Int, _ lengths: [Int], group: Int) -> AccessGraph.Read {
    let whole = materialized(value, group: group)
    let source = graph.values[whole]
    let result = append(
      .reinterpret, source.element, space: lengths,
      [.init(whole, source.lengths.map { _ in DimensionAccess() })], group: group)
    return .init(result, lengths.indices.map { .point($0) })
  }

  /// A value that holds exactly the elements of a form value, in order.
  mutating func materialized(_ value: Int, group: Int) -> Int {
    let place = locate(value)
    let lengths = lengths(value)
    if isIdentity(place, lengths) { return place.value }
    if let known = copies[value] { return known }
    let copy = append(
      .map(.operand(0)), type(value).element, space: lengths, [place], group: group)
    copies[value] = copy
    return copy
  }

  func isIdentity(_ read: AccessGraph.Read, _ lengths: [Int]) -> Bool {
    graph.values[read.value].lengths == lengths
      && read.index.enumerated().allSatisfy { $1.pointAxis == $0 }
  }

  // MARK: - Results
  /// A result is a value that a node computes, and no two results share one.
  private mutating func bindResults() {
    var bound: Set<Int> = []
    for result in form.results {
      let place = locate(result.value)
      if type(result.value).shape.count == 0 {
        graph.results.append((result.name, place.value))
        continue
      }
      let group = graph.producer(place.value).map { graph.nodes[$0].group } ?? -1
      var value = place.value
      if !isIdentity(place, lengths(result.value)) || !owns(value) || bound.contains(value) {
        value = append(
          .map(.operand(0)), type(result.value).element, space: lengths(result.value), [place],
          group: group)
      }
      bound.insert(value)
      graph.results.append((result.name, value))
    }
    if graph.nodes.contains(where: { $0.group < 0 }) {
      graph.groups.append("result")
      for node in graph.nodes.indices where graph.nodes[node].group < 0 {
        graph.nodes[node].group = graph.groups.count - 1
      }
    }
  }

  /// Whether a node writes the value to memory of its own.
  private func owns(_ value: Int) -> Bool {
    guard let node = graph.producer(value) else { return false }
    if case .reinterpret = graph.nodes[node].kind { return false }
    return true
  }

  /// Whether a form value is a result of the graph.
  func isResult(_ value: Int) -> Bool { form.results.contains { $0.value == value } }
}

extension AccessGraph {
  /// - Errors: `graph.too-much-work`, and those of tracing compositions, which are mistakes of
  ///   operations.
  package static func traced(_ graph: Graph) throws(Diagnostic) -> AccessGraph {
    try AccessTracing.trace(graph)
  }
}
