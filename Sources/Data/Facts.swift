import Foundation
import TensorCore

// The diagnostics of ClipData, alphabetically. The place is the file or the folder.

extension Diagnostic {
  static func clipBatch(_ path: String, _ type: TensorType, index: Int) -> Diagnostic {
    Diagnostic(
      "clip.batch", "clip \(index) was asked for, and the array \(type) holds \(type.shape[0])",
      at: path,
      help: type.shape[0] == 0
        ? "save at least one clip" : "name a clip from 0 to \(type.shape[0] - 1)")
  }

  static func clipFolder(_ path: String, _ error: any Error) -> Diagnostic {
    Diagnostic(
      "clip.folder", "cannot use the folder \(path): \(error.localizedDescription)", at: path,
      help: "name a folder that you may write; it is made if its parent may be written")
  }

  static func clipFrameSize(
    _ place: String, expected: (height: Int, width: Int), got: (height: Int, width: Int)
  ) -> Diagnostic {
    Diagnostic(
      "clip.frame-size",
      "frames of a clip have one size, got \(expected.height) x \(expected.width) and then "
        + "\(got.height) x \(got.width)", at: place,
      help: "scale all frames to one size, or take a part where they are equal")
  }

  static func clipMember(_ path: String, names: [String]) -> Diagnostic {
    Diagnostic(
      "clip.member",
      "the clip is the array video or the only one, and the archive has "
        + (names.isEmpty ? "none" : names.prefix(13).joined(separator: ", ")), at: path,
      help: "save it with numpy.savez(path, video=x)")
  }

  static func clipNoFrames(_ path: String, _ kind: String, notes: [String] = []) -> Diagnostic {
    Diagnostic(
      "clip.no-frames", "\(kind) has no frames", at: path, notes: notes,
      help: "name a video, a folder of PNG frames, or an npy or npz clip with at least one frame")
  }

  static func clipNotVideo(_ path: String, _ errors: [String]) -> Diagnostic {
    Diagnostic(
      "clip.not-video", "the file holds no video that ffmpeg can read", at: path, notes: errors,
      help: "name a video, a folder of PNG frames, or a clip with the suffix .npy or .npz")
  }

  static func clipOptionLayout(
    _ option: String, _ value: Int, needed: Int, layout: String
  ) -> Diagnostic {
    let isExact = option == "frames" || option == "size"
    return Diagnostic(
      "clip.option-layout",
      "\(option) is \(isExact ? "" : "up to ")\(value), and a record of \(layout) has "
        + "\(isExact ? "" : "at most ")\(needed)",
      help: "set \(option) to \(needed), or write npz, which holds every size")
  }

  static func clipOptionRange(_ message: String, help: String) -> Diagnostic {
    Diagnostic("clip.option-range", message, help: help)
  }

  static func clipOptionUnknown(
    _ name: String, generator: String, known: [String]
  ) -> Diagnostic {
    Diagnostic(
      "clip.option-unknown", "the generator \(generator) has no option \(name)",
      help: "it has " + known.joined(separator: ", "))
  }

  static func clipOptionValue(
    _ name: String, _ text: String, kind: String, now value: String
  ) -> Diagnostic {
    Diagnostic(
      "clip.option-value", "\(name) needs \(kind), got \(text.isEmpty ? "nothing" : text)",
      help: "for example \(name)=\(value)")
  }

  static func clipProgramFailed(
    _ path: String, _ program: String, _ ending: String, _ errors: [String]
  ) -> Diagnostic {
    Diagnostic(
      "clip.program-failed", "\(program) \(ending)", at: path, notes: errors,
      help: "try \(program) on the file by hand; it may be damaged or need another ffmpeg")
  }

  static func clipProgramMissing(_ path: String, _ program: String, _ reason: String) -> Diagnostic
  {
    Diagnostic(
      "clip.program-missing", "\(program), which reads videos, cannot be started: \(reason)",
      at: path,
      help: "run tools/setup, or sudo apt-get install ffmpeg; PNG frames, npy and npz do without")
  }

  static func clipShardSurplus(_ path: String, shardCount: Int) -> Diagnostic {
    Diagnostic(
      "clip.shard-surplus",
      "\(path) is there already and would not belong to the \(shardCount) files to be written",
      at: path, notes: ["nothing was written"], help: "remove it, or name another folder")
  }

  static func clipStart(_ path: String, start: Int, frameCount: Int) -> Diagnostic {
    Diagnostic(
      "clip.start", "frames are taken from number \(start), and the clip has \(frameCount)",
      at: path, help: "start at 0 to \(frameCount - 1)")
  }

  static func clipTooLarge(_ path: String, byteCount: Int, limit: Int) -> Diagnostic {
    Diagnostic(
      "clip.too-large",
      "the frames take at least \(byteCount) bytes as 8-bit RGB, and the limit is \(limit)",
      at: path, help: "take fewer or smaller frames: cut or scale the clip with ffmpeg")
  }

  static func clipType(_ path: String, _ type: TensorType) -> Diagnostic {
    Diagnostic(
      "clip.type",
      "a clip is u8 or f32 [frames, height, width, 3], perhaps with a batch axis before, got "
        + "\(type)", at: path,
      help: "put frames first and red, green, blue last, and save x.astype(numpy.uint8)")
  }

  static func clipUnreadable(_ path: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      "clip.unreadable", "cannot read \(path): \(reason)", at: path,
      help: "check the path and its permissions")
  }

  static func clipValue(_ path: String, _ value: Float, at position: [Int]) -> Diagnostic {
    Diagnostic(
      "clip.value",
      "floating frames hold numbers from 0 to 1, got \(value) at "
        + "[\(position.map(String.init).joined(separator: ", "))]", at: path,
      help: "divide by 255, or save x.astype(numpy.uint8) with values from 0 to 255")
  }

  static func dataArrays(_ path: String, names: [String]) -> Diagnostic {
    Diagnostic(
      "data.arrays",
      "samples are the array video or image, and the archive has "
        + (names.isEmpty ? "none" : names.prefix(13).joined(separator: ", ")), at: path,
      help: "save it with numpy.savez(path, video=x, labels=y)")
  }

  static func dataArrayType(_ path: String, _ type: TensorType, isVideo: Bool) -> Diagnostic {
    let form = isVideo ? "[samples, frames, height, width, 3]" : "[samples, height, width, 3]"
    return Diagnostic(
      "data.array-type", "samples are u8 or f32 \(form) with lengths above 0, got \(type)",
      at: path, help: "put red, green, blue last, and save x.astype(numpy.uint8)")
  }

  static func dataBackground(_ path: String, _ type: TensorType) -> Diagnostic {
    Diagnostic(
      "data.background",
      "background_labels says how many labels are background, as u8[1], got \(type)", at: path,
      help: "save numpy.array([1], numpy.uint8), or leave it out")
  }

  static func dataByteCount(
    _ path: String, _ record: Int, _ key: String, expected: Int, got: Int, layout: String
  ) -> Diagnostic {
    Diagnostic(
      "data.byte-count",
      "\(key) of record \(record) has \(got) bytes, and a record of \(layout) has \(expected)",
      at: path, help: "all records of a file have one layout; the file is damaged or joined")
  }

  package static func dataEmpty(_ path: String) -> Diagnostic {
    Diagnostic(
      "data.empty", "the data set has no samples", at: path,
      help: "name a folder of npz, npy, tfrecords or PNG files, or of folders of frames; smalti "
        + "data make makes one")
  }

  static func dataFewFrames(_ source: String, frames: Int, needed: Int) -> Diagnostic {
    Diagnostic(
      "data.few-frames", "the model takes \(needed) frames, and \(source) has \(frames)",
      help: "set frames=\(frames), or name longer clips")
  }

  static func dataLabels(_ path: String, _ type: TensorType, _ pictures: TensorType) -> Diagnostic {
    let expected = pictures.shape.dimensions.dropLast().map(String.init)
    return Diagnostic(
      "data.labels",
      "labels say what each pixel shows, as u8[\(expected.joined(separator: ", "))], got \(type)",
      at: path, help: "save labels of the pictures' shape without its last length")
  }

  static func dataLayout(_ path: String, _ record: Int, image: Int, mask: Int) -> Diagnostic {
    Diagnostic(
      "data.layout",
      "record \(record) has \(image) bytes of image and \(mask) of mask, as no known data set",
      at: path,
      notes: RecordLayout.known.map {
        "\($0.name): \($0.imageByteCount) and \($0.maskByteCount)"
      }, help: "convert it to npz: arrays video or image, and labels")
  }

  static func dataMaskValue(_ path: String, _ record: Int, _ value: UInt8, at place: Int)
    -> Diagnostic
  {
    Diagnostic(
      "data.mask-value",
      "mask of record \(record) must be 0 or 255 everywhere, got \(value) at byte \(place)",
      at: path, help: "the file is damaged, or its masks are not binary; write them as 0 and 255")
  }

  static func dataMixed(_ path: String, _ first: DataFile, _ other: DataFile) -> Diagnostic {
    Diagnostic(
      "data.mixed",
      "a data set is of one kind, and the folder has \(first.kind.rawValue) as \(first.path) and "
        + "\(other.kind.rawValue) as \(other.path)", at: path,
      help: "put each kind into a folder of its own")
  }

  static func dataNotInLayout(_ layout: RecordLayout, _ sample: LabelledClip) -> Diagnostic {
    let clip = sample.clip
    let most = (sample.labels.max() ?? 0) + 1
    return Diagnostic(
      "data.not-in-layout",
      "a record of \(layout.name) has \(layout.frames) x \(layout.height) x \(layout.width) pixels "
        + "and at most \(layout.entities) entities, got \(clip.frameCount) x \(clip.height) x "
        + "\(clip.width) and \(most)",
      help: "leave frames, size and objects as they are, or write npz")
  }

  static func dataUnknown(_ path: String) -> Diagnostic {
    Diagnostic(
      "data.unknown", "samples are npz, npy, tfrecords or PNG by their names, got \(path)",
      at: path, help: "name such a file, or a folder of them")
  }
}
