import CSmaltiRuntime
import ExecutionPlan
import Glibc

/// A shared library that Smalti compiled, loaded: entry points for ``Session``, without a compiler.
///
///     let simone = try LoadedArtefact("simone.so")
///     let session = try Session(simone, entry: "encode", pool: ThreadPool())
///     let outputs = try session.run(["video": video])
///
/// Stays in memory until the process ends, as code that a thread may be in cannot be taken away.
public final class LoadedArtefact: @unchecked Sendable {  // tables and weights are read only
  /// An entry point for inputs of one size.
  public struct Signature: Sendable {
    /// `batch=8`, or empty where there is only one.
    public var specialisation: String
    public var inputs: [Plan.Slot]
    public var outputs: [Plan.Slot]
    public var states: [Plan.Slot]
    /// Of a run, a multiply-add being two.
    public var flops: Int
  }

  public struct Entry: Sendable {
    public var name: String
    public var signatures: [Signature]
  }

  public let path: String
  /// What its functions begin with.
  public let name: String
  /// What the file says of itself: JSON.
  public let description: String
  /// The instruction set that runs here.
  public let level: String
  public let entries: [Entry]
  let model: UnsafePointer<smalti_model>
  let weights: [AlignedBytes]

  /// Checks that the file is whole, and loads it.
  ///
  /// - Parameter weights: the file of its prepared weights, if they lie in one.
  /// - Errors: `unreadable`, `damagedFile`, `notLoaded`, `noFeatures`, `wrongVersion`; those of a
  ///   weights file, `wrongWeights` and `damagedWeights`; `noWeights` if it needs one and gets none.
  public init(_ path: String, weights weightsPath: String? = nil) throws(RunError) {
    let file = try ArtefactFile(path)
    model = try Self.load(file)
    self.path = path
    description = file.description
    name = String(cString: model.pointee.name)
    try Self.call(model.pointee.check)
    level = model.pointee.level().map { String(cString: $0) } ?? ""
    entries = UnsafeBufferPointer(
      start: model.pointee.entries, count: Int(model.pointee.entry_count)
    ).map { Self.entry($0) }
    weights = try Self.weights(of: model, weightsPath, path)
  }

  private static func load(_ file: ArtefactFile) throws(RunError) -> UnsafePointer<smalti_model> {
    let path = file.path
    guard file.machine == ownMachine else {
      throw RunError(
        .notLoaded,
        "'\(path)' has code for \(machine(file.machine)), this machine is \(machine(ownMachine)); "
          + "compile it with --target \(ownMachine == 62 ? "x86-64-v3" : "aarch64")")
    }
    guard let handle = dlopen(spelling(of: file), RTLD_NOW | RTLD_LOCAL) else {
      throw RunError(.notLoaded, "cannot load '\(path)': \(String(cString: dlerror()))")
    }
    guard let symbol = dlsym(handle, "smalti_this_model") else {
      throw RunError(.notLoaded, "'\(path)' is no shared library of Smalti; compile with --emit so")
    }
    typealias ThisModel = @convention(c) () -> UnsafePointer<smalti_model>?
    guard let model = unsafeBitCast(symbol, to: ThisModel.self)(),
      model.pointee.abi_version == SMALTI_ABI_VERSION,
      Int(model.pointee.byte_count) >= MemoryLayout<smalti_model>.size
    else {
      throw RunError(
        .wrongVersion, "'\(path)' has another ABI version than \(SMALTI_ABI_VERSION); compile again"
      )
    }
    return model
  }

  /// The path written so that no other file has had it: the linker takes two equal paths for one
  /// library, and would give the code of a file that has been replaced meanwhile.
  private static func spelling(of file: ArtefactFile) -> String {
    let slash = file.path.lastIndex(of: "/")
    // A name without a slash would be searched for along the linker's path.
    let folder = slash.map { String(file.path[...$0]) } ?? "./"
    let name = slash.map { file.path[file.path.index(after: $0)...] } ?? file.path[...]
    // The file's number in bits: `./` and `.//` lead nowhere else.
    let bits = String(file.inode, radix: 2).map { $0 == "1" ? ".//" : "./" }.joined()
    return folder + bits + name
  }

  /// - Source: System V ABI, ELF header: EM_X86_64 is 62, EM_AARCH64 183.
  private static var ownMachine: UInt16 {
    #if arch(arm64)
      183
    #else
      62
    #endif
  }

  private static func machine(_ number: UInt16) -> String {
    switch number {
    case 62: "x86-64"
    case 183: "aarch64"
    default: "processor \(number) of ELF"
    }
  }

  /// A function of the model that leaves a sentence when it fails.
  private static func call(
    _ body: (UnsafeMutablePointer<CChar>?, UInt64) -> Int32
  ) throws(RunError) {
    var text = [CChar](repeating: 0, count: 1024)
    let status = text.withUnsafeMutableBufferPointer { body($0.baseAddress, UInt64($0.count)) }
    if status != SMALTI_OK.rawValue { throw RunError(status: status, text) }
  }

  private static func weights(
    of model: UnsafePointer<smalti_model>, _ weightsPath: String?, _ path: String
  ) throws(RunError) -> [AlignedBytes] {
    guard let weightsPath else {
      guard model.pointee.prepared_byte_count == 0 || model.pointee.weights.pointer != nil else {
        throw RunError(
          .noWeights, "'\(path)' has no weights inside; name the file that was written with it")
      }
      return []
    }
    var buffer = smalti_buffer()
    try call { model.pointee.open_weights(weightsPath, &buffer, $0, $1) }
    let bytes = UnsafeMutableRawBufferPointer(
      start: buffer.pointer, count: Int(buffer.byte_count))
    return [
      AlignedBytes(borrowing: bytes) {
        var mapped = smalti_buffer(pointer: bytes.baseAddress, byte_count: UInt64(bytes.count))
        model.pointee.close_weights(&mapped)
      }
    ]
  }
}

// MARK: - What it offers
extension LoadedArtefact {
  private static func entry(_ entry: smalti_entry) -> Entry {
    let signatures = UnsafeBufferPointer(
      start: entry.signatures, count: Int(entry.signature_count))
    return Entry(
      name: String(cString: entry.name),
      signatures: signatures.map { signature in
        Signature(
          specialisation: String(cString: signature.specialisation),
          inputs: slots(signature.inputs, signature.input_count),
          outputs: slots(signature.outputs, signature.output_count),
          states: slots(signature.states, signature.state_count), flops: Int(signature.flops))
      })
  }

  private static func slots(_ tensors: UnsafePointer<smalti_tensor>?, _ count: UInt64) -> [Plan
    .Slot]
  {
    UnsafeBufferPointer(start: tensors, count: Int(count)).map { tensor in
      let shape = UnsafeBufferPointer(start: tensor.dimensions, count: Int(tensor.rank))
        .map(String.init).joined(separator: ", ")
      return Plan.Slot(
        String(cString: tensor.name), type: "\(String(cString: tensor.element))[\(shape)]",
        byteCount: Int(tensor.byte_count), alignment: Int(tensor.alignment))
    }
  }

  /// - Errors: `unknownName`.
  func runnable(
    _ entry: String?, _ specialisation: String?
  ) throws(RunError) -> ArtefactEntry {
    // The model as a whole is the last.
    let place =
      entry.map { name in entries.firstIndex { $0.name == name } }
      ?? entries.lastIndex { $0.name == "whole" } ?? entries.count - 1
    guard let place else {
      throw RunError(
        .unknownName,
        "there is no entry point '\(entry ?? "")'; '\(path)' has "
          + entries.map(\.name).joined(separator: ", "))
    }
    let signatures = entries[place].signatures
    let number =
      specialisation.map { label in
        signatures.firstIndex { $0.specialisation == label }
      } ?? 0
    guard let number else {
      throw RunError(
        .unknownName,
        "there is no specialisation '\(specialisation ?? "")'; '\(path)' has "
          + signatures.map(\.specialisation).joined(separator: ", "))
    }
    return ArtefactEntry(artefact: self, entry: entries[place], place: place, signature: number)
  }
}

/// An entry point of a loaded library, for inputs of one size.
package struct ArtefactEntry: Runnable {
  let artefact: LoadedArtefact
  let entry: LoadedArtefact.Entry
  let place: Int
  let signature: Int

  private var own: LoadedArtefact.Signature { entry.signatures[signature] }
  private var functions: smalti_entry { artefact.model.pointee.entries[place] }

  package var name: String { "entry point '\(entry.name)' of '\(artefact.path)'" }
  package var inputs: [Plan.Slot] { own.inputs }
  package var outputs: [Plan.Slot] { own.outputs }
  package var states: [Plan.Slot] { own.states }
  package var weights: [AlignedBytes] { artefact.weights }
  /// The library does not tell its steps.
  package var stepCount: Int { 0 }

  package func workspaceByteCount(workers: UInt32) -> Int? {
    Int(exactly: functions.workspace_bytes(workers))
  }

  package func execute(_ call: UnsafePointer<smalti_call>) -> Int32 { functions.run(call) }
}
