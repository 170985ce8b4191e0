/// A tensor's value on the host, as the interpreters see it: floating types as `Double`, integers
/// and bool as wrapped `Int64` (a u64 as its bit pattern), row-major and dense.
public struct HostTensor: Sendable, Hashable {
  public let type: TensorType
  public let storage: Storage

  public enum Storage: Sendable, Hashable {
    case reals([Double])
    case integers([Int64])
  }

  /// Values in row-major order, taken as they are: the caller rounds if it wants to.
  ///
  /// - Precondition: `type` is floating; one value for each element.
  public init(_ type: TensorType, reals: [Double]) {
    precondition(type.element.isFloating && reals.count == type.shape.count, "internal: storage")
    self.type = type
    storage = .reals(reals)
  }

  /// Values in row-major order, wrapped to the width of the type.
  ///
  /// - Precondition: `type` is not floating; one value for each element.
  public init(_ type: TensorType, integers: [Int64]) {
    precondition(
      !type.element.isFloating && integers.count == type.shape.count, "internal: storage")
    self.type = type
    let element = type.element
    storage = .integers(element == .i64 ? integers : integers.map(element.wrapping))
  }

  /// The same number everywhere, converted to the element type.
  public init(_ type: TensorType, repeating value: Double) {
    if type.element.isFloating {
      let rounded = type.element.rounding(value)
      self.init(type, reals: [Double](repeating: rounded, count: type.shape.count))
    } else {
      let integer = type.element.integer(from: value)
      self.init(type, integers: [Int64](repeating: integer, count: type.shape.count))
    }
  }

  /// Numbers in row-major order, converted to the element type.
  public init(_ type: TensorType, converting values: [Double]) {
    if type.element.isFloating {
      self.init(type, reals: values.map(type.element.rounding))
    } else {
      self.init(type, integers: values.map(type.element.integer(from:)))
    }
  }
}

// MARK: - Elements
extension HostTensor {
  public var shape: Shape { type.shape }
  public var element: ElementType { type.element }
  /// The number of elements.
  public var count: Int { type.shape.count }

  /// The values of a floating tensor.
  public var reals: [Double] {
    guard case .reals(let values) = storage else {
      preconditionFailure("internal: \(type) has no reals")
    }
    return values
  }

  /// The values of an integer or bool tensor.
  public var integers: [Int64] {
    guard case .integers(let values) = storage else {
      preconditionFailure("internal: \(type) has no integers")
    }
    return values
  }

  /// Every value as a `Double`, whatever the type; 64-bit integers may round.
  public var numbers: [Double] {
    switch storage {
    case .reals(let values): values
    case .integers(let values): values.map(element.real(from:))
    }
  }

  /// The element at a row-major position.
  public subscript(linear index: Int) -> ScalarExpression.Value {
    switch storage {
    case .reals(let values): .real(values[index])
    case .integers(let values): .integer(values[index])
    }
  }

  /// From values of one kind, in row-major order.
  public init(_ type: TensorType, values: [ScalarExpression.Value]) {
    if type.element.isFloating {
      self.init(
        type,
        reals: values.map { value in
          guard case .real(let x) = value else { preconditionFailure("internal: mixed values") }
          return x
        })
    } else {
      self.init(
        type,
        integers: values.map { value in
          guard case .integer(let x) = value else { preconditionFailure("internal: mixed values") }
          return x
        })
    }
  }
}

// MARK: - Copies
extension HostTensor {
  /// The same elements in another shape.
  ///
  /// - Precondition: the shapes have equal counts.
  public func reshaped(to shape: Shape) -> HostTensor {
    let type = TensorType(element, shape)
    switch storage {
    case .reals(let values): return HostTensor(type, reals: values)
    case .integers(let values): return HostTensor(type, integers: values)
    }
  }

  /// Every value of a floating tensor transformed; not rounded.
  public func mappingReals(_ transform: (Double) -> Double) -> HostTensor {
    HostTensor(type, reals: reals.map(transform))
  }

  /// Each floating value rounded to the element type; other types unchanged.
  public func roundedToElement() -> HostTensor {
    guard case .reals(let values) = storage, element != .f64 else { return self }
    return HostTensor(type, reals: values.map(element.rounding))
  }

  /// Converted to another element type: rounded, clamped or wrapped.
  public func cast(to target: ElementType) -> HostTensor {
    let type = TensorType(target, shape)
    switch storage {
    case .reals(let values) where target.isFloating:
      return HostTensor(type, reals: values.map(target.rounding))
    case .reals(let values):
      return HostTensor(type, integers: values.map(target.integer(from:)))
    case .integers(let values) where target.isFloating:
      return HostTensor(type, reals: values.map { target.rounding(element.real(from: $0)) })
    case .integers(let values):
      return HostTensor(type, integers: values)
    }
  }

  /// The elements at `offset + Σ position · strides` for every position of `shape`, in order: the
  /// meaning of every pure move.
  ///
  /// - Units: strides and offset in elements of this tensor.
  public func gathered(_ shape: Shape, strides: [Int], offset: Int = 0) -> HostTensor {
    let sources = Self.sources(shape, strides: strides, offset: offset)
    let type = TensorType(element, shape)
    switch storage {
    case .reals(let values): return HostTensor(type, reals: sources.map { values[$0] })
    case .integers(let values): return HostTensor(type, integers: sources.map { values[$0] })
    }
  }

  /// The tensor stretched to `shape` by NumPy's rule.
  public func broadcast(to shape: Shape) -> HostTensor {
    if shape == self.shape { return self }
    return gathered(shape, strides: self.shape.strides(broadcastTo: shape))
  }

  /// Linear source positions for every position of `shape` in row-major order.
  public static func sources(_ shape: Shape, strides: [Int], offset: Int = 0) -> [Int] {
    guard shape.count > 0 else { return [] }
    var sources = [offset]
    sources.reserveCapacity(shape.count)
    // From the innermost axis outwards, all sources found so far repeat, a stride further on.
    for (length, stride) in zip(shape.dimensions, strides).reversed() {
      let block = sources.count
      for index in 1..<max(length, 1) {
        for inner in 0..<block { sources.append(sources[inner] + index * stride) }
      }
    }
    return sources
  }
}

// MARK: - Differences
extension HostTensor {
  /// max|a − b| / max|b|, the other as reference; NaN against NaN counts as equal, NaN against a
  /// number as infinite, and so does another shape.
  public func relativeDifference(to reference: HostTensor) -> Double {
    guard shape == reference.shape else { return .infinity }
    var largest = 0.0
    var scale = 0.0
    for (a, b) in zip(numbers, reference.numbers) {
      if a == b || (a.isNaN && b.isNaN) {
        if b.isFinite { scale = max(scale, abs(b)) }
        continue
      }
      guard a.isFinite, b.isFinite else { return .infinity }
      largest = max(largest, abs(a - b))
      scale = max(scale, abs(b))
    }
    return largest == 0 ? 0 : scale == 0 ? largest : largest / scale
  }
}
