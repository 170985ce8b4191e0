import Smalti

extension ArtefactOptions.Form {
  /// The form that an output's ending names: `so` without an output, `exe` without an ending; what is
  /// no form comes back as it stands.
  package static func name(for output: String?) -> String {
    guard let file = output?.split(separator: "/").last else { return "so" }
    guard let dot = file.lastIndex(of: "."), dot != file.startIndex else { return "exe" }
    switch file[dot...] {
    case ".so": return "so"
    case ".a": return "a"
    case ".o": return "obj"
    case ".s": return "asm"
    case ".ll": return "llvm"
    default: return String(file[dot...].dropFirst())
    }
  }

  /// The form called `name`, or the one that the ending of `output` names.
  ///
  /// - Errors: `call.emission`.
  package init(called name: String?, output: String) throws(Diagnostic) {
    let chosen = name ?? Self.name(for: output)
    guard let form = Self(rawValue: chosen) else {
      throw .callEmission(chosen, known: Self.allCases.map(\.rawValue))
    }
    self = form
  }
}
