import GraphIR
import GraphOps
import TensorCore
import Testing

@Suite("Moves") struct MoveTests {
  let grid = HostTensor.counting([4, 5])

  @Test func slicesTakeRangesAndSteps() throws {
    let rows = try result(grid) { $0[0].sliced(1..<3, along: 0) }
    #expect(rows == HostTensor.f32([2, 5], [5, 6, 7, 8, 9, 10, 11, 12, 13, 14]))
    let columns = try result(grid) { $0[0].sliced(1..<5, along: -1, by: 3) }
    #expect(columns == HostTensor.f32([4, 2], [1, 4, 6, 9, 11, 14, 16, 19]))
    #expect(try result(grid) { $0[0].sliced(2..<2, along: 0) }.shape == [0, 5])
    #expect(try result(grid) { $0[0].sliced(0..<4, along: 0, by: .max) }.shape == [1, 5])
  }

  @Test("every slice of a short axis agrees with stride(from:to:by:)")
  func sweepSlices() throws {
    let line = HostTensor.counting([5])
    for start in 0...5 {
      for end in start...5 {
        for step in 1...6 {
          let values = try result(line) { $0[0].sliced(start..<end, along: 0, by: step) }
          #expect(values.reals == Swift.stride(from: start, to: end, by: step).map(Double.init))
        }
      }
    }
  }

  @Test func slicesOutOfRangeAreRefused() {
    let found = mistake(.f32([4, 5])) { $0[0].sliced(3..<6, along: 0) }
    #expect(
      found?.description == """
        error[slice.out-of-range]: a slice of 3 from 3 by 1 leaves axis 0 of length 4
          at main
          note: in slice of f32[4, 5]
          help: steps are 1 or more; the last position is start + (count - 1) * step
        """)
    let wrong: [(Tensor) -> Tensor] = [
      { $0.sliced(-1..<2, along: 0) }, { $0.sliced(0..<2, along: 0, by: 0) },
      { $0.sliced(0..<2, along: 0, by: -1) }, { $0.sliced(Int.min..<Int.max, along: 0) },
      { $0.sliced(0..<Int.max, along: 0) }, { $0.element(4, along: 0) },
      { $0.element(-1, along: 0) }, { $0.element(.max, along: 0) },
    ]
    for formula in wrong {
      #expect(mistake(.f32([4, 5])) { formula($0[0]) }?.code == "slice.out-of-range")
    }
    #expect(mistake(.f32([4])) { $0[0].sliced(0..<1, along: 1) }?.code == "axis.out-of-range")
    #expect(mistake(.f32([4])) { $0[0].element(0, along: -2) }?.code == "axis.out-of-range")
  }

  @Test func elementsLoseTheirAxis() throws {
    #expect(
      try result(grid) { $0[0].element(2, along: 0) } == .f32([5], [10, 11, 12, 13, 14]))
    #expect(try result(grid) { $0[0].element(4, along: -1) } == .f32([4], [4, 9, 14, 19]))
  }

  @Test func concatenatesAlongAnAxis() throws {
    let other = HostTensor.f32([4, 1], [-1, -2, -3, -4])
    let wide = try result(grid, other) { $0[0].concatenated(with: $0[1], $0[1], along: 1) }
    #expect(wide.shape == [4, 7])
    #expect(Array(wide.reals[7..<14]) == [5, 6, 7, 8, 9, -2, -2])
    let tall = try result(grid, grid) { $0[0].concatenated(with: $0[1], along: -2) }
    #expect(tall.reals == grid.reals + grid.reals)
    #expect(try result(grid) { $0[0].concatenated(along: 0) } == grid)
    let found = mistake(.f32([2, 3]), .f32([3, 3])) { $0[0].concatenated(with: $0[1], along: 1) }
    #expect(
      found?.message
        == "operands differ along an axis other than 1: f32[2, 3] and f32[3, 3]")
  }

  @Test func otherMoves() throws {
    #expect(try result(grid) { $0[0].transposed(1, 0) }.real([3, 2]) == 13)
    #expect(try result(grid) { $0[0].reshaped(to: [2, 10]) }.reals == grid.reals)
    #expect(try result(.f32([1], [7])) { $0[0].broadcast(to: [2, 2]) }.reals == [7, 7, 7, 7])
    let padded = try result(.f32([2], [1, 2])) { $0[0].padded(low: [1], high: [2], value: 9) }
    #expect(padded.reals == [9, 1, 2, 9, 9])
    let picked = try result(grid, .i32([2, 1], [9, -3])) { $0[0].gathered($0[1], along: 1) }
    #expect(picked.shape == [4, 2, 1])
    #expect(picked.reals == [4, 0, 9, 5, 14, 10, 19, 15])
  }

  /// A move that changes nothing leaves no node.
  @Test func movesThatDoNothingVanish() throws {
    let builder = GraphBuilder("main")
    let x = builder.argument("x", .f32([2, 3]))
    let same = [
      x.reshaped(to: [2, 3]), x.transposed(0, 1), x.broadcast(to: [2, 3]), x.cast(to: .f32),
      x.rearranged("a b -> a b"),
    ]
    for (index, tensor) in same.enumerated() { builder.result("y\(index)", tensor) }
    #expect(try builder.finish().graph.nodes.isEmpty)
  }
}

@Suite("Random streams") struct RandomTests {
  @Test(arguments: ["", "decoder", "encoder/noise", "Größe"])
  func foldByName(_ name: String) throws {
    let key = Key(0x1234_5678_9ABC_DEF0)
    let folded = try result(.u64([], [key.bits])) { $0[0].folded(name) }
    #expect(folded == .u64([], [key.folded(name).bits]))
  }

  @Test func foldByNumber() throws {
    let key = Key(3)
    let folded = try result(.u64([], [3]), .u64([], [77])) { $0[0].folded($0[1]) }
    #expect(folded == .u64([], [key.folded(77).bits]))
  }

  @Test func drawFromTheStream() throws {
    let draws = try results([.u64([], [5])]) { [$0[0].uniform([2, 3]), $0[0].normal([6])] }
    #expect(draws[0].type == .f32([2, 3]))
    #expect(draws[0].reals == (0..<6).map { Key(5).uniform(at: $0) })
    #expect(draws[1].reals == (0..<6).map { Key(5).normal(at: $0) })
    #expect(mistake(.i64([])) { $0[0].uniform([2]) }?.code == "random.key")
  }
}
