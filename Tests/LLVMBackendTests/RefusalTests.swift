import LLVMBackend
import TensorCore
import Testing
import TileIR

/// What the backend refuses, and in which words. None of it may print or abort.
@Suite("The backend refuses")
struct RefusalTests {
  @Test("text that does not parse, with line and column")
  func refusesBadText() {
    let text = "define float @f(float %x) {\n  %y = fadd flaot %x, %x\n  ret float %y\n}\n"
    #expect(
      diagnostic { () throws(Diagnostic) in try ObjectCompiler(.x86v3).object(text) }?.description
        == """
        error[llvm.parse]: LLVM does not understand the text: expected type
          at kernels:2:13
          note: the line is: %y = fadd flaot %x, %x
          help: this is a mistake of the compiler; please report it
        """)
  }

  @Test("a module that the verifier does not accept")
  func refusesInvalidModule() {
    let text = """
      define float @f(float %x) {
        %y = fadd float %z, %x
        %z = fadd float %x, %x
        ret float %y
      }
      """
    let error = diagnostic { () throws(Diagnostic) in try ObjectCompiler(.x86v3).object(text) }
    #expect(error?.code == "llvm.verify")
    #expect(error?.notes.first == "Instruction does not dominate all uses!")
  }

  @Test("text for another architecture")
  func refusesOtherTriple() {
    let text = "target triple = \"aarch64-unknown-linux-gnu\"\ndefine void @f() { ret void }\n"
    let error = diagnostic { () throws(Diagnostic) in try ObjectCompiler(.x86v3).object(text) }
    #expect(error?.code == "llvm.wrong-triple")
    #expect(
      error?.message == "the text is for 'aarch64-unknown-linux-gnu', but x86-64-v3 is for "
        + "'x86_64-unknown-linux-gnu'")
  }

  @Test("assembly that does not assemble, without a word on standard error")
  func refusesBadAssembly() {
    let text =
      "define void @f() {\n  call void asm sideeffect \"nonsense\", \"\"()\n  ret void\n}\n"
    let error = diagnostic { () throws(Diagnostic) in try ObjectCompiler(.x86v3).object(text) }
    #expect(error?.code == "llvm.code-generation")
    #expect(error?.message == "LLVM makes no code for x86-64-v3")
  }
}
