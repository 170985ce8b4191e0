import GraphLowering
import LLVMBackend
import LLVMEmission
import TensorCore
import Testing
import TileIR

/// What is true of the machine code of kernels, seen in the disassembly of their objects.
@Suite("The shape of machine code")
struct ShapeTests {
  @Test(
    "of every operation and model needs nothing from outside, spills nothing, and multiplies as planned",
    arguments: TargetLevel.all)
  func kernels(_ level: TargetLevel) async throws {
    var collection = KernelCollection(level)
    try collection.addSamples()
    try collection.addZoo("tiny")
    try collection.addZoo("published")
    let programs = Dictionary(
      uniqueKeysWithValues: collection.kernels.map { ($0.name, $0.program) })
    #expect(programs.values.contains { !$0.products.isEmpty })
    var seen: Set<String> = []
    for part in try await collection.disassembled() {
      // Neither libm nor memcpy: a kernel runs wherever its bytes lie.
      #expect(part.undefined == [], "\(level)")
      for function in part.functions {
        seen.insert(function.name)
        let program = try #require(programs[function.name])
        expectNoSpills(function, program)
        expectProducts(function, program)
      }
    }
    #expect(seen == Set(programs.keys))
  }

  @Test("with panels of another level multiplies as planned, too")
  func widePanels() async throws {
    var collection = KernelCollection(.x86v3, panelLevel: .x86v4)
    try collection.addZoo("tiny")
    let products = collection.kernels.flatMap(\.program.products)
    #expect(products.contains { $0.register.parts > 1 })
    let programs = Dictionary(
      uniqueKeysWithValues: collection.kernels.map { ($0.name, $0.program) })
    for function in try await collection.disassembled().flatMap(\.functions) {
      let program = try #require(programs[function.name])
      expectNoSpills(function, program)
      expectProducts(function, program)
    }
  }

  private func expectNoSpills(_ function: Disassembly.Function, _ program: TileProgram) {
    for loop in function.hotLoops where loop.isProduct || !program.computesInPairs {
      #expect(loop.vectorSpills == 0, "\(program)\n\(loop.text)")
    }
  }

  /// Every loop over k is that of one of the products, and each product has one of full height.
  private func expectProducts(_ function: Disassembly.Function, _ program: TileProgram) {
    let products = program.products
    guard !products.isEmpty else { return }
    let loops = function.hotLoops.filter(\.isProduct)
    for loop in loops {
      let fits = products.contains { product in
        (1...product.register.rows).contains { loop.multiplies(rows: $0, product) }
      }
      #expect(fits, "\(program)\n\(loop.text)")
    }
    for product in products {
      let isThere = loops.contains { $0.multiplies(rows: product.highestBlock, product) }
      #expect(isThere, "no loop of \(product.highestBlock) rows in \(program)")
    }
  }

  @Test("of register tiles of every height stays in registers", arguments: TargetLevel.all)
  func registerTiles(_ level: TargetLevel) throws {
    var collection = KernelCollection(level)
    try collection.addSamples()
    try collection.addZoo("published")
    // The tiles that the compiler chose, with every number of rows that may be left for a block.
    let tiles = Set(collection.kernels.flatMap(\.program.products).map(\.register))
    #expect(!tiles.isEmpty)
    var programs: [String: TileProgram] = [:]
    for element in [ElementType.f32, .f64] {
      for tile in tiles {
        for rows in 1...tile.rows {
          programs["\(element)_\(rows)_\(tile.vectors)"] = product(element, tile, rows, level)
        }
      }
    }
    let kernels = programs.sorted { $0.key < $1.key }.map { (name: $0.key, program: $0.value) }
    let text = ModuleEmitter(vectorByteCount: level.vectorByteCount).text(kernels)
    let code = try Disassembly(ObjectCompiler(level).object(text))
    #expect(code.functions.count == kernels.count)
    for function in code.functions {
      let program = try #require(programs[function.name])
      let loops = function.hotLoops
      #expect(loops.count == 1, "\(function.name)")
      for loop in loops {
        #expect(
          loop.multiplies(rows: program.products[0].highestBlock, program.products[0]),
          "\(loop.text)")
      }
    }
  }

  /// One block of `rows` rows over one panel.
  private func product(
    _ element: ElementType, _ tile: TileContract.RegisterTile, _ rows: Int, _ level: TargetLevel
  ) -> TileProgram {
    let width = tile.vectors * level.vectorByteCount / element.byteCount
    let depth = 48
    let contract = TileContract(
      rows: TileExtent(rows), columns: TileExtent(width), depths: [.init(depth, 1)],
      left: TileLocation(.buffer(0)), leftRowStride: depth, right: TileLocation(.buffer(1)),
      panelWidth: width, target: TileLocation(.buffer(2)), targetRowStride: width, register: tile)
    return TileProgram(
      buffers: [.init(element, .read), .init(element, .read), .init(element, .write)],
      body: [.contract(contract)])
  }
}

extension HotLoop {
  /// Whether a pass makes one or more steps of k for a block of this height: each vector of the panel
  /// and each element of the left operand is read once for all its products; nothing else touches
  /// memory, and sums stay where they are.
  func multiplies(rows: Int, _ product: TileContract) -> Bool {
    let vectors = product.register.vectors
    let steps = vectorLoads / vectors
    return isProduct && steps > 0 && vectorLoads == steps * vectors && broadcasts == steps * rows
      && products == steps * rows * vectors && moves + stackUses + vectorStores == 0
  }
}
