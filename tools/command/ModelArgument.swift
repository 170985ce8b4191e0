import ArgumentParser
import Foundation
import Smalti

/// `MODEL [key=value …]`: a member of the zoo, or a file of graph text.
struct ModelArgument: ParsableArguments {
  @Argument(help: "A model (simone, simone:tiny; see smalti models) or a file of graph text.")
  var model: String

  @Argument(help: ArgumentHelp("Options of the model.", valueName: "key=value"))
  var settings: [String] = []

  /// The program of the entry points asked for; nil means the model as a whole.
  ///
  /// - Errors: those of the zoo, of files and of graph text; `program.no-entry`, `call.settings`.
  func chosen(_ entries: Entries) throws(Diagnostic) -> ChosenModel {
    try Self.chosen(model, settings, entries)
  }

  /// - Errors: as above.
  static func chosen(
    _ model: String, _ settings: [String], _ entries: Entries
  ) throws(Diagnostic) -> ChosenModel {
    guard isFile(model) else { return try zooModel(model, settings, entries) }
    let program = try GraphFile.program(model)
    if let setting = settings.first { throw .callSettings(setting, file: model) }
    let name = (model as NSString).lastPathComponent
    let kept = try entries.names(of: program.graphs.map(\.name), model: name).map {
      name throws(Diagnostic) in
      try program.entry(name)
    }
    return ChosenModel(
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
    let (known, parts) = (type(of: family).entries, type(of: family).parts)
    let program = try family.program(
      entries: entries.names(of: known, parts: parts, model: model))
    // A weights file belongs to the whole model, even when one entry point alone is compiled. Where
    // options fit this entry point only, there is no whole model.
    let whole = try? family.program()
    return ChosenModel(
      name: ([model] + settings).joined(separator: " "), family: model, program: program,
      parameters: whole?.parameters ?? program.parameters,
      settings: family.settings.map { (name: $0.name, value: $0.value) })
  }
}

/// Which entry points of a model a command works on.
enum Entries {
  case all
  /// The one named, or the last of the model, which is the model as a whole.
  case one(String?)
  /// The one of this name, or of this name among the parts that the family tells; `whole` is the
  /// last where none is called so.
  case part(String)

  /// - Errors: `call.part`, `call.not-yet`.
  func names(
    of known: [String], parts: [(name: String, entry: String)] = [], model: String
  ) throws(Diagnostic) -> [String] {
    switch self {
    case .all: return known
    case .one(nil) where known.isEmpty: return known
    case .one(let name): return [name ?? known[known.count - 1]]
    case .part(let name):
      if known.contains(name) { return [name] }
      if let part = parts.first(where: { $0.name == name }) { return [part.entry] }
      if name == "whole", let last = known.last { return [last] }
      // A step of training is a part of every model, once there is training.
      if name == "step" { throw .callNotYet("--part step", use: "--part whole") }
      throw .callPart(name, of: model, known: parts.map(\.name) + known)
    }
  }
}

/// A model as a command works on it.
struct ChosenModel {
  /// As the person wrote it.
  var name: String
  /// The same without settings: `simone:tiny`.
  var family: String
  var program: Program
  /// What a weights file must hold.
  var parameters: [Parameter]
  /// Every option with its value; a graph file has none.
  var settings: [(name: String, value: String)] = []

  /// The last graph: of the entry points asked for, the one that covers most.
  var graph: Graph { program.graphs[program.graphs.count - 1] }
}

/// Graph text from a file: a program, or one graph that stands alone.
enum GraphFile {
  /// - Errors: `file.unreadable`, `file.not-text`, and the parser's, placed in the file.
  static func program(_ path: String) throws(Diagnostic) -> Program {
    let text = try text(path)
    do throws(Diagnostic) {
      guard !text.split(whereSeparator: \.isWhitespace).starts(with: ["program"]) else {
        return try Parser.program(text, OpCatalog.table)
      }
      return alone(try Parser.graph(text, OpCatalog.table))
    } catch {
      // The parser's place is line and column.
      var error = error
      error.place = error.place.map { "\(path), \($0)" } ?? path
      throw error
    }
  }

  private static func text(_ path: String) throws(Diagnostic) -> String {
    guard access(path, R_OK) == 0 else {
      throw .fileUnreadable(path, String(cString: strerror(errno)))
    }
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path))
    } catch {
      throw .fileUnreadable(path, error.localizedDescription)
    }
    guard let text = String(validating: data, as: UTF8.self) else { throw .fileNotText(path) }
    return text
  }

  /// A graph that stands alone does not say how its parameters start: uniform, by their fan-in.
  private static func alone(_ graph: Graph) -> Program {
    let parameters = graph.parameters.map { input in
      let type = graph.type(input.value)
      let fanIn = type.shape.dimensions.dropLast().reduce(1, *)
      return Parameter(path: input.name, type: type, initialiser: .fanInUniform(fanIn))
    }
    return Program(graph.name, parameters: parameters, graphs: [graph])
  }
}
