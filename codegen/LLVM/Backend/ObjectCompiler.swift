internal import CSmaltiLLVM
import TensorCore
import TileIR

/// LLVM text to object code, assembly or optimised text, for one target level.
///
/// The same text and level give the same bytes. Calls in several threads do not meet: each has a
/// context of its own. What LLVM calls a fatal error aborts the process and cannot be caught, so
/// only text of our own emitter comes here, and LLVM's verifier sees it before any pass does.
///
/// - Errors: `llvm.parse` with line and column, `llvm.verify`, `llvm.passes`,
///   `llvm.code-generation`, `llvm.wrong-triple`, `llvm.target`.
/// - Cost: 2 ms for a loop of one product, of which parsing and passes are a quarter.
public struct ObjectCompiler: Sendable {
  public let level: TargetLevel
  /// Whether every access of memory is checked by LLVM's address sanitizer: a test mode. Such an
  /// object links only with a runtime of that sanitizer (`-fsanitize=address`), so it is neither
  /// loaded in memory nor cached.
  public let isSanitized: Bool

  /// Whether code is made in a hurry: a test mode for many small kernels that run once. Never cached.
  public let isQuick: Bool

  public init(_ level: TargetLevel, sanitized: Bool = false, quick: Bool = false) {
    self.level = level
    isSanitized = sanitized
    isQuick = quick
  }

  /// Names all that decides the bytes beside text and level: part of every cache key. Of code that is
  /// not sanitized.
  public static let version: String = {
    var (major, minor, patch): (UInt32, UInt32, UInt32) = (0, 0, 0)
    LLVMGetVersion(&major, &minor, &patch)
    return "llvm \(major).\(minor).\(patch), code O2 pic, passes: \(passes)"
  }()

  /// An ELF object, position-independent, with the functions that the text defines.
  public func object(_ text: String) throws(Diagnostic) -> [UInt8] {
    try optimizedModule(text).emit(LLVMObjectFile)
  }

  /// The same as assembly text.
  public func assembly(_ text: String) throws(Diagnostic) -> String {
    String(decoding: try optimizedModule(text).emit(LLVMAssemblyFile), as: UTF8.self)
  }

  /// LLVM text after the passes, before code generation.
  public func optimized(_ text: String) throws(Diagnostic) -> String {
    try optimizedModule(text).text
  }

  private func optimizedModule(_ text: String) throws(Diagnostic) -> LLVMModule {
    let module = try LLVMModule.parsed(text, name: "kernels", level: level, quick: isQuick)
    try module.run(isQuick ? "always-inline,globaldce" : Self.passes)
    if isSanitized { try sanitize(module) }
    return module
  }
}

// MARK: - Passes
extension ObjectCompiler {
  /// Checks before every load and store. After the other passes, so that what is checked is what runs.
  ///
  /// - Source: LLVM 19, `AddressSanitizer.cpp`; it instruments functions with the attribute only.
  private func sanitize(_ module: borrowing LLVMModule) throws(Diagnostic) {
    module.mark("sanitize_address")
    try module.run("asan")
  }

  /// Explicit vectors need little: values out of memory, invariant work out of loops, and what
  /// inlined helpers left behind.
  ///
  /// - No vectoriser runs, and no unroller: the emitter decides both. `default<O3>` would bring SLP
  ///   in whatever its options say.
  /// - `licm` must stand in `loop-mssa`; elsewhere the process aborts.
  /// - `instcombine` must say `no-verify-fixpoint`; else a module on which it does not settle in
  ///   one round aborts the process.
  /// - No `loop-idiom`: it turns loops into calls.
  static let passes =
    "always-inline,function(sroa,early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg,"
    + "loop-simplify,lcssa,loop-mssa(licm),gvn,instcombine<no-verify-fixpoint>,"
    + "loop(loop-deletion),dce),globaldce"
}
