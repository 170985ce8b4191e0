internal import CSmaltiLLVM
import TensorCore
import TileIR

/// LLVM text to object code, assembly or optimised text, for one target level.
///
/// Every call has a context of its own, so calls in several threads do not meet. LLVM's fatal errors
/// cannot be caught; what reaches it is text that our own emitter made and LLVM's verifier accepted.
public struct ObjectCompiler: Sendable {
  public let level: TargetLevel

  public init(_ level: TargetLevel) {
    self.level = level
    _ = Self.targets
  }

  /// Names what made an object: part of every cache key.
  public static let version = "llvm 19, passes: \(passes)"

  /// Explicit vectors need little: values out of memory, invariant work out of loops, and what
  /// inlined helpers left behind. No vectoriser runs: `default<O3>` would bring SLP in whatever its
  /// options say. `licm` must be spelled as a loop-mssa pass, or the process aborts.
  static let passes =
    "always-inline,function(sroa,early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg,"
    + "loop-simplify,lcssa,loop-mssa(licm),gvn,instcombine<no-verify-fixpoint>,"
    + "loop(loop-deletion),dce),globaldce"

  public func object(_ text: String) throws(Diagnostic) -> [UInt8] {
    try emit(text, LLVMObjectFile)
  }

  public func assembly(_ text: String) throws(Diagnostic) -> String {
    String(decoding: try emit(text, LLVMAssemblyFile), as: UTF8.self)
  }

  public func optimized(_ text: String) throws(Diagnostic) -> String {
    try withModule(text) { (module, _) throws(Diagnostic) in
      let string = LLVMPrintModuleToString(module)!
      defer { LLVMDisposeMessage(string) }
      return String(cString: string)
    }
  }

  private func emit(_ text: String, _ kind: LLVMCodeGenFileType) throws(Diagnostic) -> [UInt8] {
    try withModule(text) { (module, machine) throws(Diagnostic) in
      var message: UnsafeMutablePointer<CChar>?
      var buffer: LLVMMemoryBufferRef?
      guard
        LLVMTargetMachineEmitToMemoryBuffer(machine, module, kind, &message, &buffer) == 0,
        let buffer
      else { throw .llvm("code generation failed", take(message)) }
      defer { LLVMDisposeMemoryBuffer(buffer) }
      let bytes = UnsafeRawBufferPointer(
        start: LLVMGetBufferStart(buffer), count: LLVMGetBufferSize(buffer))
      return [UInt8](bytes)
    }
  }

  /// Parses, verifies and optimises `text`, then hands the module over.
  private func withModule<Value>(
    _ text: String, _ body: (LLVMModuleRef, LLVMTargetMachineRef) throws(Diagnostic) -> Value
  ) throws(Diagnostic) -> Value {
    let context = LLVMContextCreate()!
    defer { LLVMContextDispose(context) }
    let module = try parse(text, context)
    defer { LLVMDisposeModule(module) }
    let machine = try Self.machine(level)
    defer { LLVMDisposeTargetMachine(machine) }
    LLVMSetTarget(module, level.triple)
    let layout = LLVMCreateTargetDataLayout(machine)!
    LLVMSetModuleDataLayout(module, layout)
    LLVMDisposeTargetData(layout)
    var message: UnsafeMutablePointer<CChar>?
    if LLVMVerifyModule(module, LLVMReturnStatusAction, &message) != 0 {
      throw .llvm("the module is not valid", take(message))
    }
    LLVMDisposeMessage(message)
    let options = LLVMCreatePassBuilderOptions()!
    defer { LLVMDisposePassBuilderOptions(options) }
    if let error = LLVMRunPasses(module, Self.passes, machine, options) {
      let text = LLVMGetErrorMessage(error)!
      defer { LLVMDisposeErrorMessage(text) }
      throw .llvm("the passes failed", String(cString: text))
    }
    return try body(module, machine)
  }

  private func parse(
    _ text: String, _ context: LLVMContextRef
  ) throws(Diagnostic) -> LLVMModuleRef {
    var text = text
    var module: LLVMModuleRef?
    var message: UnsafeMutablePointer<CChar>?
    let failed = text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters in
        // The parser takes the buffer over.
        let buffer = LLVMCreateMemoryBufferWithMemoryRangeCopy(
          characters.baseAddress, characters.count, "kernels")
        return LLVMParseIRInContext(context, buffer, &module, &message) != 0
      }
    }
    guard !failed, let module else { throw .llvm("the text does not parse", take(message)) }
    return module
  }

  private static let targets: Void = {
    LLVMInitializeX86TargetInfo()
    LLVMInitializeX86Target()
    LLVMInitializeX86TargetMC()
    LLVMInitializeX86AsmPrinter()
    LLVMInitializeAArch64TargetInfo()
    LLVMInitializeAArch64Target()
    LLVMInitializeAArch64TargetMC()
    LLVMInitializeAArch64AsmPrinter()
  }()

  private static func machine(_ level: TargetLevel) throws(Diagnostic) -> LLVMTargetMachineRef {
    var target: LLVMTargetRef?
    var message: UnsafeMutablePointer<CChar>?
    guard LLVMGetTargetFromTriple(level.triple, &target, &message) == 0 else {
      throw .llvm("there is no target \(level.triple)", take(message))
    }
    return LLVMCreateTargetMachine(
      target, level.triple, level.processor, level.features, LLVMCodeGenLevelDefault,
      LLVMRelocPIC, LLVMCodeModelDefault)
  }
}

/// A message of LLVM as a Swift string; LLVM's copy is freed.
func take(_ message: UnsafeMutablePointer<CChar>?) -> String {
  guard let message else { return "no reason given" }
  defer { LLVMDisposeMessage(message) }
  return String(cString: message)
}

extension Diagnostic {
  static func llvm(_ what: String, _ reason: String) -> Diagnostic {
    Diagnostic(
      "llvm.failed", what, notes: [reason],
      help: "this is a mistake of the compiler; please report it")
  }
}
