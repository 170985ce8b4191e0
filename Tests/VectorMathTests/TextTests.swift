import LLVMEmission
import TensorCore
import Testing

@Suite("Text of vector mathematics")
struct TextTests {
  @Test("a helper reads as its formula")
  func printsMaximum() {
    let helper = VectorMath.function(.maximum, .f32, lanes: 4)
    #expect(helper.name == "@smalti.maximum.v4f32")
    #expect(
      helper.definition == """
        define internal <4 x float> @smalti.maximum.v4f32(<4 x float> %x, <4 x float> %y) \
        alwaysinline nounwind willreturn memory(none) {
        entry:
          %v0 = fcmp uno <4 x float> %x, %x
          %v1 = fcmp ogt <4 x float> %x, %y
          %v2 = select <4 x i1> %v1, <4 x float> %x, <4 x float> %y
          %v3 = select <4 x i1> %v0, <4 x float> %x, <4 x float> %v2
          ret <4 x float> %v3
        }

        """)
  }

  @Test("the exponential is one reduction, one polynomial, one scaling")
  func printsExponential() {
    let helper = VectorMath.function(.exponential, .f32, lanes: 1)
    #expect(
      helper.definition == """
        define internal float @smalti.exponential.v1f32(float %x) \
        alwaysinline nounwind willreturn memory(none) {
        entry:
          %v0 = fcmp ogt float %x, 0x4056400000000000
          %v1 = select i1 %v0, float 0x4056400000000000, float %x
          %v2 = fcmp olt float %v1, 0xC05A000000000000
          %v3 = select i1 %v2, float 0xC05A000000000000, float %v1
          %v4 = call float @llvm.fma.f32(float %v3, float 0x3FF7154760000000, float 0x4168001FC0000000)
          %v5 = fsub float %v4, 0x4168001FC0000000
          %v6 = bitcast float %v4 to i32
          %v7 = call float @llvm.fma.f32(float %v5, float 0xBFE62E4300000000, float %v3)
          %v8 = call float @llvm.fma.f32(float %v5, float 0x3E205C6100000000, float %v7)
          %v9 = call float @llvm.fma.f32(float %v8, float 0x3F56D99DE0000000, float 0x3F81228200000000)
          %v10 = call float @llvm.fma.f32(float %v8, float %v9, float 0x3FA5554AC0000000)
          %v11 = call float @llvm.fma.f32(float %v8, float %v10, float 0x3FC5554B00000000)
          %v12 = call float @llvm.fma.f32(float %v8, float %v11, float 0x3FE0000000000000)
          %v13 = fmul float %v8, %v8
          %v14 = call float @llvm.fma.f32(float %v12, float %v13, float %v8)
          %v15 = fadd float %v14, 0x3FF0000000000000
          %v16 = lshr i32 %v6, 1
          %v17 = shl i32 %v16, 23
          %v18 = bitcast i32 %v17 to float
          %v19 = sub i32 %v6, %v16
          %v20 = shl i32 %v19, 23
          %v21 = bitcast i32 %v20 to float
          %v22 = fmul float %v15, %v18
          %v23 = fmul float %v22, %v21
          ret float %v23
        }

        """)
  }

  @Test("every lane count has the same instructions", arguments: HelperModule.functions)
  func repeatsOverLanes(_ function: ScalarFunction) {
    for element in [ElementType.f32, .f64] {
      let texts = [4, 8, 16].map { lanes in
        VectorMath.function(function, element, lanes: lanes).definition
          .replacing("<\(lanes) x", with: "<N x").replacing(".v\(lanes)", with: ".vN")
          .replacing("to i\(lanes)", with: "to iN").replacing("ne i\(lanes)", with: "ne iN")
      }
      #expect(Set(texts).count == 1, "\(function) of \(element)")
    }
  }

  @Test("nothing is called but LLVM's own instructions, and nothing is reordered")
  func callsNoLibrary() {
    let allowed = [
      "fma", "fabs", "sqrt", "floor", "trunc", "roundeven", "copysign", "masked.gather",
    ]
    for element in [ElementType.f32, .f64] {
      let text = HelperModule.functions
        .map { VectorMath.function($0, element, lanes: 8).definition }.joined()
      for line in text.split(separator: "\n") where line.contains(" call ") {
        #expect(allowed.contains { line.contains("@llvm.\($0).v8") }, "\(line)")
      }
      for flag in ["fast", "reassoc", "contract", "nnan", "ninf", "arcp", "afn", "nsz", "frem"] {
        #expect(!text.contains(" \(flag) "), "\(flag)")
      }
    }
  }

  @Test("only angles need the table of 2/π, and it comes before them")
  func listsDependencies() {
    let sine = VectorMath.function(.sine, .f64, lanes: 8)
    #expect(sine.closure.map(\.name) == ["@smalti.two_over_pi", "@smalti.sine.v8f64"])
    let others = HelperModule.functions.filter { ![.sine, .cosine].contains($0) }
    for function in others {
      #expect(VectorMath.function(function, .f32, lanes: 8).dependencies.isEmpty)
    }
  }
}
