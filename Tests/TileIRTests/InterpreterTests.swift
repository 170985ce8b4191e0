import RealModule
import TensorCore
import Testing
import TileIR

/// Each statement against a plain computation that knows no tiles.
@Suite("tile interpreter")
struct InterpreterTests {
  @Test("multiplies matrices with partial rows and columns and nested depths")
  func contracts() throws {
    let (a, b) = (noise(60), noise(42, seed: 2))
    let packed = try SampleProgram.panels.program()
      .running([.reals(b), .reals([Double](repeating: .nan, count: 48))])[1]
    let result = try SampleProgram.product.program()
      .running([.reals(a), packed, .reals([Double](repeating: .nan, count: 70))])[2]
    for row in 0..<10 {
      for column in 0..<7 {
        var sum: Float = 0
        for k in 0..<6 {
          sum = sum.addingProduct(Float(a[row * 6 + k]), Float(b[k * 7 + column]))
        }
        #expect(result.reals[row * 7 + column] == Double(sum))
      }
    }
  }

  @Test("adds what passes over k have summed, each from 0")
  func accumulates() throws {
    let program = try SampleProgram.accumulation.program()
    let buffers = program.sampleBuffers(SampleProgram.accumulation.counts)
    let result = program.running(buffers)[2]
    let (a, panels) = (buffers[0].reals.map { Float($0) }, buffers[1].reals.map { Float($0) })
    for row in 0..<10 {
      for column in 0..<7 {
        let passes = [0..<3, 3..<6].map { pass in
          pass.reduce(Float(0)) { sum, k in
            let factor = panels[column / 4 * 24 + k * 4 + column % 4]
            return sum.addingProduct(a[row * 6 + k], factor)
          }
        }
        #expect(result.reals[row * 7 + column] == Double(passes[0] + passes[1]))
      }
    }
  }

  @Test("stores what an epilogue makes of the sums, reading the target where it writes")
  func appliesEpilogues() throws {
    let program = try SampleProgram.residual.program()
    let buffers = program.sampleBuffers(SampleProgram.residual.counts)
    let result = program.running(buffers)[3]
    let values = buffers.map { $0.reals.map { Float($0) } }
    let (a, panels, bias, old, scales) = (values[0], values[1], values[2], values[3], values[4])
    for row in 0..<10 {
      for column in 0..<7 {
        var sum: Float = 0
        for k in 0..<6 {
          sum = sum.addingProduct(a[row * 6 + k], panels[column / 4 * 24 + k * 4 + column % 4])
        }
        let linear = sum * scales[row] + bias[column]
        let expected = max(linear, 0) + old[row * 7 + column]
        #expect(result.reals[row * 7 + column] == Double(expected))
      }
    }
  }

  @Test("sums products of f64 in f64, and of bf16 in f32")
  func contractsOtherTypes() throws {
    let text = """
      tile (b0: read T, b1: read T, b2: write T) grid [] {
        contract b2[0] by 1 = b0[0] by 3 x panels b1[0] of 1, rows 1, columns 1, depth (3 by 1), \
      registers 1 by 1
      }
      """
    func sum(_ element: ElementType, _ a: [Double], _ b: [Double]) throws -> Double {
      let named = text.split(separator: " T").joined(separator: " \(element)")
      return try TileParser.program(named).running([.reals(a), .reals(b), .reals([0])])[2].reals[0]
    }
    // In f32 the small product would vanish beside 1.
    #expect(try sum(.f64, [1, 0x1p-30, 0], [1, 1, 1]) == 1 + 0x1p-30)
    #expect(try sum(.f32, [1, 0x1p-30, 0], [1, 1, 1]) == 1)
    // 2^-10 is below half of bf16's unit at 1, twice that rounds up when the sum was kept in f32.
    #expect(try sum(.bf16, [1, 0x1p-8, 0x1p-9], [1, 1, 1]) == 1 + 0x1p-7)
    #expect(try sum(.f16, [2048, 1, 1], [1, 1, 1]) == 2050)
    // Fused: the product's low half is not rounded away.
    let x = 1 + 0x1p-12
    #expect(try sum(.f32, [-1, x, 0], [1 + 0x1p-11, x, 0]) == 0x1p-24)
  }

  @Test("packs panels and fills the last one with zeros")
  func packs() throws {
    let source = noise(42)
    let result = try SampleProgram.panels.program()
      .running([.reals(source), .reals([Double](repeating: .nan, count: 48))])[1]
    for k in 0..<6 {
      for column in 0..<8 {
        let expected = column < 7 ? source[k * 7 + column] : 0
        #expect(result.reals[column / 4 * 24 + k * 4 + column % 4] == expected)
      }
    }
  }

  @Test("maps with broadcast and transpose, rounding every step")
  func maps() throws {
    let (x, row) = (noise(45), noise(5, seed: 3))
    let result = try SampleProgram.map.program()
      .running([.reals(x), .reals(row), .reals([Double](repeating: .nan, count: 45))])[2]
    for i in 0..<9 {
      for j in 0..<5 {
        #expect(result.reals[j * 9 + i] == Double(Float(x[i * 5 + j]) * 3 + Float(row[j])))
      }
    }
  }

  @Test("finds extrema: the first of equal ones, the first NaN")
  func findsExtrema() throws {
    var x = noise(35)
    (x[1], x[3]) = (9, 9)
    (x[7], x[8]) = (.nan, .nan)
    let result = try SampleProgram.extremum.program()
      .running([.reals(x), .reals(noise(7)), .integers([Int64](repeating: -1, count: 7))])
    #expect(result[1].reals[0] == 9)
    #expect(result[1].reals[1].isNaN)
    #expect(Array(result[2].integers.prefix(2)) == [1, 2])
    for row in 2..<7 {
      let values = Array(x[row * 5..<row * 5 + 5])
      #expect(result[1].reals[row] == values.max())
      #expect(result[2].integers[row] == Int64(values.firstIndex(of: values.max()!)!))
    }
  }

  /// Combiner, element type, values, result.
  static let folds: [(String, String, [Double], Double)] = [
    ("add", "f32", [0x1p24, 1, 1], 0x1p24), ("add", "f64", [0x1p24, 1, 1], 0x1p24 + 2),
    ("add", "i8", [100, 100, 1], -55), ("add", "f16", [2048, 1, 1], 2050),
    ("multiply", "i32", [3, -4, 5], -60), ("minimum", "u8", [200, 7, 9], 7),
    ("maximum", "u64", [1, 18_446_744_073_709_549_568, 2], 18_446_744_073_709_549_568),
    ("minimum", "f32", [2, .nan, 1], .nan), ("and", "bool", [1, 0, 1], 0),
    ("or", "bool", [0, 0, 1], 1),
  ]

  @Test("combines in order, in the element type", arguments: folds)
  func combines(_ combiner: String, _ type: String, _ values: [Double], _ expected: Double) throws {
    let program = try TileParser.program(
      """
      tile (b0: read \(type), b1: write \(type)) grid [] {
        compute b1[0] by [] over () \(combiner) (3) of %0 with (b0[0] by [1])
      }
      """)
    let element = program.buffers[0].element
    let source = HostTensor(TensorType(element, [3]), converting: values)
    let start = HostTensor(TensorType(element, [1]), repeating: 0)
    try TileVerifier.check(program, bufferCounts: [3, 1])
    let result = program.running([source.storage, start.storage])[1]
    let expectedStorage = HostTensor(TensorType(element, [1]), converting: [expected]).storage
    if expected.isNaN {
      #expect(result.reals[0].isNaN)
    } else {
      #expect(result == expectedStorage)
    }
  }

  @Test("combines nothing to 0, 1, false and true")
  func combinesNothing() throws {
    for (combiner, type, expected) in [
      ("add", "i32", 0), ("multiply", "i32", 1), ("or", "bool", 0), ("and", "bool", 1),
    ] {
      let program = try TileParser.program(
        """
        tile (b0: read \(type), b1: write \(type)) grid [] {
          compute b1[0] by [] over () \(combiner) (0) of %0 with (b0[0] by [1])
        }
        """)
      #expect(program.running([.integers([]), .integers([9])])[1] == .integers([Int64(expected)]))
    }
  }

  @Test("counts coordinates from the tile's origin")
  func knowsCoordinates() throws {
    let result = try SampleProgram.coordinates.program()
      .running([.reals([Double](repeating: .nan, count: 35))])[0]
    let expected = (0..<35).map { (number: Int) -> Double in
      Double(number / 7 * 100 + number % 7)
    }
    #expect(result.reals == expected)
  }

  /// Source type, target type, value, result.
  static let conversions: [(String, String, Double, Double)] = [
    ("f32", "i32", -2.9, -2), ("f32", "u8", 300, 255), ("f64", "f32", 0.1, Double(Float(0.1))),
    ("i32", "u8", 257, 1), ("i64", "f32", 16_777_217, 16_777_216), ("f32", "bool", 0.5, 1),
    ("f32", "bf16", 1.005859375, 1.0078125), ("u8", "i8", 255, -1), ("f32", "i32", .nan, 0),
  ]

  @Test("casts as tensors do", arguments: conversions)
  func casts(_ source: String, _ target: String, _ value: Double, _ expected: Double) throws {
    let program = try TileParser.program(
      """
      tile (b0: read \(source), b1: write \(target)) grid [] {
        compute b1[0] by [] over () of cast(\(target), %0) with (b0[0] by [])
      }
      """)
    try TileVerifier.check(program, bufferCounts: [1, 1])
    let types = program.buffers.map { TensorType($0.element, [1]) }
    let input = HostTensor(types[0], converting: [value])
    let start = HostTensor(types[1], repeating: 77)
    let result = program.running([input.storage, start.storage])[1]
    #expect(result == HostTensor(types[1], converting: [expected]).storage)
    #expect(result == input.cast(to: types[1].element).storage)
  }

  @Test("applies every function as the table of functions says", arguments: ScalarFunction.allCases)
  func appliesFunctions(_ function: ScalarFunction) throws {
    for element in [ElementType.f32, .f64, .i32, .u64, .bool] where function.takes(element) {
      let count = function.operandCount
      let isSelect = function == .select
      let types = (0..<count).map { isSelect && $0 == 0 ? ElementType.bool : element }
      let expression = ScalarExpression.ofOperands(function)
      let result = expression.element(operands: types)
      let access = { TileAccess(TileLocation(.buffer($0)), strides: [1]) }
      let program = TileProgram(
        buffers: types.map { .init($0, .read) } + [.init(result, .write)],
        body: [
          .compute(
            TileCompute(
              extents: [TileExtent(6)], target: access(count), sources: (0..<count).map(access),
              expression: expression))
        ])
      try TileVerifier.check(program, bufferCounts: [Int](repeating: 6, count: count + 1))
      var inputs: [HostTensor] = []
      for (number, type) in types.enumerated() {
        let bools = (0..<6).map { Double(($0 + number) % 2) }
        let values = type == .bool ? bools : Self.numbers[number]
        inputs.append(HostTensor(TensorType(type, [6]), converting: values))
      }
      let output = HostTensor(TensorType(result, [6]), repeating: 1)
      let values = program.running(inputs.map(\.storage) + [output.storage])[count]
      for position in 0..<6 {
        let operands = inputs.map { $0[linear: position] }
        let expected = expression.value(operands: operands, elements: types, position: [])
        switch (expected, values) {
        case (.real(let x), .reals(let y)):
          let rounded = result.rounding(x)
          #expect(y[position] == rounded || (y[position].isNaN && rounded.isNaN))
        case (.integer(let x), .integers(let y)): #expect(y[position] == x)
        default: Issue.record("values of another kind")
        }
      }
    }
  }

  private static let numbers: [[Double]] = [
    [0.5, 2, 7, 0.25, 3, 1], [2, 2, 3, 0.75, 5, 0.125], [1, 0.5, 4, 8, 2.5, 6],
  ]

  @Test("gathers with indices clamped at both ends")
  func gathers() throws {
    let source = noise(12)
    let indices: [Int64] = [2, -5, 99, 0, 3]
    let result = try SampleProgram.gather.program()
      .running([.reals(source), .integers(indices), .reals(noise(15))])[2]
    let rows = [2, 0, 3, 0, 3]
    #expect(result.reals == rows.flatMap { Array(source[$0 * 3..<$0 * 3 + 3]) })
  }

  @Test("an unsigned index above all signed ones picks the last slice")
  func gathersHugeIndices() throws {
    let program = try TileParser.program(
      """
      tile (b0: read f32, b1: read u64, b2: write f32) grid [] {
        gather b2[0] = b0[0] at b1[0] by [1] below 4 by 1, count 2, run 1 by 1
      }
      """)
    let result = program.running([.reals([1, 2, 3, 4]), .integers([-1, 1]), .reals([0, 0])])
    #expect(result[2].reals == [4, 2])
  }

  @Test("draws the key's stream, whatever the tiles")
  func draws() throws {
    let key = Key(0x9E37_79B9_7F4A_7C15)
    let blank = HostTensor.Storage.reals([Double](repeating: .nan, count: 10))
    let result = try SampleProgram.random.program()
      .running([.integers([Int64(bitPattern: key.bits)]), blank, blank])
    #expect(result[1].reals == (0..<10).map { ElementType.f32.rounding(key.normal(at: $0)) })
    #expect(result[2].reals == (0..<10).map { key.uniform(at: $0 + 3) })
  }

  @Test("folds keys")
  func foldsKeys() throws {
    let result = try SampleProgram.foldedKey.program()
      .running([.integers([42]), .integers([0, 7, -1]), .integers([0, 0, 0])])[2]
    let numbers: [UInt64] = [0, 7, .max]
    #expect(
      result.integers == numbers.map { Int64(bitPattern: Key(42).folded($0).bits) })
  }

  @Test("runs guards and loops")
  func guards() throws {
    let source = noise(21)
    let result = try SampleProgram.shifted.program().running([.reals(source), .reals(noise(24))])[1]
    for row in 0..<4 {
      for column in 0..<6 {
        let expected = column >= row ? source[row * 6 + column - row] : -1
        #expect(result.reals[row * 6 + column] == expected)
      }
    }
  }

  @Test("works through scratch, in place")
  func usesScratch() throws {
    let source = noise(20)
    let result = try SampleProgram.scratch.program().running([.reals(source)])[0]
    for row in 0..<4 {
      let values = source[row * 5..<row * 5 + 5].map(Float.init)
      let sum = values.dropFirst().reduce(values[0], +)
      for column in 0..<5 {
        #expect(result.reals[row * 5 + column] == Double(values[column] / sum))
      }
    }
  }

  @Test("shows reads of scratch before the write, in every task")
  func poisonsScratch() throws {
    let program = try TileParser.program(
      """
      tile (b0: write f32, b1: write i32) grid [2] {
        scratch s0: f32[1]
        scratch s1: i32[1]
        compute b0[g0] by [] over () of %0 with (s0[0] by [])
        compute b1[g0] by [] over () of %0 with (s1[0] by [])
        compute s0[0] by [] over () of 1.0:f32 with ()
        compute s1[0] by [] over () of 1.0:i32 with ()
      }
      """)
    let result = program.running([.reals([0, 0]), .integers([0, 0])])
    #expect(result[0].reals.filter(\.isNaN).count == 2)
    #expect(result[1].integers.allSatisfy { $0 > 1_000_000 })
  }
}

@Suite("order of tasks")
struct TaskOrderTests {
  @Test("does not matter to programs that keep the laws", arguments: SampleProgram.all)
  func isFree(_ sample: SampleProgram) throws {
    let program = try sample.program()
    let buffers = program.sampleBuffers(sample.counts)
    let expected = program.running(buffers).map(\.bits)
    let tasks = Array(0..<program.taskCount)
    #expect(program.running(buffers, order: tasks.reversed()).map(\.bits) == expected)
    var generator = ProgramGenerator(seed: 5)
    for _ in 0..<5 {
      var order = tasks
      for last in order.indices.reversed() { order.swapAt(last, generator.number(last + 1)) }
      #expect(program.running(buffers, order: order).map(\.bits) == expected)
    }
    // A task that runs twice or never would show.
    if tasks.count > 1 {
      #expect(program.running(buffers, order: Array(tasks.dropLast())).map(\.bits) != expected)
    }
  }

  @Test("matters to a program with a race, which the verifier refuses")
  func showsRaces() throws {
    let program = try TileParser.program(
      """
      tile (b0: write i64) grid [3] {
        compute b0[g0] by [1] over (2) of coordinate(0) with () from (5*g0)
      }
      """)
    let start = [HostTensor.Storage.integers([0, 0, 0, 0])]
    #expect(program.running(start)[0].integers == [0, 5, 10, 11])
    #expect(program.running(start, order: [2, 1, 0])[0].integers == [0, 1, 6, 11])
    let error = #expect(throws: Diagnostic.self) {
      try TileVerifier.check(program, bufferCounts: [4])
    }
    #expect(error?.code == "tile.race")
  }
}

extension ScalarFunction {
  /// Whether the function is defined on an element type.
  fileprivate func takes(_ element: ElementType) -> Bool {
    switch domain {
    case .floating: element.isFloating
    case .number: element != .bool
    case .bool: element == .bool
    case .any: true
    }
  }
}

extension HostTensor.Storage {
  /// Comparable even where values are NaN.
  fileprivate var bits: [UInt64] {
    switch self {
    case .reals(let values): values.map(\.bitPattern)
    case .integers(let values): values.map { UInt64(bitPattern: $0) }
    }
  }
}
