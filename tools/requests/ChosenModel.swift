import Foundation
import Smalti

/// A model as a request names it.
package struct ChosenModel {
  /// As the person wrote it.
  package var name: String
  /// The same without settings: `simone:tiny`.
  package var family: String
  package var program: Program
  /// What a weights file must hold.
  package var parameters: [Parameter]
  /// Every option with its value; a graph file has none.
  package var settings: [(name: String, value: String)] = []

  /// The last graph: of the entry points asked for, the one that covers most.
  package var graph: Graph { program.graphs[program.graphs.count - 1] }
}

package extension ChosenModel {
  /// The program of the entry points asked for.
  ///
  /// - Parameters:
  ///   - model: a member of the zoo, or a file of graph text.
  ///   - settings: `key=value`.
  /// - Errors: those of the zoo, of files and of graph text; `program.no-entry`, `call.settings`.
  init(_ model: String, _ settings: [String], _ entries: Entries) throws(Diagnostic) {
    guard Self.isFile(model) else {
      self = try Self.zooModel(model, settings, entries)
      return
    }
    let program = try GraphFile.program(model)
    if let setting = settings.first { throw .callSettings(setting, file: model) }
    guard !entries.isStep else { throw .callStepOfFile(model) }
    let name = (model as NSString).lastPathComponent
    let kept = try entries.names(of: program.graphs.map(\.name), model: name).map {
      name throws(Diagnostic) in
      try program.entry(name)
    }
    self.init(
      name: name, family: name,
      program: Program(program.name, parameters: program.parameters, graphs: kept),
      parameters: program.parameters)
  }

  /// A name of the zoo has neither folder nor ending, and no file is called so.
  private static func isFile(_ model: String) -> Bool {
    model.contains("/") || model.contains(".") || FileManager.default.fileExists(atPath: model)
  }

  private static func zooModel(
    _ model: String, _ settings: [String], _ entries: Entries
  ) throws(Diagnostic) -> ChosenModel {
    let family = try Zoo.model(model, settings)
    if entries.isStep {
      let program = try family.trainingProgram()
      return ChosenModel(
        name: ([model] + settings).joined(separator: " "), family: model, program: program,
        parameters: program.parameters,
        settings: family.settings.map { (name: $0.name, value: $0.value) })
    }
    let (known, parts) = (type(of: family).entries, type(of: family).parts)
    let program = try family.program(
      entries: entries.names(
        of: known, parts: parts, training: [type(of: family).lossEntry], model: model))
    // A weights file belongs to the whole model, even when one entry point alone is compiled. Where
    // options fit this entry point only, there is no whole model.
    let whole = try? family.program()
    return ChosenModel(
      name: ([model] + settings).joined(separator: " "), family: model, program: program,
      parameters: whole?.parameters ?? program.parameters,
      settings: family.settings.map { (name: $0.name, value: $0.value) })
  }
}
