import ModelRequests
import Smalti

/// Files are written whole or not at all, whatever is pressed meanwhile.
extension OutputFile {
  /// - Errors: `file.unwritable`, `file.not-regular`.
  static func write(_ bytes: [UInt8], to path: String) throws {
    try Interruption.deferred { try AtomicFile.write(bytes, to: path) }
  }

  /// - Errors: those of ``NPZFile``.
  static func write(_ tensors: [(name: String, value: TensorBytes)], to path: String) throws {
    try Interruption.deferred { try NPZFile.write(tensors, to: path) }
  }
}
