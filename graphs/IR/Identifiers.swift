/// A node of one graph, by its position in evaluation order.
public struct NodeID: Hashable, Comparable, Sendable {
  public let raw: Int32
  public init(_ index: Int) { raw = Int32(index) }
  public var index: Int { Int(raw) }
  public static func < (a: NodeID, b: NodeID) -> Bool { a.raw < b.raw }
}

/// A value of one graph: an input or a result of a node, by its position in the arena.
public struct ValueID: Hashable, Comparable, Sendable {
  public let raw: Int32
  public init(_ index: Int) { raw = Int32(index) }
  public var index: Int { Int(raw) }
  public static func < (a: ValueID, b: ValueID) -> Bool { a.raw < b.raw }
}
