// The diagnostics of TensorCore, alphabetically.

extension Diagnostic {
  static func axisOutOfRange(_ axis: Int, shape: Shape) -> Diagnostic {
    Diagnostic(
      "axis.out-of-range", "axis \(axis) is not an axis of \(shape)",
      help: shape.rank == 0
        ? "a scalar has no axes" : "use \(-shape.rank) to \(shape.rank - 1)")
  }

  static func axisRepeated(_ axis: Int, shape: Shape) -> Diagnostic {
    Diagnostic("axis.repeated", "axis \(axis) of \(shape) is named twice", help: "name it once")
  }

  static func elementMismatch(_ left: TensorType, _ right: TensorType) -> Diagnostic {
    Diagnostic(
      "type.mismatch",
      "operands need one element type, got \(left.element) and \(right.element)",
      notes: ["the operands are \(left) and \(right)"], help: "convert one with cast(to:)")
  }

  static func negativeLength(_ dimensions: [Int]) -> Diagnostic {
    Diagnostic(
      "shape.negative", "a dimension must not be negative, got \(dimensions)",
      help: "lengths are 0 or more")
  }

  static func noBroadcast(_ left: Shape, _ right: Shape) -> Diagnostic {
    Diagnostic(
      "shape.no-broadcast", "\(left) and \(right) do not broadcast to one shape",
      help: "aligned at the last axis, lengths are equal or one of them is 1")
  }

  static func notBool(_ type: TensorType) -> Diagnostic {
    Diagnostic(
      "type.not-bool", "needs bool, got \(type)", help: "compare first, or cast(to: .bool)")
  }

  static func notFloating(_ type: TensorType) -> Diagnostic {
    Diagnostic(
      "type.not-floating", "needs a floating type, got \(type)", help: "cast(to: .f32) first")
  }

  static func notInteger(_ type: TensorType) -> Diagnostic {
    Diagnostic(
      "type.not-integer", "needs an integer type, got \(type)", help: "cast(to: .i32) first")
  }

  static func notNumber(_ type: TensorType) -> Diagnostic {
    Diagnostic("type.not-number", "needs numbers, got \(type)", help: "cast(to: .f32) first")
  }

  static func rankTooHigh(_ dimensions: [Int]) -> Diagnostic {
    Diagnostic(
      "shape.rank",
      "a shape has at most \(Shape.maximumRank) dimensions, got \(dimensions.count)",
      notes: ["the dimensions are \(dimensions)"], help: "merge dimensions with reshaped(to:)")
  }

  static func shapeTooLarge(_ dimensions: [Int]) -> Diagnostic {
    Diagnostic(
      "shape.too-large", "a tensor has at most 2^46 elements, got \(dimensions)",
      help: "work in slices")
  }

  static func wrongByteCount(_ type: TensorType, got count: Int) -> Diagnostic {
    Diagnostic(
      "tensor.byte-count", "\(type) takes \(type.byteCount) bytes, got \(count)",
      help: "pass the whole tensor, row-major, without padding")
  }

  static func wrongRank(_ type: TensorType, expected: Int) -> Diagnostic {
    Diagnostic(
      "shape.wrong-rank", "needs \(expected) dimensions, got \(type.rank)",
      notes: ["the operand is \(type)"], help: "reshape first")
  }
}
