import TensorCore

/// Elements of one type, as the tile interpreter holds them.
final class TileMemory {
  /// A value of either kind; only the one of the element type counts.
  struct Element {
    var real: Double = 0
    var integer: Int64 = 0
  }

  let element: ElementType
  private(set) var reals: [Double] = []
  private(set) var integers: [Int64] = []

  init(_ element: ElementType, _ storage: HostTensor.Storage) {
    self.element = element
    switch storage {
    case .reals(let values):
      precondition(element.isFloating, "internal: reals for \(element)")
      reals = values
    case .integers(let values):
      precondition(!element.isFloating, "internal: integers for \(element)")
      integers = values
    }
  }

  /// Scratch as another task may have left it.
  init(_ element: ElementType, poisoned count: Int) {
    self.element = element
    poison(count)
  }

  /// NaN spreads into whatever is computed from it; integers have none, so they get a large odd
  /// pattern.
  func poison(_ count: Int) {
    if element.isFloating {
      reals = [Double](repeating: .nan, count: count)
    } else {
      let pattern = element.wrapping(0x5A5A_5A5A_5A5A_5A5B)
      integers = [Int64](repeating: pattern, count: count)
    }
  }

  var count: Int { element.isFloating ? reals.count : integers.count }

  var storage: HostTensor.Storage { element.isFloating ? .reals(reals) : .integers(integers) }

  /// Stores round to the element type, or wrap to its width.
  subscript(index: Int) -> Element {
    get {
      element.isFloating ? Element(real: reals[index]) : Element(integer: integers[index])
    }
    set {
      if element.isFloating {
        reals[index] = element.rounding(newValue.real)
      } else {
        integers[index] = element.wrapping(newValue.integer)
      }
    }
  }

  func real(_ index: Int) -> Double { reals[index] }
}
