import Foundation
import SmaltiRuntime
import TensorCore

/// A compiled file as `smalti inspect` sees it: what it says of itself, none of its code run.
public struct InspectedFile: Sendable {
  public let path: String
  public let byteCount: Int
  /// Whether the file's length and checksum were compared; archives and objects have none.
  public let isVerified: Bool
  public let description: ArtefactDescription

  /// - Errors: `unreadable`, `damagedFile`; `artefact.description` for a file of another version.
  public init(_ path: String) throws {
    self.path = path
    if let text = try Self.linkable(path) {
      byteCount = text.byteCount
      isVerified = false
      description = try ArtefactDescription(json: text.description)
      return
    }
    let file = try ArtefactFile(path)
    byteCount = file.byteCount
    isVerified = true
    description = try ArtefactDescription(json: file.description)
  }

  /// The description inside an archive or a relocatable object; nil for any other file.
  private static func linkable(_ path: String) throws -> (description: String, byteCount: Int)? {
    guard let data = try? Data(contentsOf: URL(filePath: path), options: .alwaysMapped) else {
      return nil
    }
    let isArchive = data.starts(with: Array("!<arch>\n".utf8))
    // The type of an ELF file, at byte 16, is 1 for a relocatable object.
    let isObject = data.starts(with: [0x7F, 0x45, 0x4C, 0x46]) && data.count > 17 && data[16] == 1
    guard isArchive || isObject else { return nil }
    guard let start = data.range(of: Data(ArtefactDescription.opening.utf8))?.lowerBound,
      let end = data[start...].firstIndex(of: 0)
    else { throw Diagnostic.artefactNone(path) }
    return (String(decoding: data[start..<end], as: UTF8.self), data.count)
  }
}

extension ArtefactDescription {
  /// How every description begins, keys being sorted.
  static let opening = "{\"abi\":1,\"entries\":["

  /// - Errors: `artefact.description`.
  public init(json: String) throws(Diagnostic) {
    do {
      self = try JSONDecoder().decode(ArtefactDescription.self, from: Data(json.utf8))
    } catch {
      throw .artefactDescription("\(error)")
    }
  }

  /// The entry point of this name; nil means the model as a whole.
  ///
  /// - Errors: `artefact.no-entry`.
  public func entry(_ name: String?) throws(Diagnostic) -> Entry {
    guard let name else { return entries[wholeEntry] }
    guard let entry = entries.first(where: { $0.name == name }) else {
      throw .artefactNoEntry(name, known: entries.map(\.name))
    }
    return entry
  }
}

extension ArtefactDescription.Tensor {
  /// - Errors: `artefact.description`.
  public var type: TensorType {
    get throws(Diagnostic) {
      guard let element = ElementType(rawValue: element), let shape = try? Shape(checking: shape)
      else { throw .artefactDescription("\(name) is \(self.element)\(self.shape)") }
      return TensorType(element, shape)
    }
  }
}
