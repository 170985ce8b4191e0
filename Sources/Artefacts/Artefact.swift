import GraphCompiler
import GraphIR
import SmaltiRuntime
import TensorCore
import TileIR

/// A compiled model as bytes of files: a library, an executable, an archive or an object; its
/// header; and its weights, if they lie beside it.
public struct Artefact: Sendable {
  public let description: ArtefactDescription
  public let file: [UInt8]
  /// Of an executable nobody needs one.
  public let header: String?
  /// What goes into the file of prepared weights.
  public let weightsFile: [UInt8]?

  /// Weights are mapped into the address space with the code, which reaches 2 GiB around itself.
  public static let weightsLimit = 1 << 30

  /// Compiles `model` for every level of `options`, and has a C compiler make one file of it.
  ///
  /// The same model, options, weights and C compiler give the same bytes.
  ///
  /// - Parameters:
  ///   - threads: how many threads prepare the weights; 0 means all that this process may use.
  ///   - parameter: the raw bytes of a parameter, row-major; not asked if weights lie nowhere.
  /// - Errors: those of lowering, of the backend and of `parameter`; the `artefact.` codes.
  public static func build(
    _ model: ModelToPackage, _ options: ArtefactOptions, threads: Int = 0,
    parameter: (Parameter) throws -> AlignedBytes
  ) throws -> Artefact {
    guard CNames.isIdentifier(options.name) else { throw Diagnostic.artefactName(options.name) }
    guard !CNames.isTaken(options.name) else { throw Diagnostic.artefactNameTaken(options.name) }
    let triples = options.levels.map(\.triple)
    guard triples.allSatisfy({ $0 == triples[0] }) else {
      throw Diagnostic.artefactLevelsMixed(options.levels.map(\.name))
    }
    return try TemporaryFolder.with { folder in
      let toolchain = try Toolchain(
        named: options.cCompiler, for: options.levels[0], in: folder.url)
      let packaged = try PackagedModel(model, options)
      let block = try block(of: packaged, options, threads, parameter)
      let description = try ArtefactDescription(
        packaged, options, weights: block.facts(options, packaged))
      return try ArtefactLink(packaged, description, options, toolchain, folder, block).artefact()
    }
  }

  private static func block(
    of packaged: PackagedModel, _ options: ArtefactOptions, _ threads: Int,
    _ parameter: (Parameter) throws -> AlignedBytes
  ) throws -> PreparedBlock {
    guard let slot = packaged.prepare.outputs.first else { return PreparedBlock() }
    guard options.weights != .nowhere else {
      return PreparedBlock(byteCount: slot.byteCount)
    }
    if options.weights == .inside, slot.byteCount > weightsLimit {
      throw Diagnostic.artefactTooLarge(slot.byteCount, limit: weightsLimit)
    }
    // Hashed as they pass by, in the order of the table.
    var raw: [String: AlignedBytes] = [:]
    var hash = RawHash()
    for input in packaged.prepare.inputs {
      let bytes = try parameter(packaged.model.program.parameter(at: input.name)!)
      raw[input.name] = bytes
      hash.add(bytes)
    }
    let prepared = try Preparation.block(of: packaged, options.compiler, threads: threads) {
      raw[$0.path]!
    }
    return PreparedBlock(byteCount: slot.byteCount, bytes: prepared, hash: hash.text)
  }
}
