import Foundation
import ModelRequests
import Smalti

/// `smalti run` of a shared library: no compiler, the entry points that the library has.
struct ArtefactRun {
  private let command: RunCommand

  init(_ command: RunCommand) { self.command = command }

  /// Whether `model` is a file that ends as a shared library does.
  static func isLibrary(_ model: String) -> Bool { model.hasSuffix(".so") }

  /// - Errors: those of the library and the runtime; `call.settings`, `call.inputs-unfit` and the others of
  ///   ``InputLoader``.
  func run() throws {
    if let setting = command.model.settings.first {
      throw Diagnostic.callSettings(setting, file: command.model.model)
    }
    let clock = ContinuousClock()
    let start = clock.now
    let artefact = try LoadedArtefact(command.model.model, weights: command.weights.weights)
    let pool = try ThreadPool(threads: command.options.checkedThreads())
    let description = try ArtefactDescription(json: artefact.description)
    let entry = try description.entry(command.entry)
    let (signature, inputs) = try fitted(entry)
    let results = try RunCommand.results(
      of: try signature.outputs.map { ($0.name, try $0.type) }, picked: command.outputs)
    try OutputFile.check(command.output)
    let session = try Session(
      artefact, entry: entry.name, specialisation: signature.specialisation, pool: pool)
    let loaded = clock.now
    let outputs = try Progress(command.options).during("running \(artefact.path)") {
      try session.run(inputs.mapValues { AlignedBytes($0.bytes) })
    }
    let ran = clock.now
    let written = try RunCommand.write(results, outputs, to: command.output)
    let notes = try RunCommand.notes(signature.inputs.map(\.name), inputs, written)
    notes.forEach(command.options.note)
    let report = RunReport(
      artefact, entry: entry.name, threads: pool.workerCount, loading: (loaded - start).seconds,
      running: (ran - loaded).seconds, written, command.output, notes)
    command.options.report(report, report.text)
  }

  /// The first signature that the files fit.
  private func fitted(
    _ entry: ArtefactDescription.Entry
  ) throws -> (ArtefactDescription.Signature, [String: HostTensor]) {
    var first: (any Error)?
    for signature in entry.signatures {
      let arguments = try signature.inputs.map { (name: $0.name, type: try $0.type) }
      do {
        let tensors = try InputLoader(arguments, command.input).tensors(seed: command.options.key)
        return (signature, tensors)
      } catch {
        first = first ?? error
      }
    }
    throw first ?? Diagnostic.callInputMissing("", .f32([]))
  }
}
