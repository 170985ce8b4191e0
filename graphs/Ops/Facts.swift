import TensorCore

// The diagnostics of GraphOps, alphabetically.

extension Diagnostic {
  static func attentionRank(_ queries: TensorType) -> Diagnostic {
    Diagnostic(
      "shape.wrong-rank", "attention needs at least 2 dimensions, got \(queries)",
      help: "queries are [..., tokens, depth]")
  }

  static func attributeRange(_ message: String, help: String? = nil) -> Diagnostic {
    Diagnostic("attribute.range", message, help: help)
  }

  static func cannotStretch(_ type: TensorType, _ shape: Shape) -> Diagnostic {
    Diagnostic(
      "shape.no-broadcast", "\(type) does not stretch to \(shape)",
      help: "aligned at the last axis, lengths are equal or 1")
  }

  static func concatenateDiffers(_ first: TensorType, _ other: TensorType, axis: Int) -> Diagnostic
  {
    Diagnostic(
      "shape.mismatch", "operands differ along an axis other than \(axis): \(first) and \(other)",
      help: "only the concatenated axis may differ")
  }

  static func convolutionChannels(_ x: TensorType, _ weight: TensorType, groups: Int) -> Diagnostic
  {
    Diagnostic(
      "shape.mismatch",
      "\(groups) groups of \(weight.shape[2]) channels need \(groups * weight.shape[2]) channels, "
        + "got \(x.shape[3])",
      notes: ["images are \(x), weights are \(weight)"],
      help: "a weight is [kh, kw, channels / groups, outputs], images are [n, h, w, channels]")
  }

  static func einsumLengths(
    _ label: Character, _ equation: String, _ left: Int, _ right: Int
  ) -> Diagnostic {
    Diagnostic(
      "shape.mismatch",
      "axis \(label) of \(equation) is \(left) on the left and \(right) on the right",
      help: "a label stands for one length; a dense weight is [inputs, outputs]")
  }

  static func einsumSyntax(_ equation: String, _ message: String) -> Diagnostic {
    Diagnostic(
      "einsum.syntax", "\(message) in \(quoted(equation))",
      help: "write two operands and a result, as in bik,bkj->bij")
  }

  static func matmulDimensions(_ left: TensorType, _ right: TensorType) -> Diagnostic {
    let inner = left.shape[left.rank - 1]
    let other = right.shape[right.rank - 2]
    return Diagnostic(
      "shape.mismatch", "matmul needs equal inner dimensions, got \(inner) and \(other)",
      notes: ["left is \(left), right is \(right)"], help: "a weight is [inputs, outputs]")
  }

  static func matmulRank(_ left: TensorType, _ right: TensorType) -> Diagnostic {
    Diagnostic(
      "shape.wrong-rank", "matmul needs at least one and two dimensions, got \(left) and \(right)",
      help: "the right operand is [inputs, outputs], or has the left one's leading dimensions")
  }

  static func notKey(_ type: TensorType) -> Diagnostic {
    Diagnostic(
      "random.key", "a key is u64[], got \(type)", help: "pass one number, or fold_key one")
  }

  static func notRearrangeable(_ pattern: String, _ message: String) -> Diagnostic {
    Diagnostic(
      "rearrange.pattern", "\(message) in \(quoted(pattern))",
      help: "write names and groups on both sides, as in b (h w) c -> b h w c, and h: 8")
  }

  static func operandShape(_ what: String, expected: Shape, got: TensorType) -> Diagnostic {
    Diagnostic("shape.mismatch", "\(what) needs \(expected), got \(got)", help: "reshape it")
  }

  static func orderInvalid(_ order: [Int], rank: Int) -> Diagnostic {
    Diagnostic(
      "axis.order", "\(order) is not an order of \(rank) axes", help: "name each axis once")
  }

  static func reducesNothing(_ operation: String, _ type: TensorType) -> Diagnostic {
    Diagnostic(
      "reduce.empty", "\(operation) of \(type) has no elements to choose from",
      help: "give the axis a length of at least 1")
  }

  static func reshapeCount(_ type: TensorType, _ shape: Shape) -> Diagnostic {
    Diagnostic(
      "shape.mismatch",
      "a reshape keeps the number of elements, got \(type.shape.count) and \(shape.count)",
      notes: ["from \(type) to \(shape)"])
  }

  static func scatterAxis(_ axis: Int, _ x: TensorType, _ indices: TensorType) -> Diagnostic {
    Diagnostic(
      "axis.out-of-range", "axes \(axis) and on of \(x) cannot have indices of \(indices)",
      help: "the axes of the indices stand at `axis` of the slices")
  }

  static func sliceRange(
    axis: Int, start: Int, count: Int, step: Int, length: Int
  ) -> Diagnostic {
    Diagnostic(
      "slice.out-of-range",
      "a slice of \(count) from \(start) by \(step) leaves axis \(axis) of length \(length)",
      help: "steps are 1 or more; the last position is start + (count - 1) * step")
  }

  static func windowTooLarge(_ x: TensorType, size: [Int], padding: [Int]) -> Diagnostic {
    Diagnostic(
      "window.too-large", "a window of \(size) does not fit \(x) with padding \(padding)",
      help: "pad more, or use a smaller window")
  }
}

/// Quotes in messages.
private func quoted(_ text: String) -> String { "\"\(text)\"" }
