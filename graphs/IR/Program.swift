import TensorCore

/// A named list of graphs (entry points) over one table of parameters and one of states.
///
/// Entry points share both by path: `encode` and `whole` read the same weights; a step replaces them
/// and the states that only training has.
public struct Program: Sendable {
  public var name: String
  public var parameters: [Parameter]
  public var states: [Parameter] = []
  public var graphs: [Graph]

  /// Collects entry points; a parameter declared by several must be the same in each.
  ///
  /// - Errors: `program.entry-repeated`, `program.parameter-differs`, `graph.path-taken`.
  public init(_ name: String, _ entries: [TracedGraph]) throws(Diagnostic) {
    self.init(name, parameters: [], graphs: [])
    for entry in entries {
      let graph = entry.graph
      guard !graphs.contains(where: { $0.name == graph.name }) else {
        throw .entryRepeated(graph.name, program: name)
      }
      graphs.append(graph)
      for parameter in entry.parameters {
        guard !states.contains(where: { $0.path == parameter.path }) else {
          throw .pathTaken(parameter.path, .parameter, by: .state)
        }
        guard let known = self.parameter(at: parameter.path) else {
          parameters.append(parameter)
          continue
        }
        guard known == parameter else { throw .parameterDiffers(known, parameter) }
      }
      for state in entry.states {
        guard self.parameter(at: state.path) == nil else {
          throw .pathTaken(state.path, .state, by: .parameter)
        }
        guard let known = states.first(where: { $0.path == state.path }) else {
          states.append(state)
          continue
        }
        guard known == state else { throw .parameterDiffers(known, state) }
      }
    }
  }

  /// Parts as they are, unchecked; the verifier checks.
  public init(
    _ name: String, parameters: [Parameter], states: [Parameter] = [], graphs: [Graph]
  ) {
    self.name = name
    self.parameters = parameters
    self.states = states
    self.graphs = graphs
  }

  /// The declaration of the parameter at `path`, if it is in the table.
  public func parameter(at path: String) -> Parameter? {
    parameters.first { $0.path == path }
  }

  /// The entry point of a name.
  ///
  /// - Errors: `program.no-entry`.
  public func entry(_ name: String) throws(Diagnostic) -> Graph {
    guard let graph = graphs.first(where: { $0.name == name }) else {
      throw .noEntry(name, program: self.name, known: graphs.map(\.name))
    }
    return graph
  }

  /// Elements of all parameters together.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.type.shape.count } }
}

/// A graph as the builder leaves it, with the parameters and states it declared in order of first
/// use.
public struct TracedGraph: Sendable {
  public var graph: Graph
  public var parameters: [Parameter]
  public var states: [Parameter]

  public init(graph: Graph, parameters: [Parameter], states: [Parameter] = []) {
    self.graph = graph
    self.parameters = parameters
    self.states = states
  }
}

/// A weight of the network, or a state beside it: its dotted path, type, and how it starts.
public struct Parameter: Sendable, Hashable {
  public var path: String
  public var type: TensorType
  public var initialiser: Initialiser

  public init(path: String, type: TensorType, initialiser: Initialiser) {
    self.path = path
    self.type = type
    self.initialiser = initialiser
  }

  /// The seed-made value: a function of seed and path only.
  public func initialValue(seed: Key) -> HostTensor {
    initialiser.value(type, key: seed.folded(initialiser.stream ?? path))
  }
}

/// How a parameter starts before training.
public struct Initialiser: Sendable, Hashable {
  public enum Distribution: Sendable, Hashable {
    case constant(Double)
    /// Uniform in (−bound, bound).
    case uniform(bound: Double)
  }
  public var distribution: Distribution
  /// The path whose random stream is used instead of the parameter's own, so that two parameters
  /// can start equal.
  public var stream: String?

  public init(_ distribution: Distribution, stream: String? = nil) {
    self.distribution = distribution
    self.stream = stream
  }

  public static let zeros = Initialiser(.constant(0))
  public static let ones = Initialiser(.constant(1))

  /// Uniform with bound 1/sqrt(fanIn), the default of PyTorch's linear and convolution layers.
  public static func fanInUniform(_ fanIn: Int) -> Initialiser {
    Initialiser(.uniform(bound: 1 / Double(max(fanIn, 1)).squareRoot()))
  }

  /// Uniform with bound sqrt(6 / (fanIn + fanOut)).
  ///
  /// - Source: Glorot, Bengio, "Understanding the difficulty of training deep feedforward neural
  ///   networks", 2010.
  public static func glorotUniform(_ fanIn: Int, _ fanOut: Int) -> Initialiser {
    Initialiser(.uniform(bound: (6 / Double(max(fanIn + fanOut, 1))).squareRoot()))
  }

  /// Element i is `bound · (2 · uniform(i) − 1)`, computed in `Double`, rounded to the type.
  public func value(_ type: TensorType, key: Key) -> HostTensor {
    switch distribution {
    case .constant(let value): return HostTensor(type, repeating: value)
    case .uniform(let bound):
      return HostTensor(
        type,
        converting: (0..<type.shape.count).map { bound * (2 * key.uniform(at: $0) - 1) })
    }
  }
}

extension Initialiser: CustomStringConvertible {
  /// `constant(0)`, `uniform(0.125)`, `uniform(0.125, "path")`.
  public var description: String {
    let stream = stream.map { ", " + NumberText.quoted($0) } ?? ""
    return switch distribution {
    case .constant(let value): "constant(\(NumberText.real(value))\(stream))"
    case .uniform(let bound): "uniform(\(NumberText.real(bound))\(stream))"
    }
  }
}
