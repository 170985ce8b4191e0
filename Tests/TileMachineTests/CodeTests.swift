import LLVMBackend
import LLVMEmission
import TensorCore
import Testing
import TileIR

/// What a product's loops look like as instructions.
@Suite("products as instructions")
struct CodeTests {
  /// What is stored: the sum, or a function of it.
  enum Stored: CaseIterable {
    case sum, biasAndRelu, residual, activation, accumulation
  }

  /// Rows of tiles, and the heights of the blocks that cover them where 14 fit or 6.
  static let tiles: [(rows: Int, v4: Set<Int>, v3: Set<Int>)] = [
    (14, [14], [5, 4]), (32, [11, 10], [6, 5]), (84, [14], [6]), (15, [8, 7], [5]),
    (6, [6], [6]), (29, [10, 9], [6, 5]),
  ]

  @Test(
    "keep everything in registers over k, in blocks of even heights", arguments: Stored.allCases,
    tiles.indices)
  func staysInRegisters(_ stored: Stored, _ index: Int) throws {
    let tile = Self.tiles[index]
    for (level, heights) in [(TargetLevel.x86v4, tile.v4), (.x86v3, tile.v3)] {
      let product = Product(
        rows: tile.rows, columns: 100, depth: 64, tileRows: tile.rows, tilePanels: 2)
      var program = program(product, stored, level)
      if stored == .accumulation, case .contract(var contract) = program.body[0] {
        contract.accumulates = true
        program.body = [.contract(contract)]
      }
      let text = ModuleEmitter(vectorByteCount: level.vectorByteCount).text([("kernel", program)])
      let loops = try Self.loops(ObjectCompiler(level).assembly(text))
      #expect(Set(loops.map(\.productCount)) == Set(heights.map { $0 * 2 }), "\(level)")
      for loop in loops {
        #expect(!loop.text.contains("(%rsp"), "\(level)\n\(loop.text)")
        #expect(!loop.text.contains("(%rbp"), "\(level)\n\(loop.text)")
      }
    }
  }

  @Test("hold a long function once for each height of blocks, not for each sum")
  func rollsLongFunctions() throws {
    let product = Product(rows: 84, columns: 100, depth: 64, tileRows: 84, tilePanels: 2)
    let program = program(product, .activation, .x86v4)
    let text = ModuleEmitter(vectorByteCount: 64).text([("kernel", program)])
    let assembly = try ObjectCompiler(.x86v4).assembly(text)
    // One for each of the two vectors of a row.
    #expect(assembly.split(separator: "\n").filter { $0.contains("vdivps") }.count == 2)
  }

  private func program(
    _ product: Product, _ stored: Stored, _ level: TargetLevel
  ) -> TileProgram {
    product.program(level, [.init(.f32, .read)]) { tile in
      let bias = TileAccess(TileLocation(.buffer(3), tile.columnStart), strides: [0, 1])
      let old = TileAccess(TileLocation(.buffer(2), tile.place), strides: [product.columns, 1])
      let sum = ScalarExpression.apply(.add, [.operand(0), .operand(1)])
      switch stored {
      case .sum, .accumulation: return nil
      case .biasAndRelu: return .init(sources: [bias], expression: .apply(.relu, sum))
      case .residual: return .init(sources: [old], expression: sum)
      case .activation: return .init(sources: [bias], expression: .apply(.tanh, sum))
      }
    }
  }

  /// The basic blocks that multiply and add whole vectors: the loops over k.
  private static func loops(
    _ assembly: String
  ) throws -> [(text: String, productCount: Int)] {
    var blocks: [[Substring]] = [[]]
    for line in assembly.split(separator: "\n") {
      if line.hasPrefix(".LBB") || line.contains("# %bb") { blocks.append([]) }
      blocks[blocks.count - 1].append(line)
    }
    return blocks.map { block in
      // The activation multiplies and adds too, but divides as well.
      let isActivation = block.contains { $0.contains("vdivps") }
      let products = isActivation ? [] : block.filter { $0.contains("vfmadd") }
      return (block.joined(separator: "\n"), products.count)
    }.filter { $0.productCount > 0 }
  }
}
