import Glibc
import TensorCore

// The diagnostics of TensorFiles, alphabetically. The place is the file.

extension Diagnostic {
  static func fileMemory(_ path: String, _ byteCount: Int) -> Diagnostic {
    Diagnostic(
      "file.memory", "no memory for \(byteCount) bytes", at: path,
      help: "work in smaller pieces, or on a machine with more memory")
  }

  static func fileNoTensor(_ path: String, _ name: String, known: [String]) -> Diagnostic {
    Diagnostic(
      "file.no-tensor", "there is no tensor \(name)", at: path,
      help: known.isEmpty ? "the file has none" : "it has \(list(known))")
  }

  static func fileNotRegular(_ path: String) -> Diagnostic {
    Diagnostic(
      "file.not-regular", "\(path) is a directory or a device, not a regular file", at: path,
      help: "name a regular file")
  }

  /// - Parameter byteCount: nil if there is no such file.
  static func fileTooShort(_ path: String, _ byteCount: Int?, needed: Int) -> Diagnostic {
    Diagnostic(
      "file.too-short",
      "\(needed) bytes of the file are to be kept, and "
        + (byteCount.map { "it has \($0)" } ?? "there is no such file"), at: path,
      help: "put back the file that belongs to the checkpoint, or go on in an empty folder")
  }

  static func fileUnreadable(_ path: String, _ code: Int32) -> Diagnostic {
    Diagnostic(
      "file.unreadable", "cannot read \(path): \(reason(code))", at: path,
      help: "check the path and its permissions")
  }

  static func fileUnwritable(
    _ path: String, _ code: Int32, _ state: String = "nothing was left behind"
  ) -> Diagnostic {
    Diagnostic(
      "file.unwritable", "cannot write \(path): \(reason(code))", at: path, notes: [state],
      help: "name a file in an existing directory that you may write, on a disk with room")
  }

  static func npyByteOrder(_ path: String, _ descr: String) -> Diagnostic {
    Diagnostic(
      "npy.byte-order", "the array is big-endian (\(descr)), and little-endian is needed",
      at: path, help: "save x.astype(x.dtype.newbyteorder('<'))")
  }

  static func npyDtype(_ path: String, _ descr: String) -> Diagnostic {
    let help =
      if descr.hasPrefix("|O") {
        "object arrays are Python pickles, which are never run; save plain arrays"
      } else if descr == "|V2" || descr == "<V2" {
        "NumPy stores bf16 as raw bytes of 2; save x.astype(numpy.float32), or use safetensors"
      } else {
        "save x.astype(numpy.float32) or another plain type"
      }
    return Diagnostic(
      "npy.dtype", "the array has the type \(descr), which is no element type", at: path,
      notes: ["element types are \(list(ElementType.allCases.map(\.rawValue)))"], help: help)
  }

  static func npyFortranOrder(_ path: String, _ type: TensorType) -> Diagnostic {
    Diagnostic(
      "npy.fortran-order",
      "the array \(type) is in Fortran order, and row-major order is needed", at: path,
      help: "save numpy.ascontiguousarray(x)")
  }

  static func npyHeader(_ path: String, _ message: String, at offset: Int) -> Diagnostic {
    Diagnostic(
      "npy.header", "the header is no dictionary of an npy file: \(message)",
      at: "\(path), byte \(offset)", help: "save the array again with numpy.save")
  }

  static func npyHeaderLength(_ path: String, stated: Int, available: Int) -> Diagnostic {
    Diagnostic(
      "npy.header-length",
      "the header states \(stated) bytes, and \(max(available, 0)) follow",
      at: path, notes: ["at most \(NPYHeader.maximumTextByteCount) are read"],
      help: "the file is truncated or damaged; get it again")
  }

  static func npyMagic(_ path: String, _ start: [UInt8]) -> Diagnostic {
    Diagnostic(
      "npy.magic",
      "an npy file begins with 93 4e 55 4d 50 59, got "
        + (start.isEmpty ? "an empty file" : hexadecimal(start)), at: path,
      help: "make the file with numpy.save; for an archive use the suffix .npz")
  }

  static func npyNoBF16(_ path: String, _ type: TensorType) -> Diagnostic {
    Diagnostic(
      "npy.no-bf16", "NumPy has no bf16, so \(type) cannot be written", at: path,
      help: "cast(to: .f32) first, or write safetensors")
  }

  static func npyShape(_ path: String, _ cause: Diagnostic) -> Diagnostic {
    Diagnostic(
      "npy.shape", cause.message, at: path, notes: cause.notes,
      help: "the file is damaged, or needs another shape")
  }

  static func npySize(
    _ path: String, _ type: TensorType, expected: Int, got: Int
  ) -> Diagnostic {
    Diagnostic(
      "npy.size", "\(type) takes \(expected) bytes, and \(got) follow the header", at: path,
      help: got < expected
        ? "the file is truncated; get it again" : "write one array per file")
  }

  static func npyVersion(_ path: String, _ version: String) -> Diagnostic {
    Diagnostic(
      "npy.version", "versions 1.0, 2.0 and 3.0 are known, got \(version)", at: path,
      help: "save the array again with numpy.save")
  }

  static func npzDamaged(_ path: String, _ name: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      "npz.damaged", "member \(name) cannot be unpacked: \(reason)", at: path,
      help: "the file is truncated or damaged; get it again")
  }

  static func npzLyingSize(
    _ path: String, _ name: String, stated: UInt64, packed: UInt64, fileByteCount: UInt64
  ) -> Diagnostic {
    Diagnostic(
      "npz.lying-size",
      "member \(name) states \(stated) bytes packed into \(packed), which a file of "
        + "\(fileByteCount) bytes cannot hold", at: path,
      help: "the file is damaged or hostile; get it from somewhere else")
  }

  static func npzMember(_ path: String, _ name: String, _ fact: String) -> Diagnostic {
    Diagnostic(
      "npz.member", "member \(name) \(fact)", at: path,
      help: "save the arrays with numpy.savez or numpy.savez_compressed, each under one name")
  }

  static func npzNotZip(_ path: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      "npz.not-zip", "this is no zip archive: \(reason)", at: path,
      help: "make the file with numpy.savez; for one array use the suffix .npy")
  }

  static func npzTooLarge(
    _ path: String, _ name: String, byteCount: Int, limit: Int
  ) -> Diagnostic {
    Diagnostic(
      "npz.too-large", "member \(name) has \(byteCount) bytes, and the limit is \(limit)",
      at: path, help: "split the array over several members")
  }

  static func pngDamaged(_ path: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      "png.damaged", "this is no PNG picture that can be read: \(reason)", at: path,
      help: "check that the file is a whole PNG of at most \(PNGFile.maximumSide) pixels a side")
  }

  static func pngShape(_ path: String, _ type: TensorType) -> Diagnostic {
    Diagnostic(
      "png.shape", "a picture is u8[height, width, 1 | 3 | 4] and not empty, got \(type)",
      at: path, help: "scale to 0 … 255, cast(to: .u8), and put channels last")
  }

  static func pngTooLarge(_ path: String, height: Int, width: Int) -> Diagnostic {
    Diagnostic(
      "png.too-large",
      "the picture has \(height) x \(width) pixels, and the limits are \(PNGFile.maximumSide) "
        + "a side and \(PNGFile.maximumPixelCount) in all", at: path,
      help: "scale the picture down")
  }

  static func safetensorsDtype(_ path: String, _ name: String, dtype: String) -> Diagnostic {
    Diagnostic(
      "safetensors.dtype", "tensor \(name) has the unknown dtype \(dtype)", at: path,
      notes: ["known are \(list(ElementType.allCases.map(\.safetensorsName)))"],
      help: "convert the tensor to F32 before saving")
  }

  static func safetensorsDuplicate(_ path: String, _ name: String) -> Diagnostic {
    Diagnostic(
      "safetensors.duplicate", "the name \(name) occurs twice", at: path,
      help: "give every tensor and every key of the metadata a name of its own")
  }

  static func safetensorsHeader(_ path: String, _ message: String, at offset: Int) -> Diagnostic {
    Diagnostic(
      "safetensors.header", "the header is no JSON of a safetensors file: \(message)",
      at: "\(path), byte \(offset)", help: "the file is damaged; get it again")
  }

  static func safetensorsHeaderLength(
    _ path: String, stated: UInt64, fileByteCount: Int
  ) -> Diagnostic {
    Diagnostic(
      "safetensors.header-length",
      "the header states \(stated) bytes, and \(fileByteCount - 8) follow", at: path,
      notes: ["at most \(SafetensorsFile.maximumHeaderByteCount) are read"],
      help: "the file is truncated or no safetensors file; get it again")
  }

  static func safetensorsHole(_ path: String, _ range: Range<Int>) -> Diagnostic {
    Diagnostic(
      "safetensors.hole",
      "bytes \(range.lowerBound) to \(range.upperBound) of the data belong to no tensor",
      at: path, help: "the file is damaged; save it again with the safetensors library")
  }

  static func safetensorsOverlap(
    _ path: String, _ left: SafetensorsHeader.Entry, _ right: SafetensorsHeader.Entry
  ) -> Diagnostic {
    Diagnostic(
      "safetensors.overlap",
      "tensors \(left.name) and \(right.name) share bytes of the data: "
        + "[\(left.begin), \(left.end)] and [\(right.begin), \(right.end)]", at: path,
      help: "the file is damaged; save it again with the safetensors library")
  }

  static func safetensorsRange(
    _ path: String, _ entry: SafetensorsHeader.Entry, dataByteCount: Int
  ) -> Diagnostic {
    Diagnostic(
      "safetensors.range",
      "tensor \(entry.name) lies at [\(entry.begin), \(entry.end)] of the data, which has "
        + "\(dataByteCount) bytes", at: path,
      help: "the file is truncated or damaged; get it again")
  }

  static func safetensorsReserved(_ path: String) -> Diagnostic {
    Diagnostic(
      "safetensors.reserved",
      "\(SafetensorsHeader.metadataName) is no name for a tensor: the format reserves it",
      at: path, help: "rename the tensor")
  }

  static func safetensorsShape(
    _ path: String, _ name: String, _ cause: Diagnostic
  ) -> Diagnostic {
    Diagnostic(
      "safetensors.shape", "tensor \(name): \(cause.message)", at: path, notes: cause.notes,
      help: "the file is damaged, or needs another shape")
  }

  static func safetensorsSize(
    _ path: String, _ entry: SafetensorsHeader.Entry, _ type: TensorType
  ) -> Diagnostic {
    Diagnostic(
      "safetensors.size",
      "tensor \(entry.name) is \(type) and takes \(type.byteCount) bytes, got "
        + "\(entry.end - entry.begin) at [\(entry.begin), \(entry.end)]", at: path,
      help: "the file is damaged; get it again")
  }

  static func safetensorsTooShort(_ path: String, byteCount: Int) -> Diagnostic {
    Diagnostic(
      "safetensors.too-short", "a safetensors file has at least 8 bytes, got \(byteCount)",
      at: path, help: "the file is truncated or no safetensors file; get it again")
  }

  static func safetensorsUTF8(_ path: String) -> Diagnostic {
    Diagnostic(
      "safetensors.utf8", "the header is not UTF-8", at: path,
      help: "the file is damaged or no safetensors file; get it again")
  }

  static func tensorByteCount(_ type: TensorType, got count: Int) -> Diagnostic {
    Diagnostic(
      "tensor.byte-count", "\(type) takes \(type.byteCount) bytes, got \(count)",
      help: "pass the whole tensor, row-major, without padding")
  }

  static func weightsMismatch(
    _ path: String, missing: [(name: String, type: TensorType)], surplus: [String],
    misshapen: [(name: String, expected: TensorType, got: TensorType)]
  ) -> Diagnostic {
    Diagnostic(
      "weights.mismatch",
      "the weights do not fit: \(missing.count) missing, \(surplus.count) surplus, "
        + "\(misshapen.count) of another type", at: path,
      notes: missing.map { "missing: \($0.name) \($0.type)" }
        + surplus.map { "surplus: \($0)" }
        + misshapen.map { "\($0.name) needs \($0.expected), got \($0.got)" },
      help: "use the file that belongs to this model and these options")
  }

  static func tfrecordCheck(_ path: String, _ record: Int, _ part: String) -> Diagnostic {
    Diagnostic(
      "tfrecord.check", "the \(part) of record \(record) is not what its check says", at: path,
      help: "the file is damaged; get it again")
  }

  static func tfrecordExample(_ path: String, _ record: Int, _ fact: String) -> Diagnostic {
    Diagnostic(
      "tfrecord.example", "record \(record) is no tf.Example: \(fact)", at: path,
      help: "write it as one, as the multi-object data sets are")
  }

  static func tfrecordFormat(_ path: String) -> Diagnostic {
    Diagnostic(
      "tfrecord.format", "the file does not start with a record, nor as gzip or zlib", at: path,
      help: "name a TFRecord file")
  }

  static func tfrecordPacked(_ path: String, _ reason: String, at place: Int) -> Diagnostic {
    Diagnostic(
      "tfrecord.packed", "the packed bytes from \(place) on cannot be unpacked: \(reason)",
      at: path, help: "the file is truncated or damaged; get it again")
  }

  static func tfrecordTooLarge(
    _ path: String, _ record: Int, _ stated: UInt64, limit: Int
  ) -> Diagnostic {
    Diagnostic(
      "tfrecord.too-large",
      "record \(record) states \(stated) bytes, and at most \(limit) are read", at: path,
      help: "the file is damaged, or its records are no clips and images")
  }

  static func tfrecordTruncated(_ path: String, _ record: Int, _ part: String) -> Diagnostic {
    Diagnostic(
      "tfrecord.truncated", "the file ends within record \(record), before the end of \(part)",
      at: path, help: "the file is truncated; get it again")
  }

  // MARK: Words

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }

  /// At most thirteen names, one per element type: a model has hundreds.
  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(13).joined(separator: ", ")
    return names.count > 13 ? "\(shown) and \(names.count - 13) more" : shown
  }

  private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
