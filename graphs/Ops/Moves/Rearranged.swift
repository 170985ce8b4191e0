import GraphIR
import TensorCore

extension Tensor {
  /// Axes split, merged and reordered by names, as the field writes it:
  ///
  ///     x.rearranged("b t (h w) c -> (b t) h w c", h: 8)
  ///
  /// A group in parentheses is one dimension of the tensor, its first name the slowest. A name on
  /// the left must stand on the right and the other way round; `1` is a dimension of length 1. In
  /// each group of the left at most one length is left to be found.
  ///
  /// - Errors (from `finish()`): `rearrange.pattern`, and those of shapes.
  /// - Source: the notation of Rogozhnikov, "Einops", ICLR 2022.
  public var rearranged: Rearrangement { Rearrangement(tensor: self) }
}

/// A call of ``Tensor/rearranged``: the pattern, then lengths by name.
@dynamicCallable
public struct Rearrangement {
  let tensor: Tensor

  public func dynamicallyCall(
    withKeywordArguments arguments: KeyValuePairs<String, any RearrangementArgument>
  ) -> Tensor {
    let plan = tensor.builder.trying { () throws(Diagnostic) in
      try RearrangementPlan(tensor.shape, arguments)
    }
    guard let plan else { return tensor }
    return tensor.reshaped(to: plan.split).transposed(plan.order).reshaped(to: plan.merged)
  }
}

/// A pattern or a length.
public protocol RearrangementArgument {}
extension String: RearrangementArgument {}
extension Int: RearrangementArgument {}

/// What a pattern means for one shape: a reshape, a transpose, a reshape.
struct RearrangementPlan {
  var split: [Int] = []
  var order: [Int] = []
  var merged: [Int] = []

  init(
    _ shape: Shape, _ arguments: KeyValuePairs<String, any RearrangementArgument>
  ) throws(Diagnostic) {
    guard let pattern = arguments.first?.value as? String else {
      throw .notRearrangeable("", "the pattern is missing")
    }
    var lengths: [String: Int] = [:]
    for (name, value) in arguments.dropFirst() {
      guard let length = value as? Int, length >= 0 else {
        throw .notRearrangeable(pattern, "the length \(name): \(value) is not a whole number")
      }
      guard lengths.updateValue(length, forKey: name) == nil else {
        throw .notRearrangeable(pattern, "\(name) has two lengths")
      }
    }
    let sides = pattern.split(separator: "->", omittingEmptySubsequences: false)
    guard sides.count == 2 else { throw .notRearrangeable(pattern, "there must be one ->") }
    let left = try Self.groups(sides[0], pattern)
    let right = try Self.groups(sides[1], pattern)
    try Self.checkNames(left, right, Array(lengths.keys).sorted(), pattern)
    guard left.count == shape.rank else {
      throw .notRearrangeable(
        pattern, "the left side has \(left.count) dimensions, the tensor is \(shape)")
    }
    for (group, length) in zip(left, shape.dimensions) {
      try Self.solve(group, length, &lengths, pattern)
    }
    let names = left.flatMap { $0 }
    // Bounds every product of lengths below, also beside a length of 0.
    split = try Shape(checking: names.map { lengths[$0]! }).dimensions
    order = right.flatMap { $0 }.map { names.firstIndex(of: $0)! }
    merged = right.map { $0.reduce(1) { $0 * lengths[$1]! } }
  }

  /// One list of names per dimension; a dimension of 1 is an empty group.
  private static func groups(
    _ side: Substring, _ pattern: String
  ) throws(Diagnostic) -> [[String]] {
    let spaced = side.replacing("(", with: " ( ").replacing(")", with: " ) ")
    var groups: [[String]] = []
    var isOpen = false
    for token in spaced.split(separator: " ") {
      switch token {
      case "(":
        guard !isOpen else { throw .notRearrangeable(pattern, "groups do not nest") }
        isOpen = true
        groups.append([])
      case ")":
        guard isOpen else { throw .notRearrangeable(pattern, ") has no (") }
        isOpen = false
      case "1": if !isOpen { groups.append([]) }
      default:
        guard token.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }),
          token.first?.isLetter == true
        else { throw .notRearrangeable(pattern, "\(token) is not a name") }
        if isOpen {
          groups[groups.count - 1].append(String(token))
        } else {
          groups.append([String(token)])
        }
      }
    }
    guard !isOpen else { throw .notRearrangeable(pattern, "( has no )") }
    return groups
  }

  private static func checkNames(
    _ left: [[String]], _ right: [[String]], _ given: [String], _ pattern: String
  ) throws(Diagnostic) {
    let (before, after) = (left.flatMap { $0 }.sorted(), right.flatMap { $0 }.sorted())
    guard before == after else {
      throw .notRearrangeable(pattern, "the sides name different axes")
    }
    for (name, next) in zip(before, before.dropFirst()) where name == next {
      throw .notRearrangeable(pattern, "\(name) stands twice")
    }
    for name in given where !before.contains(name) {
      throw .notRearrangeable(pattern, "\(name) has a length and does not stand")
    }
  }

  private static func solve(
    _ group: [String], _ length: Int, _ lengths: inout [String: Int], _ pattern: String
  ) throws(Diagnostic) {
    let unknown = group.filter { lengths[$0] == nil }
    guard unknown.count <= 1 else {
      throw .notRearrangeable(
        pattern, "the lengths of \(unknown.joined(separator: " and ")) are open")
    }
    var known = 1
    for name in group {
      guard let factor = lengths[name] else { continue }
      let (product, overflows) = known.multipliedReportingOverflow(by: factor)
      guard !overflows else { throw .notRearrangeable(pattern, "the lengths are too large") }
      known = product
    }
    if let name = unknown.first {
      guard known > 0, length % known == 0 else {
        throw .notRearrangeable(pattern, "\(length) does not divide by \(known)")
      }
      lengths[name] = length / known
    } else {
      guard known == length else {
        throw .notRearrangeable(
          pattern, "(\(group.joined(separator: " "))) is \(known), the dimension is \(length)")
      }
    }
  }
}
