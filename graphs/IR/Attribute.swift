import TensorCore

/// A property of an operation that text shows and a parser can set.
public struct Attribute<Root: Sendable>: Sendable {
  public let name: String
  let read: @Sendable (Root) -> AttributeValue
  /// False if the value is of the wrong kind.
  let write: @Sendable (inout Root, AttributeValue) -> Bool

  /// The property at `path`, shown as `name`.
  public init<Value: AttributeRepresentable>(
    _ name: String, _ path: any WritableKeyPath<Root, Value> & Sendable
  ) {
    self.name = name
    read = { $0[keyPath: path].attributeValue }
    write = { root, value in
      guard let value = Value(attributeValue: value) else { return false }
      root[keyPath: path] = value
      return true
    }
  }
}

/// The kinds of value that an attribute can have.
public enum AttributeValue: Hashable, Sendable {
  case integer(Int)
  case integers([Int])
  case real(Double)
  case bool(Bool)
  case text(String)
  case element(ElementType)
}

extension AttributeValue: CustomStringConvertible {
  public var description: String {
    switch self {
    case .integer(let value): String(value)
    case .integers(let values): "[" + values.map(String.init).joined(separator: ", ") + "]"
    case .real(let value): NumberText.real(value)
    case .bool(let value): String(value)
    case .text(let value): NumberText.quoted(value)
    case .element(let value): value.rawValue
    }
  }
}

// MARK: - Swift types that are attribute values
/// A Swift type that can be a property of an operation. The two requirements are inverse.
public protocol AttributeRepresentable: Sendable {
  var attributeValue: AttributeValue { get }
  init?(attributeValue: AttributeValue)
}

extension Int: AttributeRepresentable {
  public var attributeValue: AttributeValue { .integer(self) }
  public init?(attributeValue: AttributeValue) {
    guard case .integer(let value) = attributeValue else { return nil }
    self = value
  }
}

extension [Int]: AttributeRepresentable {
  public var attributeValue: AttributeValue { .integers(self) }
  public init?(attributeValue: AttributeValue) {
    guard case .integers(let value) = attributeValue else { return nil }
    self = value
  }
}

extension Double: AttributeRepresentable {
  public var attributeValue: AttributeValue { .real(self) }
  /// A whole number in text is a real number too.
  public init?(attributeValue: AttributeValue) {
    switch attributeValue {
    case .real(let value): self = value
    case .integer(let value): self = Double(value)
    default: return nil
    }
  }
}

extension Bool: AttributeRepresentable {
  public var attributeValue: AttributeValue { .bool(self) }
  public init?(attributeValue: AttributeValue) {
    guard case .bool(let value) = attributeValue else { return nil }
    self = value
  }
}

extension String: AttributeRepresentable {
  public var attributeValue: AttributeValue { .text(self) }
  public init?(attributeValue: AttributeValue) {
    guard case .text(let value) = attributeValue else { return nil }
    self = value
  }
}

extension ElementType: AttributeRepresentable {
  public var attributeValue: AttributeValue { .element(self) }
  public init?(attributeValue: AttributeValue) {
    guard case .element(let value) = attributeValue else { return nil }
    self = value
  }
}

// MARK: - All attributes of one operation
extension Operation {
  /// Names and values in printing order.
  public var attributeValues: [(name: String, value: AttributeValue)] {
    Self.attributes.map { ($0.name, $0.read(self)) }
  }

  /// A copy with the named attributes set; the others keep their values.
  ///
  /// - Errors: `attribute.unknown`, `attribute.kind`.
  public func setting(
    attributes: [(name: String, value: AttributeValue)]
  ) throws(Diagnostic) -> any Operation {
    var copy = self
    for (name, value) in attributes {
      guard let attribute = Self.attributes.first(where: { $0.name == name }) else {
        throw .attributeUnknown(name, of: self.name, known: Self.attributes.map(\.name))
      }
      guard attribute.write(&copy, value) else {
        throw .attributeKind(name, of: self.name, got: value, instead: attribute.read(self))
      }
    }
    return copy
  }

  /// Whether two operations are the same: equal names and attributes. Reals are compared as text
  /// shows them, so -0 differs from 0 and NaN equals NaN: one may stand for the other.
  public func isSame(as other: any Operation) -> Bool {
    if let left = self as? Constant, let right = other as? Constant {
      return left.value.isSame(as: right.value)
    }
    let left = attributeValues
    let right = other.attributeValues
    return name == other.name && left.count == right.count
      && zip(left, right).allSatisfy { $0.name == $1.name && $0.value.isSame(as: $1.value) }
  }
}

extension AttributeValue {
  fileprivate func isSame(as other: AttributeValue) -> Bool {
    if case .real(let left) = self, case .real(let right) = other {
      return left.isSame(as: right)
    }
    return self == other
  }
}

extension HostTensor {
  fileprivate func isSame(as other: HostTensor) -> Bool {
    guard type == other.type, element.isFloating else { return self == other }
    return zip(reals, other.reals).allSatisfy { $0.isSame(as: $1) }
  }
}

extension Double {
  fileprivate func isSame(as other: Double) -> Bool {
    bitPattern == other.bitPattern || (isNaN && other.isNaN)
  }
}
