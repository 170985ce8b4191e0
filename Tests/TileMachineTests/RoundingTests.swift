import TensorCore
import Testing
import TileIR

@Suite("rounding in machine code")
struct RoundingTests {
  @Test(
    "a cast to the type that a value has rounds it", arguments: [ElementType.f16, .bf16],
    MachineProgram.levels)
  func rounds(_ element: ElementType, _ level: TargetLevel) throws {
    // The products are kept as f32, so only the cast can take their last bits.
    let program = try TileParser.program(
      """
      tile (b0: read \(element), b1: read \(element), b2: write f32) grid [1] {
        compute b2[0] by [1] over (37) of cast(f32, cast(\(element), multiply(%0, %1))) \
      with (b0[0] by [1], b1[0] by [1])
      }
      """)
    let (meaning, machine) = try results(program, [37, 37, 37], level)
    #expect(machine == meaning)
  }
}
