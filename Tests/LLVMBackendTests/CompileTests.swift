import Foundation
import LLVMBackend
import Testing
import TileIR

/// What text becomes: instructions, bytes, text.
@Suite("Text becomes code")
struct CompileTests {
  @Test(
    "an fma of whole vectors is one instruction of the level's width",
    arguments: [
      (TargetLevel.x86v3, "vfmadd.*%ymm"), (.x86v4, "vfmadd.*%zmm"),
      (.aarch64, "fmla\\s+v[0-9]+\\.4s"),
    ])
  func makesVectorInstructions(_ level: TargetLevel, _ expected: String) throws {
    let assembly = try ObjectCompiler(level).assembly(saxpy(level))
    let products = assembly.split(separator: "\n").filter {
      $0.contains("vfm") || $0.contains("fmla")
    }
    #expect(products.count == 1)
    #expect(try products.allSatisfy { try Regex(expected).firstMatch(in: $0) != nil })
    // The scale is broadcast before the loop, and nothing is spilled.
    #expect(!assembly.contains("(%rsp)"))
  }

  @Test("the object holds the same instructions as the assembly text")
  func objectHoldsInstructions() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).o")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(ObjectCompiler(.x86v4).object(saxpy(.x86v4))).write(to: file)
    let listing = try output(
      of: "llvm-objdump-19", ["--disassemble", "--no-show-raw-insn", file.path])
    #expect(listing.contains("<saxpy>:"))
    #expect(listing.contains(/vfmadd\d+ps.*%zmm/))
  }

  @Test("a product and a sum are never fused by themselves", arguments: TargetLevel.all)
  func keepsProductAndSumApart(_ level: TargetLevel) throws {
    let text = """
      define float @f(float %a, float %b, float %c) {
        %p = fmul float %a, %b
        %s = fadd float %p, %c
        ret float %s
      }
      """
    let assembly = try ObjectCompiler(level).assembly(text)
    #expect(!assembly.contains("fma"))
    #expect(assembly.contains(/fadd|vaddss/))
  }

  @Test("equal text gives equal bytes", arguments: TargetLevel.all)
  func isDeterministic(_ level: TargetLevel) throws {
    let first = try ObjectCompiler(level).object(saxpy(level))
    #expect(try ObjectCompiler(level).object(saxpy(level)) == first)
    #expect(try ObjectCompiler(level).object(saxpy(level, name: "other")) != first)
  }

  @Test(
    "objects are ELF files for the level's architecture",
    arguments: [(TargetLevel.x86v3, 62), (.x86v4, 62), (.aarch64, 183)])
  func objectsNameTheirMachine(_ level: TargetLevel, _ machine: Int) throws {
    let object = try ObjectCompiler(level).object(saxpy(level))
    #expect(Array(object.prefix(4)) == [0x7F] + Array("ELF".utf8))
    #expect(Int(object[18]) + Int(object[19]) << 8 == machine)
  }

  @Test("passes keep vectors, take helpers in and move invariant work out of loops")
  func passesDoTheirWork() throws {
    let text = """
      define internal float @square(float %x) alwaysinline {
        %p = alloca float
        store float %x, ptr %p
        %v = load float, ptr %p
        %s = fmul float %v, %v
        ret float %s
      }
      define void @fill(ptr noalias %y, float %x, i64 %count) {
      entry:
        br label %body
      body:
        %i = phi i64 [ 0, %entry ], [ %next, %body ]
        %s = call float @square(float %x)
        %p = getelementptr inbounds float, ptr %y, i64 %i
        store float %s, ptr %p
        %next = add nsw i64 %i, 1
        %more = icmp slt i64 %next, %count
        br i1 %more, label %body, label %exit
      exit:
        ret void
      }
      """
    let optimized = try ObjectCompiler(.x86v3).optimized(text)
    #expect(!optimized.contains("@square"))
    #expect(!optimized.contains("alloca"))
    // The loop stays a loop over single elements: neither vectorised nor unrolled.
    #expect(!optimized.contains(" x float>"))
    let parts = optimized.split(separator: "body:")
    #expect(parts.count == 2)
    #expect(parts.first?.contains("fmul") == true)
    #expect(parts.last?.contains("fmul") == false)
    #expect(parts.last?.firstRange(of: "store")?.isEmpty == false)
  }

  @Test("many threads compile at the same time and get what one gets")
  func compilesInParallel() throws {
    let expected = try TargetLevel.all.map { try ObjectCompiler($0).object(saxpy($0)) }
    let agrees = Agreement()
    DispatchQueue.concurrentPerform(iterations: 24) { index in
      let level = TargetLevel.all[index % TargetLevel.all.count]
      let object = try? ObjectCompiler(level).object(saxpy(level))
      agrees.record(object == expected[index % expected.count])
    }
    #expect(agrees.count == 24)
  }

  @Test("the version names LLVM and the passes")
  func versionNamesWhatDecides() {
    #expect(ObjectCompiler.version.contains(/llvm 19\.\d+\.\d+/))
    #expect(ObjectCompiler.version.contains("loop-mssa(licm)"))
  }
}

/// Counts agreements from many threads.
private final class Agreement: @unchecked Sendable {  // the lock guards the only field
  private let lock = NSLock()
  private var agreements = 0

  func record(_ agrees: Bool) { lock.withLock { agreements += agrees ? 1 : 0 } }
  var count: Int { lock.withLock { agreements } }
}
