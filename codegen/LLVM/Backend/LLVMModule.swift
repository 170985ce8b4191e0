internal import CSmaltiLLVM
import TensorCore
import TileIR

/// One module in a context of its own, with the target machine it is made for.
///
/// LLVM's contexts share nothing, so modules live and die in different threads without locks.
struct LLVMModule: ~Copyable {
  let level: TargetLevel
  private let context: LLVMContextRef
  private let module: LLVMModuleRef
  private let machine: LLVMTargetMachineRef
  private let reports: Reports

  /// Parses `text`, which LLVM calls `name` in messages and objects, and verifies it.
  ///
  /// - Errors: `llvm.parse` with line and column, `llvm.verify`, `llvm.wrong-triple`, `llvm.target`.
  static func parsed(
    _ text: String, name: String, level: TargetLevel, quick: Bool = false
  ) throws(Diagnostic) -> LLVMModule {
    let machine = try makeTargetMachine(level, quick: quick)
    let context = LLVMContextCreate()!
    let reports = Reports()
    LLVMContextSetDiagnosticHandler(context, recordDiagnostic, reports.context)
    let module: LLVMModuleRef
    do throws(Diagnostic) {
      module = try parse(text, name: name, in: context)
    } catch {
      LLVMContextDispose(context)
      LLVMDisposeTargetMachine(machine)
      throw error
    }
    let made = LLVMModule(
      level: level, context: context, module: module, machine: machine, reports: reports)
    try made.takeTarget()
    try made.verify()
    return made
  }

  deinit {
    LLVMDisposeModule(module)
    LLVMContextDispose(context)
    LLVMDisposeTargetMachine(machine)
  }

  private borrowing func takeTarget() throws(Diagnostic) {
    let stated = String(cString: LLVMGetTarget(module))
    guard stated.isEmpty || stated == level.triple else {
      throw .wrongTriple(stated, level: level)
    }
    LLVMSetTarget(module, level.triple)
    let layout = LLVMCreateTargetDataLayout(machine)
    LLVMSetModuleDataLayout(module, layout)
    LLVMDisposeTargetData(layout)
  }

  private borrowing func verify() throws(Diagnostic) {
    var message: UnsafeMutablePointer<CChar>?
    let failed = LLVMVerifyModule(module, LLVMReturnStatusAction, &message) != 0
    let reason = take(message)
    guard !failed else { throw .invalidModule(reason) }
  }

  /// Runs a pass pipeline, in the spelling of `opt -passes`.
  borrowing func run(_ passes: String) throws(Diagnostic) {
    let options = LLVMCreatePassBuilderOptions()
    defer { LLVMDisposePassBuilderOptions(options) }
    if let reason = take(LLVMRunPasses(module, passes, machine, options)) {
      throw .passesFailed(reason)
    }
    if let reason = reports.errors.first { throw .passesFailed(reason) }
  }

  /// Gives every function that has a body an attribute without a value.
  borrowing func mark(_ attribute: String) {
    let kind = LLVMGetEnumAttributeKindForName(attribute, attribute.utf8.count)
    guard kind != 0 else { preconditionFailure("internal: LLVM has no attribute \(attribute)") }
    let mark = LLVMCreateEnumAttribute(context, kind, 0)
    // The place of what concerns a function as a whole: `LLVMAttributeFunctionIndex`, -1 as unsigned.
    let place = LLVMAttributeIndex.max
    var next = LLVMGetFirstFunction(module)
    while let function = next {
      if LLVMIsDeclaration(function) == 0 { LLVMAddAttributeAtIndex(function, place, mark) }
      next = LLVMGetNextFunction(function)
    }
  }

  /// Object code or assembly text. Changes the module, so it is the last thing done with it.
  consuming func emit(_ kind: LLVMCodeGenFileType) throws(Diagnostic) -> [UInt8] {
    var message: UnsafeMutablePointer<CChar>?
    var buffer: LLVMMemoryBufferRef?
    guard LLVMTargetMachineEmitToMemoryBuffer(machine, module, kind, &message, &buffer) == 0 else {
      throw .codeGeneration(take(message), level: level)
    }
    defer { LLVMDisposeMemoryBuffer(buffer) }
    if let reason = reports.errors.first { throw .codeGeneration(reason, level: level) }
    return [UInt8](
      UnsafeRawBufferPointer(start: LLVMGetBufferStart(buffer), count: LLVMGetBufferSize(buffer)))
  }

  var text: String {
    borrowing get { take(LLVMPrintModuleToString(module)) }
  }
}

/// Keeps errors; warnings and remarks say nothing that a caller could act on.
private func recordDiagnostic(_ info: LLVMDiagnosticInfoRef?, _ context: UnsafeMutableRawPointer?) {
  guard LLVMGetDiagInfoSeverity(info) == LLVMDSError else { return }
  Reports.at(context)?.add(take(LLVMGetDiagInfoDescription(info)))
}

// MARK: - Parsing

private func parse(
  _ text: String, name: String, in context: LLVMContextRef
) throws(Diagnostic) -> LLVMModuleRef {
  var text = text
  var module: LLVMModuleRef?
  var message: UnsafeMutablePointer<CChar>?
  let failed = text.withUTF8 { bytes in
    bytes.withMemoryRebound(to: CChar.self) { characters in
      // The parser takes the buffer over.
      let buffer = LLVMCreateMemoryBufferWithMemoryRangeCopy(
        characters.baseAddress, characters.count, name)
      return LLVMParseIRInContext(context, buffer, &module, &message) != 0
    }
  }
  guard !failed, let module else { throw parseDiagnostic(take(message), name: name) }
  return module
}

/// LLVM says `name:3:7: error: expected type`, then the line and a caret below it.
func parseDiagnostic(_ message: String, name: String) -> Diagnostic {
  let lines = message.split(separator: "\n", omittingEmptySubsequences: false)
  guard let first = lines.first, first.hasPrefix("\(name):"),
    let mark = first.firstRange(of: ": error: ")
  else { return .doesNotParse(message, at: name, line: nil) }
  let line = lines.dropFirst().first.map { String($0.trimmingPrefix(while: \.isWhitespace)) }
  return .doesNotParse(
    String(first[mark.upperBound...]), at: String(first[..<mark.lowerBound]), line: line)
}

// MARK: - Targets

/// X86 and AArch64, for any host: compiling needs no machine of the target's kind.
///
/// With their assembly parsers: without one, inline assembly aborts the process.
private let targets: Void = {
  LLVMInitializeX86TargetInfo()
  LLVMInitializeX86Target()
  LLVMInitializeX86TargetMC()
  LLVMInitializeX86AsmPrinter()
  LLVMInitializeX86AsmParser()
  LLVMInitializeAArch64TargetInfo()
  LLVMInitializeAArch64Target()
  LLVMInitializeAArch64TargetMC()
  LLVMInitializeAArch64AsmPrinter()
  LLVMInitializeAArch64AsmParser()
}()

/// Makes LLVM ready for both architectures; costs nothing after the first call.
func initializeTargets() { _ = targets }

private func makeTargetMachine(
  _ level: TargetLevel, quick: Bool
) throws(Diagnostic) -> LLVMTargetMachineRef {
  initializeTargets()
  var target: LLVMTargetRef?
  var message: UnsafeMutablePointer<CChar>?
  guard LLVMGetTargetFromTriple(level.triple, &target, &message) == 0 else {
    throw .noTarget(level, take(message))
  }
  guard
    let machine = LLVMCreateTargetMachine(
      target, level.triple, level.processor, level.features,
      quick ? LLVMCodeGenLevelNone : LLVMCodeGenLevelDefault, LLVMRelocPIC, LLVMCodeModelDefault)
  else { throw .noTarget(level, "LLVM refuses processor \(level.processor) \(level.features)") }
  return machine
}
