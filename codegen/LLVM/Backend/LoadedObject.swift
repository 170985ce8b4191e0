internal import CSmaltiLLVM
import TensorCore
import TileIR

/// Object code in memory, linked and ready to call. The memory is freed with the object.
///
/// Everything is linked when it is made, so what is wrong is thrown there and `address(of:)` is a
/// look-up in a table that never changes.
public final class LoadedObject: Sendable {
  /// Owns the memory.
  private let linker: Linker
  private let addresses: [String: UInt]

  /// Links objects; they may refer to each other, to `symbols` and to `memcpy`, `memmove` and
  /// `memset`, and to nothing else in the process.
  ///
  /// - Parameter symbols: addresses of functions and data that the objects need; they must stay
  ///   valid as long as the code is called.
  /// - Errors: `llvm.not-an-object`, `llvm.foreign-object`, `llvm.missing-symbol`,
  ///   `llvm.duplicate-symbol`, `llvm.link`.
  public init(
    _ objects: [[UInt8]], symbols: [String: UnsafeRawPointer] = [:]
  ) throws(Diagnostic) {
    let names = try Self.checkedNames(objects, given: Set(symbols.keys))
    let linker = try Linker()
    try linker.define(symbols)
    for object in objects { try linker.add(object) }
    var addresses: [String: UInt] = [:]
    for name in names { addresses[name] = try linker.address(of: name) }
    self.addresses = addresses
    self.linker = linker
  }

  /// The address of a function or datum that the objects define, or nil if there is none.
  ///
  /// Valid as long as this object lives.
  public func address(of symbol: String) -> UnsafeRawPointer? {
    addresses[symbol].flatMap { UnsafeRawPointer(bitPattern: $0) }
  }

  /// The names that the objects define, if they are for this machine and need nothing strange.
  private static func checkedNames(
    _ objects: [[UInt8]], given: Set<String>
  ) throws(Diagnostic) -> [String] {
    var defined: [String] = []
    var needed: [String] = []
    for object in objects {
      let symbols = try ObjectSymbols(object)
      guard symbols.machine == ObjectSymbols.hostMachine else {
        throw .foreignObject(symbols.machine, here: ObjectSymbols.hostMachine)
      }
      defined += symbols.defined
      needed += symbols.needed
    }
    var known = given.union(librarySymbols)
    for name in defined {
      guard known.insert(name).inserted else { throw .duplicateSymbol(name) }
    }
    let missing = Set(needed).subtracting(known)
    guard missing.isEmpty else { throw .missingSymbols(missing.sorted()) }
    return defined
  }
}

/// LLVM's just-in-time linker and the memory that it fills.
///
/// Sendable, because one thread fills it, and afterwards nobody calls it but `deinit`.
private final class Linker: @unchecked Sendable {
  private let jit: LLVMOrcLLJITRef
  private let reports = Reports()

  init() throws(Diagnostic) {
    initializeTargets()
    var jit: LLVMOrcLLJITRef?
    if let reason = take(LLVMOrcCreateLLJIT(&jit, LLVMOrcCreateLLJITBuilder())) {
      throw .doesNotLink([reason])
    }
    self.jit = jit!
    LLVMOrcExecutionSessionSetErrorReporter(
      LLVMOrcLLJITGetExecutionSession(self.jit),
      { context, error in
        if let text = take(error) { Reports.at(context)?.add(text) }
      }, reports.context)
  }

  deinit { _ = take(LLVMOrcDisposeLLJIT(jit)) }

  func define(_ symbols: [String: UnsafeRawPointer]) throws(Diagnostic) {
    guard !symbols.isEmpty else { return }
    let exported = UInt8(
      LLVMJITSymbolGenericFlagsExported.rawValue | LLVMJITSymbolGenericFlagsCallable.rawValue)
    var pairs = symbols.sorted { $0.key < $1.key }.map { name, address in
      LLVMOrcCSymbolMapPair(
        Name: LLVMOrcLLJITMangleAndIntern(jit, name),
        Sym: LLVMJITEvaluatedSymbol(
          Address: LLVMOrcExecutorAddress(UInt(bitPattern: address)),
          Flags: LLVMJITSymbolFlags(GenericFlags: exported, TargetFlags: 0)))
    }
    let unit = LLVMOrcAbsoluteSymbols(&pairs, pairs.count)
    try check(LLVMOrcJITDylibDefine(LLVMOrcLLJITGetMainJITDylib(jit), unit))
  }

  func add(_ object: [UInt8]) throws(Diagnostic) {
    let buffer = object.withUnsafeBytes { bytes in
      LLVMCreateMemoryBufferWithMemoryRangeCopy(
        bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, "kernels")
    }
    // The linker takes the buffer over, whatever comes of it.
    try check(LLVMOrcLLJITAddObjectFile(jit, LLVMOrcLLJITGetMainJITDylib(jit), buffer))
  }

  func address(of name: String) throws(Diagnostic) -> UInt {
    var address: LLVMOrcExecutorAddress = 0
    try check(LLVMOrcLLJITLookup(jit, &address, name))
    return UInt(address)
  }

  /// Throws an error together with what was reported on the way to it.
  private func check(_ error: LLVMErrorRef?) throws(Diagnostic) {
    guard let reason = take(error) else { return }
    throw .doesNotLink([reason] + reports.errors)
  }
}
