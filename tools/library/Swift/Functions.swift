import CSmaltiCompiler
import Foundation
import ModelRequests
import Smalti

// The functions of `smalti.h`. All unsafe code of this module is here and in `Runner.swift`.
//
// Why it is sound:
// - A network or a runner is a Swift object that C holds by an unbalanced retain; `smalti_free` and
//   `smalti_stop` release it, once. A runner holds its network.
// - Strings of the caller are copied before they are used; texts for the caller are owned by the
//   network and freed with it.
// - Buffers of a run are borrowed for the time of the call.

/// What the caller gets for what `body` throws: an outcome, and its words in `text`.
private func outcome(
  _ text: UnsafeMutablePointer<CChar>?, _ capacity: UInt64, _ body: () throws -> Void
) -> Int32 {
  func fail(_ words: String, _ outcome: smalti_outcome) -> Int32 {
    if let text, capacity > 0 {
      let kept = Array(words.utf8.prefix(Int(clamping: capacity) - 1))
      for (index, byte) in kept.enumerated() { text[index] = CChar(bitPattern: byte) }
      text[kept.count] = 0
    }
    return Int32(outcome.rawValue)
  }
  do {
    if let text, capacity > 0 { text[0] = 0 }
    try body()
    return Int32(SMALTI_DONE.rawValue)
  } catch let error as Diagnostic {
    return fail(error.description, error.isMistakeInCall ? SMALTI_MISTAKE : SMALTI_FAILED)
  } catch {
    return fail("\(error)", SMALTI_FAILED)
  }
}

private func network(_ pointer: OpaquePointer?) throws(Diagnostic) -> Network {
  guard let pointer else { throw .callNull("network") }
  return Unmanaged<Network>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
}

private func runner(_ pointer: OpaquePointer) -> Runner {
  Unmanaged<Runner>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
}

private func handle(_ object: AnyObject) -> OpaquePointer {
  OpaquePointer(Unmanaged.passRetained(object).toOpaque())
}

private func text(_ pointer: UnsafePointer<CChar>?) -> String? {
  pointer.map { String(cString: $0) }
}

private func text(
  _ pointer: UnsafePointer<CChar>?, _ name: String
) throws(Diagnostic) -> String {
  guard let pointer else { throw .callNull(name) }
  return String(cString: pointer)
}

private func checked(threads: UInt32) throws(Diagnostic) -> Int {
  guard threads <= 1024 else { throw .callNumber("threads", Int(threads), 0...1024) }
  return Int(threads)
}

// MARK: - Networks
/// A constant that outlives every caller.
nonisolated(unsafe) private let version = UnsafePointer(strdup(SmaltiVersion.text)!)

@c @implementation public func smalti_version() -> UnsafePointer<CChar>? { version }

@c @implementation public func smalti_load(
  _ model: UnsafePointer<CChar>?, _ settings: UnsafePointer<UnsafePointer<CChar>?>?,
  _ settingCount: UInt64, _ result: UnsafeMutablePointer<OpaquePointer?>?,
  _ errorText: UnsafeMutablePointer<CChar>?, _ errorCapacity: UInt64
) -> Int32 {
  outcome(errorText, errorCapacity) {
    guard let result else { throw Diagnostic.callNull("place for the network") }
    result.pointee = nil
    guard settings != nil || settingCount == 0 else { throw Diagnostic.callNull("settings") }
    let words = try UnsafeBufferPointer(start: settings, count: Int(clamping: settingCount))
      .map { try text($0, "setting") }
    result.pointee = handle(try Network(text(model, "model"), words))
  }
}

@c @implementation public func smalti_free(_ pointer: OpaquePointer?) {
  guard let pointer else { return }
  Unmanaged<Network>.fromOpaque(UnsafeRawPointer(pointer)).release()
}

@c @implementation public func smalti_read_weights(
  _ pointer: OpaquePointer?, _ path: UnsafePointer<CChar>?,
  _ errorText: UnsafeMutablePointer<CChar>?, _ errorCapacity: UInt64
) -> Int32 {
  outcome(errorText, errorCapacity) { try network(pointer).readWeights(text(path, "path")) }
}

@c @implementation public func smalti_make_weights(_ pointer: OpaquePointer?, _ seed: UInt64) {
  try? network(pointer).makeWeights(seed)
}

@c @implementation public func smalti_describe(
  _ pointer: OpaquePointer?
) -> UnsafePointer<CChar>? {
  guard let network = try? network(pointer) else { return nil }
  return network.keep(network.description, as: "description")
}

// MARK: - Files
@c @implementation public func smalti_compile(
  _ pointer: OpaquePointer?, _ output: UnsafePointer<CChar>?,
  _ options: UnsafePointer<smalti_compile_options>?, _ errorText: UnsafeMutablePointer<CChar>?,
  _ errorCapacity: UInt64
) -> Int32 {
  outcome(errorText, errorCapacity) {
    let network = try network(pointer)
    let path = try text(output, "output")
    guard let options = options?.pointee else {
      let form = try ArtefactOptions.Form(called: nil, output: path)
      return try network.compile(
        ArtefactWish(form, of: network.model, network.settings, to: path), threads: 0)
    }
    guard options.abi_version == SMALTI_ABI_VERSION,
      Int(options.byte_count) >= MemoryLayout<smalti_compile_options>.size
    else { throw Diagnostic.callOptionsVersion(Int(options.abi_version)) }
    let form = try ArtefactOptions.Form(called: text(options.emit), output: path)
    var wish = ArtefactWish(form, of: network.model, network.settings, to: path)
    wish.entry = text(options.entry)
    wish.target = text(options.target)
    wish.name = text(options.name)
    wish.specialise = text(options.specialise)
    wish.weightsFile = text(options.weights_file)
    wish.hasNoWeights = options.has_no_weights != 0
    wish.cCompiler = text(options.c_compiler)
    try network.compile(wish, threads: try checked(threads: options.threads))
  }
}

// MARK: - Runs
@c @implementation public func smalti_start(
  _ pointer: OpaquePointer?, _ entry: UnsafePointer<CChar>?, _ threads: UInt32,
  _ result: UnsafeMutablePointer<OpaquePointer?>?, _ errorText: UnsafeMutablePointer<CChar>?,
  _ errorCapacity: UInt64
) -> Int32 {
  outcome(errorText, errorCapacity) {
    guard let result else { throw Diagnostic.callNull("place for the runner") }
    result.pointee = nil
    let threads = try checked(threads: threads)
    result.pointee = handle(try Runner(network(pointer), text(entry), threads: threads))
  }
}

@c @implementation public func smalti_stop(_ pointer: OpaquePointer?) {
  guard let pointer else { return }
  Unmanaged<Runner>.fromOpaque(UnsafeRawPointer(pointer)).release()
}

@c @implementation public func smalti_signature_of(
  _ pointer: OpaquePointer?
) -> UnsafePointer<smalti_signature>? {
  pointer.map { runner($0).signature }
}

@c @implementation public func smalti_run(
  _ pointer: OpaquePointer?, _ inputs: UnsafePointer<smalti_buffer>?, _ inputCount: UInt64,
  _ outputs: UnsafePointer<smalti_buffer>?, _ outputCount: UInt64,
  _ errorText: UnsafeMutablePointer<CChar>?, _ errorCapacity: UInt64
) -> Int32 {
  outcome(errorText, errorCapacity) {
    guard let pointer else { throw Diagnostic.callNull("runner") }
    guard inputs != nil || inputCount == 0 else { throw Diagnostic.callNull("inputs") }
    guard outputs != nil || outputCount == 0 else { throw Diagnostic.callNull("outputs") }
    let signature = runner(pointer).signature.pointee
    guard inputCount == signature.input_count, outputCount == signature.output_count else {
      throw Diagnostic.callBufferCounts(
        Int(clamping: inputCount), Int(clamping: outputCount),
        needed: Int(signature.input_count), Int(signature.output_count))
    }
    try runner(pointer).run(
      UnsafeBufferPointer(start: inputs, count: Int(inputCount)),
      UnsafeBufferPointer(start: outputs, count: Int(outputCount)))
  }
}

// MARK: - Reports
@c @implementation public func smalti_explain(
  _ pointer: OpaquePointer?, _ entry: UnsafePointer<CChar>?,
  _ result: UnsafeMutablePointer<UnsafePointer<CChar>?>?,
  _ errorText: UnsafeMutablePointer<CChar>?, _ errorCapacity: UInt64
) -> Int32 {
  outcome(errorText, errorCapacity) {
    guard let result else { throw Diagnostic.callNull("place for the text") }
    result.pointee = nil
    let network = try network(pointer)
    result.pointee = network.keep(try network.explanation(text(entry)), as: "explanation")
  }
}
