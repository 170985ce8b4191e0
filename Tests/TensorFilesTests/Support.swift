import Foundation
import TensorCore
import TensorFiles
import Testing

/// A file that `tools/fixtures/make_files.py` wrote.
func fixture(_ name: String) throws -> String {
  try #require(Bundle.module.resourcePath) + "/Fixtures/" + name
}

func fileBytes(_ path: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}

/// Calls `body` with an empty folder that is gone afterwards.
func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

/// The folder holds files of exactly these names: nothing partial lies beside them.
func expectFiles(
  _ names: [String], in folder: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let found = try FileManager.default.contentsOfDirectory(atPath: folder)
  #expect(found.sorted() == names, sourceLocation: sourceLocation)
}

/// `body` is refused with this code; the text of the diagnostic has every one of `parts`, and a
/// remedy.
func expectRefusal(
  _ code: Diagnostic.Code, _ parts: [String], sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Void
) {
  do {
    try body()
    Issue.record("nothing was refused, expected \(code)", sourceLocation: sourceLocation)
  } catch let diagnostic as Diagnostic {
    #expect(diagnostic.code == code, sourceLocation: sourceLocation)
    #expect(diagnostic.help != nil, sourceLocation: sourceLocation)
    for part in parts {
      #expect(diagnostic.description.contains(part), sourceLocation: sourceLocation)
    }
  } catch {
    Issue.record("unexpected \(error)", sourceLocation: sourceLocation)
  }
}

/// Element i is i, as the fixtures count; of `bool`, whether i is odd.
func counted(_ element: ElementType, _ shape: Shape) -> HostTensor {
  let type = TensorType(element, shape)
  if element.isFloating {
    return HostTensor(type, reals: (0..<shape.count).map(Double.init))
  }
  let values = (0..<shape.count).map { Int64(element == .bool ? $0 % 2 : $0) }
  return HostTensor(type, integers: values)
}

/// Values at the edges of the type, all of which the type holds exactly.
func edges(_ element: ElementType) -> HostTensor {
  let type = TensorType(element, [2, 1, 3])
  if element.isFloating {
    let smallest: Double =
      switch element {
      case .f64: 0x1p-1074
      case .f32: 0x1p-149
      case .f16: 0x1p-24
      default: 0x1p-133
      }
    return HostTensor(type, reals: [0, -1.5, .infinity, -.infinity, smallest, -smallest])
  }
  return HostTensor(type, integers: [0, 1, -1, .max, .min, 1 << 31])
}

func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) }
}

/// The same numbers on every machine (SplitMix64, by Sebastiano Vigna, in the public domain).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
