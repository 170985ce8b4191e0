import GraphIR
import GraphOps
import GraphRegions
import Testing

@Suite("Atoms of a graph's dimensions")
struct AtomAssignmentTests {
  private func form(_ text: String) throws -> FormGraph {
    try FormGraph(Parser.graph(text, OpCatalog.table))
  }

  private func lengths(_ atoms: AtomAssignment, _ value: Int) -> [[Int]] {
    atoms.dimensions(value).map(atoms.atoms.lengths)
  }

  @Test("follow reshapes backwards and forwards")
  func reshapes() throws {
    let graph = try form(
      """
      graph @g(%x: f32[6, 4]) -> f32[2, 12] {
        %0 = tanh %x : f32[6, 4]
        %1 = reshape %0 {shape = [24]} : f32[24]
        %2 = tanh %1 : f32[24]
        %3 = reshape %2 {shape = [2, 12]} : f32[2, 12]
        return %3
      }
      """)
    let atoms = AtomAssignment(graph)
    #expect(atoms.opaqueReshapes == [])
    #expect(lengths(atoms, graph.inputs[0]) == [[2, 3], [4]])
    #expect(lengths(atoms, graph.results[0].value) == [[2], [3, 4]])
  }

  @Test("a reshape without common factors starts anew")
  func opaque() throws {
    let graph = try form(
      """
      graph @g(%x: f32[6, 4]) -> f32[4, 6] {
        %0 = reshape %x {shape = [4, 6]} : f32[4, 6]
        %1 = tanh %0 : f32[4, 6]
        return %1
      }
      """)
    let atoms = AtomAssignment(graph)
    #expect(atoms.opaqueReshapes == [0])
    #expect(lengths(atoms, graph.inputs[0]) == [[6], [4]])
    #expect(lengths(atoms, graph.results[0].value) == [[4], [6]])
  }

  @Test("a value that two readers split in different ways is read once through other lengths")
  func conflict() throws {
    // A row of 24 as 6·4 and as 4·6, added: the second reshape is the one that gives way.
    let graph = try form(
      """
      graph @g(%x: f32[24]) -> f32[24] {
        %0 = reshape %x {shape = [6, 4]} : f32[6, 4]
        %1 = tanh %0 : f32[6, 4]
        %2 = reshape %1 {shape = [24]} : f32[24]
        %3 = reshape %x {shape = [4, 6]} : f32[4, 6]
        %4 = tanh %3 : f32[4, 6]
        %5 = reshape %4 {shape = [24]} : f32[24]
        %6 = add %2, %5 : f32[24]
        return %6
      }
      """)
    let atoms = AtomAssignment(graph)
    #expect(lengths(atoms, graph.inputs[0]) == [[6, 4]])
    #expect(atoms.opaqueReshapes == [3])
    // The sum ties to the 6·4 of its first operand; its second, 4·6, is read as 24 anew.
    #expect(lengths(atoms, graph.results[0].value) == [[6, 4]])
    let sum = graph.nodes.count - 1
    #expect(atoms.reinterpretation(ReadKey(node: sum, operand: 0)) == nil)
    let anew = try #require(atoms.reinterpretation(ReadKey(node: sum, operand: 1)))
    #expect(anew.map(atoms.atoms.lengths) == [[6, 4]])
  }

  @Test("the sum of a square and its transpose keeps lengths, not axes")
  func transposed() throws {
    let graph = try form(
      """
      graph @g(%x: f32[12, 12]) -> f32[12, 3, 4] {
        %0 = transpose %x {order = [1, 0]} : f32[12, 12]
        %1 = add %x, %0 : f32[12, 12]
        %2 = transpose %1 {order = [1, 0]} : f32[12, 12]
        %3 = add %1, %2 : f32[12, 12]
        %4 = reshape %3 {shape = [12, 3, 4]} : f32[12, 3, 4]
        return %4
      }
      """)
    let atoms = AtomAssignment(graph)
    #expect(lengths(atoms, graph.inputs[0]) == [[3, 4], [3, 4]])
    #expect(lengths(atoms, graph.results[0].value) == [[3, 4], [3], [4]])
  }

  @Test("lengths of 0 and 1")
  func shortLengths() throws {
    let graph = try form(
      """
      graph @g(%x: f32[0, 1, 6]) -> f32[6, 0] {
        %0 = tanh %x : f32[0, 1, 6]
        %1 = reshape %0 {shape = [6, 0]} : f32[6, 0]
        return %1
      }
      """)
    let atoms = AtomAssignment(graph)
    #expect(lengths(atoms, graph.inputs[0]) == [[0], [], [6]])
    #expect(lengths(atoms, graph.results[0].value) == [[6], [0]])
    #expect(atoms.opaqueReshapes == [1])
  }
}
