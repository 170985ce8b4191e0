import GraphIR
import GraphOps
import TensorCore
import Testing

/// The spelling of operations on tensors.
@Suite("Formulas") struct SpellingTests {
  let x = HostTensor.f32([4], [-1.5, 0, 2, 5])
  let y = HostTensor.f32([4], [2, -3, 2, -4])

  @Test func arithmeticOperators() throws {
    let values = try results([x, y]) { v in
      [v[0] + v[1], v[0] - v[1], v[0] * v[1], v[0] / v[1], v[0] % v[1], -v[0]]
    }
    #expect(values[0].reals == [0.5, -3, 4, 1])
    #expect(values[1].reals == [-3.5, 3, 0, 9])
    #expect(values[2].reals == [-3, 0, 4, -20])
    #expect(values[3].reals == [-0.75, 0, 1, -1.25])
    #expect(values[4].reals == [0.5, 0, 0, -3])
    #expect(values[5].reals == [1.5, 0, -2, -5])
  }

  @Test func operatorsWithNumbers() throws {
    let values = try results([x]) { v in
      let x = v[0]
      return [x + 1, x - 1, x * 2, x / 2, 1 + x, 1 - x, 2 * x, 6 / (x + 4)]
    }
    #expect(values[0].reals == [-0.5, 1, 3, 6])
    #expect(values[1].reals == [-2.5, -1, 1, 4])
    #expect(values[2].reals == [-3, 0, 4, 10])
    #expect(values[3].reals == [-0.75, 0, 1, 2.5])
    #expect(values[4].reals == values[0].reals)
    #expect(values[5].reals == [2.5, 1, -1, -4])
    #expect(values[6].reals == values[2].reals)
    #expect(values[7].reals == [2.4, 1.5, 1, 6.0 / 9.0])
  }

  @Test func comparisonsAndLogic() throws {
    let values = try results([x, y]) { v in
      let (less, same) = (v[0] < v[1], v[0] .== v[1])
      return [
        less, v[0] <= v[1], v[0] > v[1], v[0] >= v[1], same, v[0] .!= v[1], less || same,
        less && same, !less, less.select(v[0], v[1]),
      ]
    }
    #expect(values[0].integers == [1, 0, 0, 0])
    #expect(values[1].integers == [1, 0, 1, 0])
    #expect(values[2].integers == [0, 1, 0, 1])
    #expect(values[3].integers == [0, 1, 1, 1])
    #expect(values[4].integers == [0, 0, 1, 0])
    #expect(values[5].integers == [1, 1, 0, 1])
    #expect(values[6].integers == [1, 0, 1, 0])
    #expect(values[7].integers == [0, 0, 0, 0])
    #expect(values[8].integers == [0, 1, 1, 1])
    #expect(values[9].reals == [-1.5, -3, 2, -4])
  }

  @Test("a number beside a tensor takes its element type", arguments: ElementType.allCases)
  func numbersTakeTheElementType(_ element: ElementType) throws {
    guard element != .bool else {
      #expect(mistake(.bool([2])) { $0[0] + 1 }?.code == "type.not-number")
      return
    }
    let builder = GraphBuilder("main")
    let x = builder.argument("x", TensorType(element, [2]))
    let y = x + 1.6
    #expect(y.type == x.type)
    builder.result("y", y)
    let constant = try #require(try builder.finish().graph.nodes[0].operation as? Constant)
    #expect(constant.value.type == TensorType(element, []))
    #expect(constant.value.numbers == [element.isFloating ? element.rounding(1.6) : 1])
  }

  /// Each method applies the operation that its documentation names.
  @Test func methodsApplyTheirOperation() throws {
    let x = Float64(0.3)
    let methods: [(ScalarFunction, (Tensor) -> Tensor)] = [
      (.absolute, { $0.absolute() }), (.sign, { $0.sign() }), (.floor, { $0.floor() }),
      (.ceiling, { $0.ceiling() }), (.round, { $0.rounded() }), (.square, { $0.squared() }),
      (.squareRoot, { $0.squareRoot() }), (.reciprocalSquareRoot, { $0.reciprocalSquareRoot() }),
      (.exponential, { $0.exponential() }), (.logarithm, { $0.logarithm() }),
      (.exponentialMinusOne, { $0.exponentialMinusOne() }),
      (.logarithmPlusOne, { $0.logarithmPlusOne() }), (.sine, { $0.sine() }),
      (.cosine, { $0.cosine() }), (.tanh, { $0.tanh() }), (.sigmoid, { $0.sigmoid() }),
      (.softplus, { $0.softplus() }), (.errorFunction, { $0.errorFunction() }),
      (.relu, { $0.relu() }), (.negate, { -$0 }),
    ]
    for (function, method) in methods {
      let value = try result(.f64([], [x])) { method($0[0]) }
      #expect(value.reals == [function.real1(x)], "\(function)")
    }
    let pairs: [(ScalarFunction, (Tensor, Tensor) -> Tensor)] = [
      (.maximum, { $0.maximum($1) }), (.minimum, { $0.minimum($1) }), (.power, { $0.power($1) }),
    ]
    for (function, method) in pairs {
      let value = try result(.f64([], [x]), .f64([], [2.5])) { method($0[0], $0[1]) }
      #expect(value.reals == [function.real2(x, 2.5)], "\(function)")
    }
    #expect(methods.count + pairs.count == 23)
  }

  @Test func operandsBroadcast() throws {
    let sum = try result(.f32([2, 1], [10, 20]), .f32([3], [1, 2, 3])) { $0[0] + $0[1] }
    #expect(sum.shape == [2, 3])
    #expect(sum.reals == [11, 12, 13, 21, 22, 23])
  }
}

/// Products and their messages.
@Suite("Products") struct MatmulTests {
  @Test(
    "matmul takes a weight or equal leading dimensions",
    arguments: [
      ([2, 3], [3, 4], [2, 4]), ([5, 2, 3], [3, 4], [5, 2, 4]),
      ([5, 2, 3], [5, 3, 4], [5, 2, 4]),
      ([3], [3, 4], [4]), ([2, 5, 2, 3], [2, 5, 3, 4], [2, 5, 2, 4]),
      ([1, 2, 1, 2, 1, 2, 2, 3], [1, 2, 1, 2, 1, 2, 3, 2], [1, 2, 1, 2, 1, 2, 2, 2]),
    ])
  func matmul(_ left: [Int], _ right: [Int], _ expected: [Int]) throws {
    let a = HostTensor.counting(Shape(trusted: left))
    let b = HostTensor.noise(.f64(Shape(trusted: right)), "right").cast(to: .f32)
    let product = try result(a, b) { $0[0].matmul($0[1]) }
    #expect(product.shape.dimensions == expected)
    for position in product.shape.positions {
      let lead = Array(position.dropLast())
      let batch = right.count == 2 ? [] : Array(lead.dropLast())
      var sum = 0.0
      var magnitude = 0.0
      for k in 0..<left[left.count - 1] {
        let term = a.real(lead + [k]) * b.real(batch + [k, position[position.count - 1]])
        sum += term
        magnitude += abs(term)
      }
      #expect(abs(product.real(position) - sum) <= 1e-12 * magnitude)
    }
  }

  @Test func innerDimensionsDiffer() {
    let builder = GraphBuilder("main")
    let x = builder.argument("x", .f32([32, 784]))
    let weight = builder.argument("weight", .f32([780, 128]))
    builder.scoped("classifier") { builder.scoped("hidden") { _ = x.matmul(weight) } }
    let found = diagnostic { _ = try builder.finish() }
    #expect(
      found?.description == """
        error[shape.mismatch]: matmul needs equal inner dimensions, got 784 and 780
          at classifier.hidden
          note: left is f32[32, 784], right is f32[780, 128]
          help: a weight is [inputs, outputs]
        """)
  }

  @Test func ranksDoNotFit() {
    let found = mistake(.f32([]), .f32([3, 4])) { $0[0].matmul($0[1]) }
    #expect(
      found?.description == """
        error[shape.wrong-rank]: matmul needs at least one and two dimensions, \
        got f32[] and f32[3, 4]
          at main
          help: the right operand is [inputs, outputs], or has the left one's leading dimensions
        """)
    #expect(mistake(.f32([3]), .f32([3])) { $0[0].matmul($0[1]) }?.code == "shape.wrong-rank")
    #expect(
      mistake(.f32([2, 3]), .f32([5, 3, 4])) { $0[0].matmul($0[1]) }?.code == "shape.wrong-rank")
    #expect(
      mistake(.f32([4, 2, 3]), .f32([5, 3, 4])) { $0[0].matmul($0[1]) }?.code == "shape.mismatch")
  }

  @Test func equationsSayWhereTheyAreWrong() {
    let found = mistake(.f32([2, 3]), .f32([4, 5])) { $0[0].contracted("ik,kj->ij", $0[1]) }
    #expect(
      found?.description == """
        error[shape.mismatch]: axis k of ik,kj->ij is 3 on the left and 4 on the right
          at main
          note: in contract of f32[2, 3] and f32[4, 5]
          help: a label stands for one length; a dense weight is [inputs, outputs]
        """)
    let messages = [
      "ik,kj": "needs one -> in \"ik,kj\"", "ikkj->ij": "needs two operands in \"ikkj->ij\"",
      "ik, kj->ij": "  is not a letter in \"ik, kj->ij\"",
      "ii,ik->ik": "i stands twice in one list in \"ii,ik->ik\"",
      "ik,lj->ij": "k stands in one list only in \"ik,lj->ij\"",
    ]
    for (equation, message) in messages.sorted(by: { $0.key < $1.key }) {
      let found = mistake(.f32([2, 3]), .f32([3, 5])) { $0[0].contracted(equation, $0[1]) }
      #expect(found?.message == message)
      #expect(found?.code == "einsum.syntax")
    }
  }
}
