import Smalti

// The diagnostics of libsmalti, alphabetically.

extension Diagnostic {
  static func callBufferCounts(
    _ inputs: Int, _ outputs: Int, needed neededInputs: Int, _ neededOutputs: Int
  ) -> Diagnostic {
    Diagnostic(
      "call.buffer-counts",
      "the call has \(inputs) inputs and \(outputs) outputs, the entry point has \(neededInputs) and "
        + "\(neededOutputs)", help: "bring what smalti_signature_of lists, in its order")
  }

  static func callNull(_ name: String) -> Diagnostic {
    Diagnostic("call.null", "the \(name) is null", help: "bring one")
  }

  static func callOptionsVersion(_ version: Int) -> Diagnostic {
    Diagnostic(
      "call.options-version", "the options have ABI version \(version) or are too short",
      help: "begin with smalti_new_compile_options()")
  }
}
