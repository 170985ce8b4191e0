import GraphIR
import GraphOps
import TensorCore

/// Structured forms evaluated by definition: one element at a time over positions, with nothing in
/// common with the loops of `evaluate`.
struct PlainForm {
  var form: StructuredForm
  var operands: [HostTensor]
  var types: [TensorType]

  /// Results, and for each element the sum of the magnitudes of its terms, which scales the error
  /// that another order of summation may make; nil where the results must be exact.
  struct Values {
    var tensors: [HostTensor]
    var magnitudes: [[Double]]?
  }

  /// What is wrong with a form itself.
  struct Fault: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
  }

  func values() throws -> Values {
    switch form {
    case .map(let expression): try map(expression)
    case .reduce(let reduction): try reduce(reduction)
    case .moments(let axes): try moments(axes)
    case .contract(let contraction): try contract(contraction)
    case .window(let window): try self.window(window)
    case .move(.reshape):
      Values(tensors: [operands[0].reshaped(to: types[0].shape)])
    case .move(.pieces(let pieces, let fill)): try move(pieces, fill)
    case .gather(let axis): try gather(axis)
    case .random(let draw): random(draw)
    case .constant(let value): Values(tensors: [value])
    case .decompose: throw Fault("a decomposition is run, not evaluated")
    }
  }

  private func tensor(_ type: TensorType, _ values: [ScalarExpression.Value]) -> HostTensor {
    HostTensor(type, values: values)
  }
}

// MARK: - Positions
extension Shape {
  /// Every position in row-major order.
  var positions: [[Int]] {
    (0..<count).map { linear in
      var rest = linear
      var position = [Int](repeating: 0, count: rank)
      for axis in stride(from: rank - 1, through: 0, by: -1) {
        position[axis] = rest % dimensions[axis]
        rest /= dimensions[axis]
      }
      return position
    }
  }

  func linear(_ position: [Int]) -> Int {
    zip(position, dimensions).reduce(0) { $0 * $1.1 + $1.0 }
  }
}

extension HostTensor {
  subscript(position: [Int]) -> ScalarExpression.Value { self[linear: shape.linear(position)] }

  func real(_ position: [Int]) -> Double { numbers[shape.linear(position)] }
}

// MARK: - Map, move, gather, random: exact
extension PlainForm {
  private func map(_ expression: ScalarExpression) throws -> Values {
    let elements = operands.map(\.element)
    guard expression.element(operands: elements) == types[0].element else {
      throw Fault("the expression gives \(expression.element(operands: elements)), not \(types[0])")
    }
    let values = types[0].shape.positions.map { position in
      let arguments = operands.map { operand in
        let own = position.suffix(operand.type.rank)
        return operand[zip(own, operand.shape.dimensions).map { $1 == 1 ? 0 : $0 }]
      }
      return expression.value(operands: arguments, elements: elements, position: position)
    }
    return Values(tensors: [tensor(types[0], values)])
  }

  private func move(_ pieces: [Move.Piece], _ fill: Double) throws -> Values {
    let filler = HostTensor(TensorType(types[0].element, []), repeating: fill)[linear: 0]
    var values = [ScalarExpression.Value?](repeating: nil, count: types[0].shape.count)
    for piece in pieces {
      let operand = operands[piece.operand]
      for local in Shape(trusted: piece.lengths).positions {
        let target = zip(local, piece.offset).map { $0 + $1 }
        let source = piece.dimensions.map { index in
          index.start + (index.axis.map { index.step * local[$0] } ?? 0)
        }
        guard zip(target, types[0].shape.dimensions).allSatisfy({ (0..<$1).contains($0) }),
          zip(source, operand.shape.dimensions).allSatisfy({ (0..<$1).contains($0) }),
          source.count == operand.type.rank
        else { throw Fault("\(target) reads \(source) of \(operand.type)") }
        let linear = types[0].shape.linear(target)
        guard values[linear] == nil else { throw Fault("two pieces hold \(target)") }
        values[linear] = operand[source]
      }
    }
    return Values(tensors: [tensor(types[0], values.map { $0 ?? filler })])
  }

  private func gather(_ axis: Int) throws -> Values {
    let (x, indices) = (operands[0], operands[1])
    let values = types[0].shape.positions.map { position in
      let pick = Array(position[axis..<axis + indices.type.rank])
      let index = min(max(indices.real(pick), 0), Double(x.shape[axis] - 1))
      return x[position[..<axis] + [Int(index)] + position[(axis + indices.type.rank)...]]
    }
    return Values(tensors: [tensor(types[0], values)])
  }

  private func random(_ draw: RandomDraw) -> Values {
    let key = Key(UInt64(bitPattern: operands[0].integers[0]))
    let range = 0..<types[0].shape.count
    let tensor =
      switch draw {
      case .uniform: HostTensor(types[0], reals: range.map(key.uniform(at:)))
      case .normal: HostTensor(types[0], reals: range.map(key.normal(at:)))
      case .foldedKey:
        HostTensor.u64([], [key.folded(UInt64(bitPattern: operands[1].integers[0])).bits])
      }
    return Values(tensors: [tensor])
  }
}

// MARK: - Sums
extension PlainForm {
  /// Terms of one result, summed as the element type asks.
  private func total(_ terms: [ScalarExpression.Value], _ element: ElementType)
    -> (value: ScalarExpression.Value, magnitude: Double)
  {
    var magnitude = 0.0
    for case .real(let x) in terms { magnitude += abs(x) }
    let zero = ScalarExpression.Value.real(0).converted(from: .f64, to: element)
    return (terms.reduce(zero) { ScalarFunction.add.value([$0, $1], element) }, magnitude)
  }

  /// For each element of result 0 the linear positions in operand 0 that reduce to it.
  private func rows(along axes: [Int]) throws -> [[Int]] {
    let shape = operands[0].shape
    var rows = [[Int]](repeating: [], count: types[0].shape.count)
    let kept = shape.reduced(along: axes, keepingAxes: true)
    guard kept.count == rows.count else { throw Fault("\(kept) is not \(types[0])") }
    for (linear, position) in shape.positions.enumerated() {
      let row = position.enumerated().map { axes.contains($0) ? 0 : $1 }
      rows[kept.linear(row)].append(linear)
    }
    return rows
  }

  private func moments(_ axes: [Int]) throws -> Values {
    let x = operands[0]
    let type = TensorType(x.element, x.shape.reduced(along: axes, keepingAxes: true))
    guard types == [type, type] else { throw Fault("moments are two \(type), not \(types)") }
    var means: [Double] = []
    var variances: [Double] = []
    var magnitudes: [Double] = []
    for row in try rows(along: axes).map({ row in row.map { x.reals[$0] } }) {
      let count = Double(row.count)
      means.append(row.reduce(0, +) / count)
      variances.append(row.map { ($0 - means.last!) * ($0 - means.last!) }.reduce(0, +) / count)
      magnitudes.append(row.map(abs).reduce(0, +) / count)
    }
    // An error of the mean enters the variance squared only, so its own size scales its error.
    return Values(
      tensors: [HostTensor(type, reals: means), HostTensor(type, reals: variances)],
      magnitudes: [magnitudes, variances])
  }

  private func reduce(_ reduction: Reduction) throws -> Values {
    let x = operands[0]
    let rows = try rows(along: reduction.axes)
    if reduction.combiner == .sum {
      let totals = rows.map { row in total(row.map { x[linear: $0] }, x.element) }
      return Values(
        tensors: [tensor(types[0], totals.map(\.value))], magnitudes: [totals.map(\.magnitude)])
    }
    let extremum = reduction.combiner == .maximum || reduction.combiner == .minimum
    let one = ScalarExpression.Value.real(1).converted(from: .f64, to: x.element)
    let values = rows.map { row in
      row.dropFirst(extremum ? 1 : 0)
        .reduce(extremum ? x[linear: row[0]] : one) {
          reduction.combiner.function.value([$0, x[linear: $1]], x.element)
        }
    }
    var results = Values(
      tensors: [tensor(types[0], values)],
      magnitudes: extremum
        ? nil : [values.map { if case .real(let v) = $0 { abs(v) } else { 0 } }])
    if reduction.givesIndex {
      let indices = zip(rows, values).map { row, value in
        row.firstIndex { x[linear: $0] == value || (value.isNaN && x[linear: $0].isNaN) } ?? -1
      }
      results.tensors.append(HostTensor(types[1], integers: indices.map(Int64.init)))
    }
    return results
  }

  private func contract(_ axes: Contraction) throws -> Values {
    let (left, right) = (operands[0], operands[1])
    let labels = axes.result + axes.summed
    var lengths: [Character: Int] = [:]
    for (label, length) in zip(axes.left, left.shape.dimensions) { lengths[label] = length }
    for (label, length) in zip(axes.right, right.shape.dimensions) { lengths[label] = length }
    guard axes.result.map({ lengths[$0] }) == types[0].shape.dimensions else {
      throw Fault("\(axes.result) is not \(types[0])")
    }
    var terms = [[ScalarExpression.Value]](repeating: [], count: types[0].shape.count)
    for indices in Shape(trusted: labels.map { lengths[$0]! }).positions {
      let at = Dictionary(uniqueKeysWithValues: zip(labels, indices))
      let pair = [left[axes.left.map { at[$0]! }], right[axes.right.map { at[$0]! }]]
      let target = types[0].shape.linear(axes.result.map { at[$0]! })
      terms[target].append(ScalarFunction.multiply.value(pair, left.element))
    }
    let totals = terms.map { total($0, left.element) }
    return Values(
      tensors: [tensor(types[0], totals.map(\.value))], magnitudes: [totals.map(\.magnitude)])
  }

  private func window(_ window: Window) throws -> Values {
    let x = operands[0]
    let (height, width) = (x.shape[1], x.shape[2])
    var totals: [(value: ScalarExpression.Value, magnitude: Double)] = []
    for position in types[0].shape.positions {
      var terms: [ScalarExpression.Value] = []
      for a in 0..<window.size[0] {
        for b in 0..<window.size[1] {
          let i = position[1] * window.strides[0] + a * window.dilations[0] - window.padding[0]
          let j = position[2] * window.strides[1] + b * window.dilations[1] - window.padding[1]
          guard i >= 0, i < height, j >= 0, j < width else { continue }
          terms += tap(window.kind, position, [a, b], [position[0], i, j])
        }
      }
      var (value, magnitude) = total(terms, x.element)
      if window.kind == .average, case .real(let sum) = value {
        value = .real(sum / Double(terms.count))
        magnitude /= Double(terms.count)
      }
      totals.append((value, magnitude))
    }
    return Values(
      tensors: [tensor(types[0], totals.map(\.value))], magnitudes: [totals.map(\.magnitude)])
  }

  /// The terms of one place of the window for one result position.
  private func tap(
    _ kind: Window.Kind, _ position: [Int], _ offset: [Int], _ pixel: [Int]
  ) -> [ScalarExpression.Value] {
    switch kind {
    case .average: return [operands[0][pixel + [position[3]]]]
    case .convolution(let groups):
      let weight = operands[1]
      let channels = weight.shape[2]
      let group = position[3] / (weight.shape[3] / groups)
      return (0..<channels).map { c in
        .real(
          operands[0].real(pixel + [group * channels + c])
            * weight.real(offset + [c, position[3]]))
      }
    }
  }
}

extension ScalarExpression.Value {
  fileprivate var isNaN: Bool {
    if case .real(let x) = self { x.isNaN } else { false }
  }
}
