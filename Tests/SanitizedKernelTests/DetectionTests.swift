import LLVMBackend
import TensorCore
import Testing
import TileIR

/// What the other suite relies on: an access one element too far is caught, and its place named.
@Suite("The address sanitizer")
struct DetectionTests {
  /// A tile program that reaches too far, and what the report says.
  struct Mistake {
    var name: String
    /// Bytes of each buffer, and those that its binding covers.
    var bindings: [(byteCount: Int, bytes: Range<Int>)]
    var report: [String]
    var task = 0
    var text: String
  }

  static let mistakes = [
    Mistake(
      name: "reads_past_the_end", bindings: [(64, 0..<64), (68, 0..<68)],
      report: ["heap-buffer-overflow", "READ"],
      text: """
        tile (b0: read f32, b1: write f32) grid [1] {
          compute b1[0] by [1] over (17) of %0 with (b0[0] by [1])
        }
        """),
    Mistake(
      name: "writes_past_the_end", bindings: [(68, 0..<68), (64, 0..<64)],
      report: ["heap-buffer-overflow", "WRITE"],
      text: """
        tile (b0: read f32, b1: write f32) grid [1] {
          compute b1[0] by [1] over (17) of %0 with (b0[0] by [1])
        }
        """),
    Mistake(
      name: "reads_a_whole_vector_past_the_end", bindings: [(124, 0..<124), (128, 0..<128)],
      report: ["heap-buffer-overflow", "READ"],
      text: """
        tile (b0: read f32, b1: write f32) grid [1] {
          compute b1[0] by [1] over (32) of %0 with (b0[0] by [1])
        }
        """),
    Mistake(
      name: "reads_before_the_start", bindings: [(64, 0..<64), (64, 0..<64)],
      report: ["heap-buffer-overflow", "READ"],
      text: """
        tile (b0: read f32, b1: write f32) grid [1] {
          compute b1[0] by [1] over (16) of %0 with (b0[-1] by [1])
        }
        """),
    Mistake(
      name: "forgets_the_short_last_tile", bindings: [(92, 0..<92), (96, 0..<96)],
      report: ["heap-buffer-overflow", "READ"], task: 2,
      text: """
        tile (b0: read f32, b1: write f32) grid [3] {
          compute b1[8*g0] by [1] over (8) of %0 with (b0[8*g0] by [1])
        }
        """),
    Mistake(
      name: "leaves_its_binding", bindings: [(68, 0..<64), (68, 0..<68)],
      report: ["use-after-poison", "READ"],
      text: """
        tile (b0: read f32, b1: write f32) grid [1] {
          compute b1[0] by [1] over (17) of %0 with (b0[0] by [1])
        }
        """),
    Mistake(
      name: "runs_from_one_scratch_array_into_the_next", bindings: [(68, 0..<68)],
      report: ["use-after-poison", "WRITE"],
      text: """
        tile (b0: read f32) grid [1] {
          scratch s0: f32[16]
          scratch s1: f32[16]
          compute s0[0] by [1] over (17) of %0 with (b0[0] by [1])
          compute s1[0] by [1] over (16) of %0 with (s0[0] by [1])
        }
        """),
    Mistake(
      name: "multiplies_a_row_too_many", bindings: [(20, 0..<20), (16, 0..<16), (24, 0..<24)],
      report: ["heap-buffer-overflow", "READ"],
      text: """
        tile (b0: read f32, b1: read f32, b2: write f32) grid [1] {
          contract b2[0] by 2 = b0[0] by 2 x panels b1[0] of 2, \
        rows 3, columns 2, depth (2 by 1), registers 3 by 1
        }
        """),
  ]

  @Test("stops a kernel at the first byte that it may not touch", arguments: levelsHere)
  func stopsWrongKernels(_ level: TargetLevel) async throws {
    var batch = SanitizedBatch(level)
    for mistake in Self.mistakes {
      batch.add(mistake.name, try TileParser.program(mistake.text), mistake.bindings)
    }
    let driver = try await batch.linked()
    defer { driver.remove() }
    for mistake in Self.mistakes {
      let outcome = try driver.run(mistake.name)
      #expect(outcome.status == 1, "\(mistake.name) on \(level)")
      let place = "in entry \(mistake.name), step \(mistake.name), task \(mistake.task)\n"
      for part in mistake.report + [place] {
        #expect(outcome.text.contains(part), "\(mistake.name) on \(level): \(outcome.text)")
      }
    }
  }

  @Test("lets a kernel touch every byte that it is given")
  func letsRightKernelsRun() async throws {
    var batch = SanitizedBatch(levelsHere.last!)
    let program = try TileParser.program(
      """
      tile (b0: read f32, b1: write f32) grid [1] {
        scratch s0: f32[17]
        scratch s1: f32[17]
        compute s0[0] by [1] over (17) of %0 with (b0[0] by [1])
        compute s1[0] by [1] over (17) of %0 with (s0[0] by [1])
        compute b1[0] by [1] over (17) of %0 with (s1[0] by [1])
      }
      """)
    batch.add("copies", program, [(68, 0..<68), (200, 4..<72)])
    let driver = try await batch.linked()
    defer { driver.remove() }
    let outcome = try driver.run()
    #expect(outcome.status == 0)
    #expect(outcome.text == "ran 1 entries, 1 steps\n")
  }

  @Test("makes code that only its own runtime links")
  func refusesToLoad() throws {
    let text = "define float @f(ptr %x) { %v = load float, ptr %x\n ret float %v }"
    #expect(
      try LoadedObject([ObjectCompiler(levelsHere.last!).object(text)]).address(of: "f") != nil)
    let object = try ObjectCompiler(levelsHere.last!, sanitized: true).object(text)
    let error = #expect(throws: Diagnostic.self) { try LoadedObject([object]) }
    #expect(error?.code == "llvm.missing-symbol")
    #expect(error?.description.contains("'__asan_report_load4'") == true)
  }
}
