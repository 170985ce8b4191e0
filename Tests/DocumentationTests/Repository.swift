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
  static let pages: [String] = {
    var pages = names(in: ".").filter { $0.hasSuffix(".md") }
    for folder in ["docs", "tools", "Benchmarks"] {
      let inside = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
      pages += (inside?.compactMap { $0 as? String } ?? [])
        .filter { $0.hasSuffix(".md") && !$0.contains(".build/") }
        .map { "\(folder)/\($0)" }
    }
    return pages.sorted()
  }()

  /// Names of the files in one folder.
  static func names(in folder: String) -> [String] {
    let place = root.appending(path: folder).path
    return (try? FileManager.default.contentsOfDirectory(atPath: place))?.sorted() ?? []
  }
}
