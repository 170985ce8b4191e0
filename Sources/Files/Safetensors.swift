import TensorCore

/// A safetensors file, mapped into memory: named tensors and a dictionary of strings.
///
/// Eight bytes of header length, a JSON header, then the data without holes. Every number that the
/// file states is checked before it is used, so a file from anywhere is safe to open.
///
/// - Cost: opening reads the header only; `bytes(of:)` copies nothing.
/// - Source: the format page of github.com/huggingface/safetensors, and its checks.
public struct SafetensorsFile: Sendable {
  public let path: String
  /// The names of the tensors, in the order of the header.
  public let names: [String]
  /// In the order of the header.
  public let metadata: [(key: String, value: String)]
  private let places: [String: Place]
  private let contents: FileContents

  private struct Place {
    var type: TensorType
    /// Into the file.
    var range: Range<Int>
  }

  /// The reference refuses longer headers too.
  public static let maximumHeaderByteCount = 100_000_000

  /// - Errors: `file.unreadable`, `file.not-regular`, and every `safetensors.` code.
  public init(reading path: String) throws(Diagnostic) {
    try self.init(FileContents(mapping: path))
  }

  package init(_ contents: FileContents) throws(Diagnostic) {
    let path = contents.path
    let fileByteCount = contents.bytes.count
    guard fileByteCount >= 8 else {
      throw .safetensorsTooShort(path, byteCount: fileByteCount)
    }
    let stated = contents.integer(UInt64.self, at: 0)
    guard stated <= UInt64(Self.maximumHeaderByteCount), stated <= UInt64(fileByteCount - 8) else {
      throw .safetensorsHeaderLength(path, stated: stated, fileByteCount: fileByteCount)
    }
    let start = 8 + Int(stated)
    let header = try SafetensorsHeader(parsing: contents.slice(8..<start), of: path)
    var places: [String: Place] = [:]
    for entry in header.entries {
      let type = try Self.type(of: entry, dataByteCount: fileByteCount - start, path: path)
      places[entry.name] = Place(type: type, range: start + entry.begin..<start + entry.end)
    }
    try Self.checkLayout(header.entries, dataByteCount: fileByteCount - start, path: path)
    self.path = path
    self.contents = contents
    self.places = places
    names = header.entries.map(\.name)
    metadata = header.metadata
  }

  /// The type of one entry, whose offsets fit it and the data.
  private static func type(
    of entry: SafetensorsHeader.Entry, dataByteCount: Int, path: String
  ) throws(Diagnostic) -> TensorType {
    guard let element = ElementType(safetensors: entry.dtype) else {
      throw .safetensorsDtype(path, entry.name, dtype: entry.dtype)
    }
    let shape: Shape
    do {
      shape = try Shape(checking: entry.dimensions)
    } catch {
      throw .safetensorsShape(path, entry.name, error)
    }
    guard entry.begin <= entry.end, entry.end <= dataByteCount else {
      throw .safetensorsRange(path, entry, dataByteCount: dataByteCount)
    }
    let type = TensorType(element, shape)
    guard type.byteCount == entry.end - entry.begin else {
      throw .safetensorsSize(path, entry, type)
    }
    return type
  }

  /// The tensors cover the data, in some order, each byte once.
  private static func checkLayout(
    _ entries: [SafetensorsHeader.Entry], dataByteCount: Int, path: String
  ) throws(Diagnostic) {
    var covered = 0
    var previous: SafetensorsHeader.Entry?
    for entry in entries.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
      if entry.begin < covered, let previous {
        throw .safetensorsOverlap(path, previous, entry)
      }
      guard entry.begin == covered else {
        throw .safetensorsHole(path, covered..<entry.begin)
      }
      covered = entry.end
      previous = entry
    }
    guard covered == dataByteCount else {
      throw .safetensorsHole(path, covered..<dataByteCount)
    }
  }
}

// MARK: - Access
extension SafetensorsFile {
  /// - Errors: `file.no-tensor`.
  public func type(of name: String) throws(Diagnostic) -> TensorType { try place(of: name).type }

  /// The bytes of a tensor inside the mapping, without a copy.
  ///
  /// - Errors: `file.no-tensor`.
  public func bytes(of name: String) throws(Diagnostic) -> TensorBytes {
    let place = try place(of: name)
    return TensorBytes(place.type, in: contents, at: place.range)
  }

  /// - Errors: `file.no-tensor`.
  public func tensor(_ name: String) throws(Diagnostic) -> HostTensor {
    try bytes(of: name).tensor
  }

  /// The file holds exactly the tensors `expected`; the diagnostic lists everything that differs.
  ///
  /// - Parameter besides: tensors that may be there too.
  /// - Errors: `weights.mismatch`.
  public func requireExactly(
    _ expected: [(name: String, type: TensorType)],
    besides isFree: (String) -> Bool = { _ in false }
  ) throws(Diagnostic) {
    let known = Set(expected.map(\.name))
    let missing = expected.filter { places[$0.name] == nil }
    let surplus = names.filter { !known.contains($0) && !isFree($0) }
    let misshapen = expected.compactMap { name, type in
      places[name].flatMap { $0.type == type ? nil : (name: name, expected: type, got: $0.type) }
    }
    guard missing.isEmpty, surplus.isEmpty, misshapen.isEmpty else {
      throw .weightsMismatch(path, missing: missing, surplus: surplus, misshapen: misshapen)
    }
  }

  private func place(of name: String) throws(Diagnostic) -> Place {
    guard let place = places[name] else { throw .fileNoTensor(path, name, known: names) }
    return place
  }
}

// MARK: - Names of types
extension ElementType {
  init?(safetensors dtype: String) {
    guard let element = Self.allCases.first(where: { $0.safetensorsName == dtype }) else {
      return nil
    }
    self = element
  }

  /// `F32`, `BF16`, `BOOL`: this format spells every type in capitals.
  var safetensorsName: String { rawValue.uppercased() }
}
