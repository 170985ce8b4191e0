internal import CSmaltiLLVM
import TensorCore
import TileIR

// The diagnostics of LLVMBackend, alphabetically. Text comes from our own emitter, so most of them
// are mistakes of the compiler; they are thrown all the same, because a process that embeds it must
// live on.
extension Diagnostic {
  static func codeGeneration(_ reason: String, level: TargetLevel) -> Diagnostic {
    Diagnostic(
      "llvm.code-generation", "LLVM makes no code for \(level)", notes: [reason], help: mistake)
  }

  static func doesNotLink(_ reasons: [String]) -> Diagnostic {
    Diagnostic("llvm.link", "object code does not link in memory", notes: reasons, help: mistake)
  }

  static func doesNotParse(_ reason: String, at place: String?, line: String?) -> Diagnostic {
    Diagnostic(
      "llvm.parse", "LLVM does not understand the text: \(reason)", at: place,
      notes: line.map { ["the line is: \($0)"] } ?? [], help: mistake)
  }

  static func duplicateSymbol(_ name: String) -> Diagnostic {
    Diagnostic(
      "llvm.duplicate-symbol", "two objects define '\(name)'",
      help: "load one of them, or give the function another name")
  }

  static func foreignObject(_ machine: UInt16, here: UInt16) -> Diagnostic {
    Diagnostic(
      "llvm.foreign-object",
      "object code for ELF machine \(machine) does not run on ELF machine \(here)",
      help: "62 is x86-64, 183 is aarch64; compile for a level of this machine")
  }

  static func invalidModule(_ reason: String) -> Diagnostic {
    Diagnostic(
      "llvm.verify", "the text is not a valid LLVM module", notes: lines(reason), help: mistake)
  }

  static func missingSymbols(_ names: [String]) -> Diagnostic {
    Diagnostic(
      "llvm.missing-symbol",
      "object code calls \(names.map { "'\($0)'" }.joined(separator: ", ")), which nobody defines",
      notes: ["beside what is given it may call \(librarySymbols.joined(separator: ", "))"],
      help: mistake)
  }

  static func noTarget(_ level: TargetLevel, _ reason: String) -> Diagnostic {
    Diagnostic(
      "llvm.target", "this LLVM has no target \(level.triple)", notes: [reason],
      help: "install LLVM 19 with all targets: tools/setup")
  }

  static func notAnObject(_ reason: String) -> Diagnostic {
    Diagnostic(
      "llvm.not-an-object", "these bytes are no ELF object: \(reason)",
      help: "if they come from the cache, clear it")
  }

  static func passesFailed(_ reason: String) -> Diagnostic {
    Diagnostic("llvm.passes", "LLVM's passes fail", notes: [reason], help: mistake)
  }

  static func wrongTriple(_ triple: String, level: TargetLevel) -> Diagnostic {
    Diagnostic(
      "llvm.wrong-triple",
      "the text is for '\(triple)', but \(level) is for '\(level.triple)'",
      help: "leave the triple out of the text, or choose the level that it names")
  }

  private static var mistake: String { "this is a mistake of the compiler; please report it" }

  private static func lines(_ text: String) -> [String] {
    text.split(separator: "\n").map(String.init)
  }
}

/// What code generation may call on its own, for copies and fills; every C library has it.
let librarySymbols = ["memcpy", "memmove", "memset"]

/// A message of LLVM as a Swift string; LLVM's copy is freed.
func take(_ message: UnsafeMutablePointer<CChar>?) -> String {
  guard let message else { return "no reason given" }
  defer { LLVMDisposeMessage(message) }
  return String(cString: message)
}

/// The message of an error, which is consumed; nil for success.
func take(_ error: LLVMErrorRef?) -> String? {
  guard let error, let text = LLVMGetErrorMessage(error) else { return nil }
  defer { LLVMDisposeErrorMessage(text) }
  return String(cString: text)
}

/// What LLVM reports through a handler, instead of on standard error.
///
/// A class, because a C callback fills it through a pointer.
final class Reports {
  private(set) var errors: [String] = []

  func add(_ text: String) { errors.append(text) }

  /// For the `void *` of a callback; the receiver must outlive the callback's registration.
  var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  static func at(_ context: UnsafeMutableRawPointer?) -> Reports? {
    context.map { Unmanaged<Reports>.fromOpaque($0).takeUnretainedValue() }
  }
}
