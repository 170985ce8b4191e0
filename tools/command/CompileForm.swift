import GraphLowering
import LLVMBackend
import LLVMEmission
import ModelRequests
import Smalti

/// What `compile` can make of a model.
enum CompileForm: Equatable {
  case text(TextForm)
  case artefact(ArtefactOptions.Form)

  /// - Parameters:
  ///   - name: what `--emit` says.
  ///   - output: what `-o` says; its ending decides where `--emit` does not.
  /// - Errors: `call.emission`, `call.output-needed`.
  init(called name: String?, output: String?) throws(Diagnostic) {
    let known = ArtefactOptions.Form.allCases.map(\.rawValue) + TextForm.allCases.map(\.rawValue)
    let chosen = name ?? ArtefactOptions.Form.name(for: output)
    if let form = TextForm(rawValue: chosen) {
      self = .text(form)
    } else if let form = ArtefactOptions.Form(rawValue: chosen) {
      guard output != nil else { throw .callOutputNeeded(chosen) }
      self = .artefact(form)
    } else {
      throw .callEmission(chosen, known: known)
    }
  }
}

/// The forms of a model that are text, from graph to machine code.
enum TextForm: String, CaseIterable {
  case graph, tiles, llvm, asm

  /// - Errors: those of lowering and of the backend.
  func text(of program: Program, _ options: CompilerOptions) throws(Diagnostic) -> String {
    if self == .graph { return Printer(showsScopes: true).text(program) }
    let kernels = try Self.kernels(of: program, options)
    if self == .tiles {
      let texts = kernels.map { "kernel \($0.name)\n\($0.program)" }
      return texts.joined(separator: "\n") + "\n"
    }
    let text = ModuleEmitter(vectorByteCount: options.level.vectorByteCount).text(kernels)
    return self == .llvm ? text : try ObjectCompiler(options.level).assembly(text)
  }

  /// The kernels of all entry points, each once, in order of first use.
  private static func kernels(
    of program: Program, _ options: CompilerOptions
  ) throws(Diagnostic) -> [(name: String, program: TileProgram)] {
    var known: Set<String> = []
    var kernels: [(name: String, program: TileProgram)] = []
    for graph in program.graphs {
      for kernel in try EntryPlan(graph, options).kernels where known.insert(kernel.name).inserted {
        kernels.append(kernel)
      }
    }
    return kernels
  }
}
