import TensorCore

// The diagnostics of ModelArtefacts, alphabetically.

extension Diagnostic {
  static func artefactCompilerFailed(
    _ program: String, _ status: Int32, _ words: String
  ) -> Diagnostic {
    Diagnostic(
      "artefact.c-compiler-failed", "\(program) ended with code \(status)",
      notes: words.split(separator: "\n").prefix(12).map(String.init),
      help: "check that it is a C11 compiler with the headers of a C library for the target")
  }

  static func artefactCompilerMissing(_ program: String, _ reason: String? = nil) -> Diagnostic {
    Diagnostic(
      "artefact.c-compiler-missing",
      "there is no program '\(program)', which compiles the C runtime and links"
        + (reason.map { ": \($0)" } ?? ""),
      help: "install it (Debian: gcc, or gcc-aarch64-linux-gnu for aarch64), or name another C "
        + "compiler with --cc")
  }

  static func artefactCompilerTarget(
    _ program: String, made: String, needed: String, _ level: String
  ) -> Diagnostic {
    Diagnostic(
      "artefact.c-compiler-target",
      "\(program) compiles for \(made), and level \(level) needs \(needed)",
      help: "name a compiler for it with --cc, as --cc \(needed)-linux-gnu-gcc")
  }

  static func artefactDescription(_ fact: String) -> Diagnostic {
    Diagnostic(
      "artefact.description", "the file describes itself in words that are not understood: \(fact)",
      help: "read it with the version of smalti that compiled it")
  }

  static func artefactLevelsMixed(_ levels: [String]) -> Diagnostic {
    Diagnostic(
      "artefact.levels-mixed",
      "one file has code for one kind of processor, and \(levels.joined(separator: ", ")) are of two",
      help: "compile twice")
  }

  static func artefactName(_ name: String) -> Diagnostic {
    Diagnostic(
      "artefact.name", "'\(name)' is no C identifier, and the functions of the file begin with it",
      help: "write --name \(CNames.identifier(name))")
  }

  static func artefactNameTaken(_ name: String) -> Diagnostic {
    Diagnostic(
      "artefact.name-taken",
      "functions that begin with '\(name)_' could be the runtime's or the C library's own",
      help: "choose another name with --name, as --name model")
  }

  static func artefactNamesMeet(
    _ entry: String, function: String, with other: String
  ) -> Diagnostic {
    Diagnostic(
      "artefact.names-meet",
      "entry point \(entry) would be the function NAME_\(function), which is \(other)",
      help: "give the entry point another name")
  }

  static func artefactNoEntry(_ name: String, known: [String]) -> Diagnostic {
    Diagnostic(
      "artefact.no-entry", "there is no entry point '\(name)' in the file",
      help: "it has \(known.joined(separator: ", "))")
  }

  static func artefactNone(_ path: String) -> Diagnostic {
    Diagnostic(
      "artefact.none", "nothing in the file was compiled by Smalti", at: path,
      help: "name a file that smalti compile wrote")
  }

  static func artefactReplaces(_ path: String, entry: String) -> Diagnostic {
    Diagnostic(
      "artefact.states",
      "\(path) is replaced or is a state, and a file keeps nothing between calls",
      at: entry, help: "compile the entry points for inference; a training step runs in memory")
  }

  static func artefactSpecialisationsAlike(
    _ one: String, _ other: String, entry: String
  ) -> Diagnostic {
    Diagnostic(
      "artefact.specialisations-alike",
      "'\(one)' and '\(other)' have inputs of the same sizes in entry point \(entry)",
      notes: ["a call says which one it means by the sizes of its inputs"],
      help: "compile them into two files")
  }

  static func artefactTooLarge(_ byteCount: Int, limit: Int) -> Diagnostic {
    Diagnostic(
      "artefact.too-large",
      "the prepared weights take \(byteCount) bytes, a file can hold \(limit) inside",
      help: "put them beside it with --weights-file")
  }
}
