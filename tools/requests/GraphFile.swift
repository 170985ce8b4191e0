import Foundation
import Smalti

/// Graph text from a file: a program, or one graph that stands alone.
package enum GraphFile {
  /// - Errors: `file.unreadable`, `file.not-text`, and the parser's, placed in the file.
  package static func program(_ path: String) throws(Diagnostic) -> Program {
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
