import GraphIR
import GraphOps
import GraphRegions
import Testing

@Suite("Parallel axes of a set of nodes")
struct AxisSolutionTests {
  private func graph(_ text: String) throws -> AccessGraph {
    try AccessGraph.traced(Parser.graph(text, OpCatalog.table))
  }

  @Test("axes read at the same positions are one, outermost first as in the last of the largest")
  func shared() throws {
    let graph = try graph(
      """
      graph @g(%x: f32[5, 7], %y: f32[7]) -> f32[7, 5] {
        %0 = tanh %y : f32[7]
        %1 = add %x, %0 : f32[5, 7]
        %2 = transpose %1 {order = [1, 0]} : f32[7, 5]
        %3 = tanh %2 : f32[7, 5]
        return %3
      }
      """)
    let solution = try AxisSolution(graph, [0, 1, 2], lanes: [], outputs: [2])
    #expect(solution.lengths == [7, 5])
    #expect(solution.labels == [0: [0], 1: [1, 0], 2: [0, 1]])
    #expect(solution.positions == 35)
    #expect(solution.laneAxes == [])
  }

  @Test("a sum is whole in the tile, or in lanes and read by nobody inside")
  func sums() throws {
    let graph = try graph(
      """
      graph @g(%x: f32[5, 7]) -> f32[5] {
        %0 = tanh %x : f32[5, 7]
        %1 = reduce_sum %0 {axes = [1], keeping_axes = false} : f32[5]
        %2 = tanh %1 : f32[5]
        return %2
      }
      """)
    let whole = try AxisSolution(graph, [0, 1, 2], lanes: [], outputs: [2])
    #expect(whole.lengths == [5])
    #expect(whole.labels == [0: [0, nil], 1: [0, nil], 2: [0]])
    let lanes = try AxisSolution(graph, [0, 1], lanes: [1], outputs: [])
    #expect(lanes.lengths == [5, 7])
    #expect(lanes.labels == [0: [0, 1], 1: [0, 1]])
    #expect(lanes.laneAxes == [1])
    #expect(throws: AxisProblem.self) {
      try AxisSolution(graph, [0, 1, 2], lanes: [1], outputs: [2])
    }
  }

  @Test("lanes of one region go over the same axes")
  func lanesAgree() throws {
    let graph = try graph(
      """
      graph @g(%x: f32[5, 7]) -> (a: f32[5], b: f32[7], c: f32[5]) {
        %0 = tanh %x : f32[5, 7]
        %1 = reduce_sum %0 {axes = [1], keeping_axes = false} : f32[5]
        %2 = reduce_sum %0 {axes = [0], keeping_axes = false} : f32[7]
        %3 = reduce_maximum %0 {axes = [1], keeping_axes = false} : f32[5]
        return %1, %2, %3
      }
      """)
    #expect(throws: AxisProblem.self) {
      try AxisSolution(graph, [0, 1, 2], lanes: [1, 2], outputs: [])
    }
    let equal = try AxisSolution(graph, [0, 1, 3], lanes: [1, 3], outputs: [])
    #expect(equal.laneAxes == [1])
  }

  @Test("a product keeps its depth and all but the outermost axis of its columns")
  func products() throws {
    let graph = try graph(
      """
      graph @g(%x: f32[8, 6], %w: f32[6, 2, 3]) -> f32[8, 2, 3] {
        %0 = contract %x, %w {equation = "nk,kab->nab"} : f32[8, 2, 3]
        return %0
      }
      """)
    let solution = try AxisSolution(graph, [0], lanes: [], outputs: [0])
    #expect(solution.labels == [0: [0, 1, nil, nil]])
    #expect(solution.lengths == [8, 2])
  }

  @Test("an axis read at two places at once, or shifted, is given up")
  func given() throws {
    let table = try graph(
      """
      graph @g(%x: f32[5]) -> f32[5, 5] {
        %0 = tanh %x : f32[5]
        %1 = reshape %0 {shape = [5, 1]} : f32[5, 1]
        %2 = reshape %0 {shape = [1, 5]} : f32[1, 5]
        %3 = subtract %1, %2 : f32[5, 5]
        return %3
      }
      """)
    let both = try AxisSolution(table, [0, 1], lanes: [], outputs: [1])
    #expect(both.labels == [0: [nil], 1: [nil, nil]])
    let shifted = try graph(
      """
      graph @g(%x: f32[6, 4]) -> f32[5, 4] {
        %0 = tanh %x : f32[6, 4]
        %1 = slice %0 {starts = [1, 0], counts = [5, 4], steps = [1, 1]} : f32[5, 4]
        %2 = tanh %1 : f32[5, 4]
        return %2
      }
      """)
    let solution = try AxisSolution(shifted, [0, 1], lanes: [], outputs: [1])
    #expect(solution.labels == [0: [nil, 0], 1: [1, 0]])
  }

  @Test("an output that lacks an axis takes it from all")
  func outputs() throws {
    let graph = try graph(
      """
      graph @g(%x: f32[5], %y: f32[5, 7]) -> (a: f32[5], b: f32[5, 7]) {
        %0 = tanh %x : f32[5]
        %1 = reshape %0 {shape = [5, 1]} : f32[5, 1]
        %2 = add %1, %y : f32[5, 7]
        return %0, %2
      }
      """)
    let stored = try AxisSolution(graph, [0, 1], lanes: [], outputs: [0, 1])
    #expect(stored.labels == [0: [0], 1: [0, nil]])
    let inner = try AxisSolution(graph, [0, 1], lanes: [], outputs: [1])
    #expect(inner.labels == [0: [0], 1: [0, 1]])
  }
}
