import Foundation
import TensorCore

/// Samples in files: arrays, records, pictures, or folders of frames.
public struct DataSet: Sendable {
  /// The file or folder that was named.
  public let path: String
  /// In natural order of their names.
  public let files: [DataFile]

  /// What a folder of pictures is.
  public enum Pictures: Sendable { case frames, samples }

  /// The data set at `path`: a file, or a folder of files of one kind.
  ///
  /// - Parameter pictures: whether the PNG files of a folder are one clip's frames or samples of their own.
  /// - Errors: `clip.unreadable`, `data.unknown`, `data.empty`, `data.mixed`.
  public init(_ path: String, pictures: Pictures = .samples) throws(Diagnostic) {
    self.path = path
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw .clipUnreadable(path, "there is no such file or folder")
    }
    guard isFolder.boolValue else {
      guard let file = DataFile(path: path) else { throw .dataUnknown(path) }
      files = [file]
      return
    }
    let found = try Self.files(in: path)
    guard let first = found.first else { throw .dataEmpty(path) }
    if let other = found.first(where: { $0.kind != first.kind }) {
      throw .dataMixed(path, first, other)
    }
    files = first.kind == .picture && pictures == .frames ? [DataFile(frames: path)] : found
  }

  private static func files(in folder: String) throws(Diagnostic) -> [DataFile] {
    try names(in: folder).sorted(by: ClipReader.precedesNaturally).compactMap { name in
      let path = "\(folder)/\(name)"
      if let file = DataFile(path: path) { return file }
      let inner = (try? names(in: path)) ?? []
      return inner.contains { DataFile(path: $0)?.kind == .picture } ? DataFile(frames: path) : nil
    }
  }

  private static func names(in folder: String) throws(Diagnostic) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder)
        .filter { !$0.hasPrefix(".") }
    } catch {
      throw .clipUnreadable(folder, error.localizedDescription)
    }
  }

  private init(_ path: String, _ files: [DataFile]) {
    self.path = path
    self.files = files
  }

  /// The sets to train and to validate on: the folders `train` and `validation`, `val` or `test` in `path`,
  /// or the files that have those words in their names; else all of it and nothing.
  ///
  /// - Errors: those of ``init(_:pictures:)``.
  public static func split(
    _ path: String, pictures: Pictures = .samples
  ) throws(Diagnostic) -> (training: DataSet, validation: DataSet?) {
    let inner = (try? names(in: path)) ?? []
    if inner.contains("train") {
      let other = ["validation", "val", "test"].first(where: inner.contains)
      let validation =
        if let other { try DataSet("\(path)/\(other)", pictures: pictures) } else {
          DataSet?.none
        }
      return (try DataSet("\(path)/train", pictures: pictures), validation)
    }
    let whole = try DataSet(path, pictures: pictures)
    let parts = Dictionary(grouping: whole.files) { file in
      let name = URL(filePath: file.path).lastPathComponent.lowercased()
      let words = name.split { !$0.isLetter }.map(String.init)
      return ["train", "validation", "val", "test"].first(where: words.contains) ?? ""
    }
    guard let training = parts["train"],
      let others = parts["validation"] ?? parts["val"] ?? parts["test"]
    else {
      return (whole, nil)
    }
    return (DataSet(path, training), DataSet(path, others))
  }
}
