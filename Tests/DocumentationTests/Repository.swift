import Foundation

/// The files of the repository, by their paths from its root.
enum Repository {
  /// Three steps above this file.
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appending(path: path).path)
  }

  /// Paths of all pages: those at the root, and those under the folders that hold some.
  static let pages =
    (names(in: ".").filter { $0.hasSuffix(".md") }
    + files([".md"], under: ["docs", "tools", "Benchmarks"])).sorted()

  /// Paths of Swift and C files outside of tests.
  static let sources = files(
    [".swift", ".c", ".h"], under: ["graphs", "codegen", "Sources", "tools"])

  /// Paths of files with one of the endings in folders and theirs, without what building made.
  private static func files(_ endings: [String], under folders: [String]) -> [String] {
    folders.flatMap { folder -> [String] in
      let inside = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
      return (inside?.compactMap { $0 as? String } ?? [])
        .filter { file in endings.contains(where: file.hasSuffix) && !file.contains(".build/") }
        .map { "\(folder)/\($0)" }
    }
  }

  /// Names of the files in one folder.
  static func names(in folder: String) -> [String] {
    let place = root.appending(path: folder).path
    return (try? FileManager.default.contentsOfDirectory(atPath: place))?.sorted() ?? []
  }
}
