import ClipData
import TensorCore
import TensorFiles

/// Everything that a run needs to go on as if it had not stopped: parameters and states by path, and where
/// data and logs stood.
///
/// A safetensors file; what is no tensor is in its metadata, one value for each key.
public struct Checkpoint {
  public var facts: CheckpointFacts
  public var tensors: [(name: String, value: TensorBytes)]
  private var file: SafetensorsFile?

  /// Steps in the name have so many digits, so that names are in order.
  private static let digits = 9

  static func name(step: Int) -> String {
    let digits = String(step)
    return "step-" + String(repeating: "0", count: max(0, Self.digits - digits.count)) + digits
      + ".safetensors"
  }

  /// The step that a checkpoint of this name was made after; nil for a name that no run gives.
  static func step(ofName name: String) -> Int? {
    guard name.hasPrefix("step-"), name.hasSuffix(".safetensors") else { return nil }
    let step = Int(name.dropFirst("step-".count).dropLast(".safetensors".count))
    return step.flatMap { self.name(step: $0) == name ? $0 : nil }
  }

  /// Writes the file whole or not at all.
  ///
  /// - Errors: `file.unwritable`.
  func write(to path: String) throws(Diagnostic) {
    try SafetensorsFile.write(
      tensors, metadata: facts.metadata + [("check", Self.check(of: tensors))], to: path)
  }

  /// The checkpoint in a file.
  ///
  /// - Errors: `run.not-checkpoint`, also where its tensors are not what its check says, and those of
  ///   safetensors files.
  init(reading path: String) throws(Diagnostic) {
    let file = try SafetensorsFile(reading: path)
    facts = try CheckpointFacts(file.metadata, of: path)
    tensors = []
    for name in file.names { tensors.append((name, try file.bytes(of: name))) }
    let check = file.metadata.first { $0.key == "check" }?.value
    guard check == Self.check(of: tensors) else {
      throw .runNotCheckpoint(path, "its tensors are not what its check says")
    }
    self.file = file
  }

  /// CRC-32C over names and bytes of all tensors, in the order of their names.
  private static func check(of tensors: [(name: String, value: TensorBytes)]) -> String {
    let checks = tensors.sorted { $0.name < $1.name }.map { name, value in
      "\(name) \(value.withUnsafeBytes { CRC32C.check($0) })"
    }
    return String(
      Array(checks.joined(separator: "\n").utf8).withUnsafeBytes(CRC32C.check), radix: 16)
  }

  /// Its tensors are those that a step has.
  ///
  /// - Errors: `weights.mismatch`.
  func requireExactly(_ expected: [(name: String, type: TensorType)]) throws(Diagnostic) {
    try file?.requireExactly(expected)
  }

  /// The bytes of a parameter; nil if it has none of that path and type.
  func bytes(of name: String, _ type: TensorType) -> [UInt8]? {
    tensors.first { $0.name == name && $0.value.type == type }?.value.bytes
  }

  init(_ facts: CheckpointFacts, _ tensors: [(name: String, value: TensorBytes)]) {
    (self.facts, self.tensors) = (facts, tensors)
  }

  /// Whether a file is a checkpoint; its parameters are a model's weights, ``isState(_:)`` tells the rest.
  public static func isOne(_ file: SafetensorsFile) -> Bool {
    file.metadata.contains { $0.key == "format" && $0.value == CheckpointFacts.format }
  }

  /// Whether a tensor of a checkpoint is a state of training, by its name.
  public static func isState(_ name: String) -> Bool {
    ["optimizer.", "training.", "accumulated.", "average."].contains { name.hasPrefix($0) }
  }
}

/// What a checkpoint says beside its tensors.
public struct CheckpointFacts: Sendable, Equatable {
  public var model: String
  /// Steps before it.
  public var step = 0
  /// Hash of the compiled step: another one gives other bits.
  public var plan: String
  public var seed: UInt64
  public var position = StreamPosition()
  /// Steps in a row, the last ones, that were not finite.
  public var nonFinite = 0
  /// The best validation so far; nil before the first.
  public var best: Double?
  /// Names and sizes of the training data's files, and how much of them is held out, as a hash.
  public var data = ""
  /// Lengths of the run's log and event file.
  public var logByteCount = 0
  public var eventByteCount = 0

  public init(model: String, plan: String, seed: UInt64) {
    (self.model, self.plan, self.seed) = (model, plan, seed)
  }

  static let format = "smalti-checkpoint-1"

  var metadata: [(key: String, value: String)] {
    [
      ("format", Self.format), ("model", model), ("step", "\(step)"), ("plan", plan),
      ("seed", "\(seed)"), ("data.epoch", "\(position.epoch)"), ("data.file", "\(position.file)"),
      ("data.set", data), ("data.sample", "\(position.sample)"),
      ("data.taken", "\(position.taken)"),
      ("non_finite", "\(nonFinite)"), ("best", best.map { "\($0)" } ?? ""),
      ("log_bytes", "\(logByteCount)"), ("event_bytes", "\(eventByteCount)"),
    ]
  }

  /// - Errors: `run.not-checkpoint`.
  init(_ metadata: [(key: String, value: String)], of path: String) throws(Diagnostic) {
    func text(_ key: String) throws(Diagnostic) -> String {
      guard let value = metadata.first(where: { $0.key == key })?.value else {
        throw .runNotCheckpoint(path, "it has no \(key)")
      }
      return value
    }
    func count(_ key: String) throws(Diagnostic) -> Int {
      let value = try text(key)
      // Beyond it a sum could leave the range of an integer.
      guard let number = Int(value), (0...1 << 50).contains(number) else {
        throw .runNotCheckpoint(path, "its \(key) is \(value)")
      }
      return number
    }
    let format = try text("format")
    guard format == Self.format else { throw .runNotCheckpoint(path, "its format is \(format)") }
    (model, plan) = (try text("model"), try text("plan"))
    guard let seed = UInt64(try text("seed")) else {
      throw .runNotCheckpoint(path, "its seed is \(try text("seed"))")
    }
    self.seed = seed
    step = try count("step")
    position.epoch = try count("data.epoch")
    position.file = try count("data.file")
    position.sample = try count("data.sample")
    position.taken = try count("data.taken")
    nonFinite = try count("non_finite")
    data = try text("data.set")
    let best = try text("best")
    self.best = Double(best)
    guard best.isEmpty || self.best?.isFinite == true else {
      throw .runNotCheckpoint(path, "its best is \(best)")
    }
    logByteCount = try count("log_bytes")
    eventByteCount = try count("event_bytes")
  }
}
