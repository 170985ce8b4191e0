import ExecutionPlan
import GraphCompiler
import GraphIR
import SmaltiRuntime
import TensorCore

/// What a compiled file says of itself: its header and tables are written from this, and it lies in
/// the file as JSON.
public struct ArtefactDescription: Codable, Sendable, Equatable {
  public struct Tensor: Codable, Sendable, Equatable {
    public var name: String
    public var element: String
    public var shape: [Int]
    public var bytes: Int
    public var alignment: Int
  }

  public struct Signature: Codable, Sendable, Equatable {
    /// `batch=8`, or empty.
    public var specialisation: String
    public var inputs: [Tensor]
    public var outputs: [Tensor]
    public var states: [Tensor]
    public var flops: Int
    public var plans: [PlanFacts]
  }

  /// The plan of a signature at one level.
  public struct PlanFacts: Codable, Sendable, Equatable {
    public var level: String
    public var steps: Int
    public var arenaBytes: Int
    public var scratchBytesPerWorker: Int
  }

  public struct Entry: Codable, Sendable, Equatable {
    public var name: String
    public var function: String
    public var signatures: [Signature]
  }

  public struct Weights: Codable, Sendable, Equatable {
    /// `inside`, `beside`, `nowhere`, or `none` for a model without parameters.
    public var place: String
    public var origin: String
    /// Of the prepared block.
    public var bytes: Int
    public var layout: String
    /// Of the raw parameters in their order, 16 hexadecimal digits; empty if they are nowhere.
    public var hash: String
    /// CRC-32 of the prepared block; empty if it is nowhere.
    public var checksum: String
  }

  /// What its functions begin with.
  public var name: String
  public var model: String
  /// Of Smalti.
  public var version: String
  public var abi: Int
  public var form: String
  public var precision: String
  public var levels: [String]
  public var weights: Weights
  public var entries: [Entry]
  /// Raw parameters, in the order in which `prepare` reads them.
  public var parameters: [Tensor]
}

extension ArtefactDescription {
  init(
    _ packaged: PackagedModel, _ options: ArtefactOptions, weights: Weights
  ) throws(Diagnostic) {
    let program = packaged.model.program
    let functions = try CNames.functions(of: program.graphs.map(\.name))
    name = options.name
    model = packaged.model.title
    version = SmaltiVersion.text
    abi = 1
    form = options.form.rawValue
    precision = "f32"
    levels = packaged.levels.map(\.name)
    self.weights = weights
    entries = program.graphs.indices.map { index in
      Entry(
        name: program.graphs[index].name, function: "\(options.name)_\(functions[index])",
        signatures: packaged.model.specialisations.indices.map { specialisation in
          Self.signature(packaged, entry: index, specialisation)
        })
    }
    parameters = packaged.prepare.inputs.map { slot in
      Self.tensor(slot, program.parameter(at: slot.name)!.type)
    }
  }

  private static func signature(
    _ packaged: PackagedModel, entry: Int, _ specialisation: Int
  ) -> Signature {
    let own = packaged.model.specialisations[specialisation]
    let graph = own.program.graphs[entry]
    let plans = packaged.levels.indices.map {
      packaged.run(entry, level: $0, specialisation: specialisation)
    }
    return Signature(
      specialisation: own.label,
      inputs: zip(plans[0].inputs, graph.arguments).map { tensor($0, graph.type($1.value)) },
      outputs: zip(plans[0].outputs, graph.results).map { tensor($0, graph.type($1.value)) },
      states: [], flops: plans[0].flops,
      plans: zip(packaged.levels, plans).map { level, plan in
        PlanFacts(
          level: level.name, steps: plan.steps.count, arenaBytes: plan.arenaByteCount,
          scratchBytesPerWorker: plan.scratchByteCount)
      })
  }

  private static func tensor(_ slot: Plan.Slot, _ type: TensorType) -> Tensor {
    Tensor(
      name: slot.name, element: "\(type.element)", shape: type.shape.dimensions,
      bytes: slot.byteCount, alignment: slot.alignment)
  }
}
