import Foundation

/// A file of the repository that these tests were built from.
struct RepositoryFile {
  let url: URL

  init(_ path: String) {
    url =
      URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../\(path)")
      .standardizedFileURL
  }

  var text: String { get throws { try String(contentsOf: url, encoding: .utf8) } }
}
