/// Bytes of a compiled file as assembly that takes them from files: a C compiler would need minutes
/// for the weights that an assembler copies.
enum DataText {
  /// A part of the file's data.
  struct Part {
    var name: String
    /// The file, beside the assembly.
    var path: String
    var alignment: Int
    /// Whether a zero byte ends it.
    var isText = false
  }

  static func symbol(_ name: String) -> String { "smalti_data_\(name)" }

  /// How C sees a part.
  static func declaration(_ name: String) -> String {
    "extern const unsigned char \(symbol(name))[];\n"
  }

  /// Each part in a section of its own. Read-only, so that the system maps it from the file and all
  /// processes share it.
  static func text(_ parts: [Part]) -> String {
    let sections = parts.map { part in
      """
        .section .rodata.smalti.\(part.name),"a",%progbits
        .balign \(part.alignment)
        .globl \(symbol(part.name))
        .hidden \(symbol(part.name))
        .type \(symbol(part.name)), %object
      \(symbol(part.name)):
        .incbin "\(part.path)"
      \(part.isText ? "  .byte 0\n" : "")  .size \(symbol(part.name)), . - \(symbol(part.name))

      """
    }
    return sections.joined() + "  .section .note.GNU-stack,\"\",%progbits\n"
  }
}
