internal import CSmaltiLLVM
import TensorCore
import TileIR

/// Object code in memory, linked and ready to call. The memory is freed with the object.
public final class LoadedObject: @unchecked Sendable {  // immutable; LLJIT's look-up is thread-safe
  private let jit: LLVMOrcLLJITRef

  /// Links objects; they may refer to each other and to `memcpy`, `memmove` and `memset` alone.
  ///
  /// - Errors: `llvm.failed`.
  public init(_ objects: [[UInt8]], level: TargetLevel) throws(Diagnostic) {
    _ = ObjectCompiler(level)
    var made: LLVMOrcLLJITRef?
    try check(LLVMOrcCreateLLJIT(&made, LLVMOrcCreateLLJITBuilder()), "the linker does not start")
    let jit = made!
    self.jit = jit
    let library = LLVMOrcLLJITGetMainJITDylib(jit)
    try allowLibraryFunctions(library)
    for object in objects {
      let buffer = object.withUnsafeBytes { bytes in
        LLVMCreateMemoryBufferWithMemoryRangeCopy(
          bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, "kernels")
      }
      try check(LLVMOrcLLJITAddObjectFile(jit, library, buffer), "the object does not load")
    }
  }

  deinit {
    if let error = LLVMOrcDisposeLLJIT(jit) { LLVMConsumeError(error) }
  }

  /// The address of a function, or nil if there is none.
  public func address(of symbol: String) -> UnsafeRawPointer? {
    var address: LLVMOrcExecutorAddress = 0
    if let error = LLVMOrcLLJITLookup(jit, &address, symbol) {
      LLVMConsumeError(error)
      return nil
    }
    return UnsafeRawPointer(bitPattern: UInt(address))
  }

  /// What LLVM may call on its own for copies and fills.
  private func allowLibraryFunctions(_ library: LLVMOrcJITDylibRef?) throws(Diagnostic) {
    var generator: LLVMOrcDefinitionGeneratorRef?
    let prefix = LLVMOrcLLJITGetGlobalPrefix(jit)
    try check(
      LLVMOrcCreateDynamicLibrarySearchGeneratorForProcess(
        &generator, prefix,
        { _, symbol in
          let name = String(cString: LLVMOrcSymbolStringPoolEntryStr(symbol))
          return ["memcpy", "memmove", "memset"].contains(name) ? 1 : 0
        }, nil), "the process's symbols cannot be searched")
    LLVMOrcJITDylibAddGenerator(library, generator)
  }

}

private func check(_ error: LLVMErrorRef?, _ what: String) throws(Diagnostic) {
  guard let error else { return }
  let text = LLVMGetErrorMessage(error)!
  defer { LLVMDisposeErrorMessage(text) }
  throw .llvm(what, String(cString: text))
}
