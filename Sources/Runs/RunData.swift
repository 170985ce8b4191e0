import ClipData
import Foundation
import TensorCore

/// The samples that a run trains and validates on.
struct RunData {
  let training: StreamOptions
  /// Samples of the validation, at the model's size; none if there is no set for it.
  let validation: [PreparedSample]
  /// What a person should know, one sentence each.
  private(set) var notes: [String] = []

  /// - Errors: those of data sets and of reading, `run.few-samples`.
  init(
    _ description: RunDescription, _ input: ModelInput, key: Key
  ) throws(Diagnostic) {
    let options = description.options
    let pictures: DataSet.Pictures = input.isVideo ? .frames : .samples
    let split = try DataSet.split(description.data, pictures: pictures)
    var set: DataSet?
    if let path = description.validation {
      set = try DataSet(path, pictures: pictures)
    } else {
      set = split.validation
    }
    var training = StreamOptions(
      split.training, frames: input.frames, size: input.size, key: key.folded("data"))
    training.cacheLimit = options.cacheMegabytes * 1_000_000
    training.block = options.block
    let wanted = options.validationBatch * options.validationBatches
    if let set {
      let found = try Self.first(wanted, of: set, training)
      guard !found.samples.isEmpty else { throw .dataEmpty(set.path) }
      validation = found.samples
    } else if options.heldOut > 0 {
      let found = try Self.first(options.heldOut, of: split.training, training)
      training.heldOut = found.counts
      let one = try Self.first(options.heldOut + 1, of: split.training, training)
      guard one.samples.count > options.heldOut else {
        throw .runFewSamples(split.training.path, one.samples.count, needed: options.heldOut)
      }
      validation = Array(found.samples.prefix(wanted))
      notes.append(
        "the first \(options.heldOut) samples of \(description.data) are held out for validation")
    } else {
      validation = []
      notes.append("without validation samples there is no best checkpoint")
    }
    self.training = training
  }

  /// Names and sizes of the training files, in their order, and what is held out of them, as a hash.
  var fingerprint: String {
    let files = training.set.files.enumerated().map { number, file in
      let name = URL(filePath: file.path).lastPathComponent
      let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
      // Of a folder the system's size says nothing of what is in it.
      let size = file.kind == .frames ? nil : attributes?[.size] as? NSNumber
      return "\(name) \(size?.intValue ?? 0) \(training.heldOut[number] ?? 0)"
    }
    return String(Key.hash(files.joined(separator: "\n")), radix: 16)
  }

  /// Batches that are made ahead: a block, so that the next one is read meanwhile, within 256 MB.
  func depth(batch: Int) -> Int {
    let most = (1 << 28) / (batch * training.sampleByteCount)
    return max(2, min(training.block / batch, most))
  }

  /// The first samples of a set, and how many of each of its files they are.
  private static func first(
    _ count: Int, of set: DataSet, _ options: StreamOptions
  ) throws(Diagnostic) -> (samples: [PreparedSample], counts: [Int: Int]) {
    var samples: [PreparedSample] = []
    var counts: [Int: Int] = [:]
    for (number, file) in set.files.enumerated() where samples.count < count {
      let reader = try file.reader(frameLimit: options.frames)
      while samples.count < count, let sample = try reader.next() {
        samples.append(try sample.prepared(frames: options.frames, size: options.size))
        counts[number, default: 0] += 1
      }
    }
    return (samples, counts)
  }
}
