/// Why two regions are not one, in words that `explain` prints after the labels of both nodes.
enum RegionReason {
  static func accumulators(_ byteCount: Int, of readByteCount: Int) -> String {
    "accumulators would take \(byteCount) bytes, what they add up has \(readByteCount)"
  }
  static let axesDisagree = "their parallel axes do not agree"
  static let between = "another region lies between"
  static let gathers = "picks positions by an index"
  static let isPrepared = "depends on parameters alone and is computed once"
  static func lanes(_ room: Int, of wanted: Int) -> String {
    "accumulators leave room for \(room) of \(wanted) lanes"
  }
  static let oneOperation = "each operation is a region of its own"
  static func positions(_ left: Int, of before: Int, _ read: String?) -> String {
    "\(left) parallel position\(left == 1 ? "" : "s") would be left of \(before)" + because(read)
  }
  /// - Parameter again: work that is done a second time or oftener, in parts of all work.
  static func recomputes(_ again: Double, _ read: String?) -> String {
    let share =
      again < 1
      ? "\(Int((100 * again).rounded(.up))) % of the work would be done more than once"
      : "the work would be done \(Int(again.rounded()) + 1) times"
    return share + because(read)
  }
  static let recomputed = "it is computed again for a later region"
  static func repeats(_ node: String, _ read: String?) -> String {
    "\(node) would be computed more than once" + because(read)
  }
  static let reinterprets = "reshapes to lengths without common factors"
  static func rows(_ left: Int, of alone: Int) -> String {
    "tiles would have \(left) row\(left == 1 ? "" : "s") to multiply, alone they have \(alone)"
  }
  static func scratch(_ byteCount: Int, budget: Int) -> String {
    "a tile would need \(byteCount) bytes of scratch, the budget is \(budget)"
  }
  static let storedAnyway = "it is stored for others anyway, and its reader computes what follows"
  static func unfinished(_ value: String) -> String { "\(value) is finished only after all tiles" }
  static let kernel = "the kernel of a convolution is packed before"

  private static func because(_ read: String?) -> String { read.map { ": \($0)" } ?? "" }
}

/// A read between two regions that touches more than its own position, in one way.
struct WideRead {
  /// The ways, the plainest reason first; last what is whole only because of another read.
  enum Way: Int {
    case whole, indirect, window, stride, shift, position, wholeToo
  }
  /// Axes of a node that are walked for the same reason.
  enum Part {
    case columns, inner, other
  }
  var reader: Int
  var producer: Int
  var way: Way
  var access: DimensionAccess
  /// Of the dimensions that are read so, together.
  var length: Int
  /// Which part the reader's axes play there: those of one part are one number of positions.
  var part: Part
  /// Whether the producer's tiles cannot be cut along the dimension when both are one region.
  var isLost: Bool

  /// The reads of `first` in `second`, the plainest reason first.
  ///
  /// - Parameter joint: the axes of both as one region, if there are any.
  static func all(
    _ graph: AccessGraph, of first: Region, in second: Region, joint: AxisSolution?
  ) -> [WideRead] {
    var reads: [WideRead] = []
    for member in second.members {
      for read in graph.nodes[member].reads {
        guard let producer = graph.producer(read.value), first.members.contains(producer) else {
          continue
        }
        let start = reads.count
        for (dimension, access) in read.index.enumerated() {
          let isLost =
            first.solution.labels[producer]![dimension] != nil
            && joint.map { $0.labels[producer]![dimension] == nil } ?? false
          guard let way = way(graph.nodes[member], access, isLost: isLost) else { continue }
          let length = graph.values[read.value].lengths[dimension]
          let part = part(graph.nodes[member], access)
          // Keys that lie in rows and columns are still one number of keys.
          if way == .whole,
            let known = reads[start...].firstIndex(where: {
              $0.way == way && $0.isLost == isLost && $0.part == part
            })
          {
            reads[known].length *= length
            continue
          }
          reads.append(
            WideRead(
              reader: member, producer: producer, way: way, access: access, length: length,
              part: part, isLost: isLost))
        }
      }
    }
    func rank(_ read: WideRead) -> (Int, Int, Int) {
      (read.isLost ? 0 : 1, read.way.rawValue, -read.length)
    }
    return reads.sorted { rank($0) < rank($1) }
  }

  private static func way(
    _ reader: AccessGraph.Node, _ access: DimensionAccess, isLost: Bool
  ) -> Way? {
    if access.isIndirect { return .indirect }
    guard let axis = access.pointAxis else {
      if access.terms.isEmpty { return .position }
      if access.terms.count > 1 { return .window }
      return access.terms[0].step == 1 ? .shift : .stride
    }
    if reader.innerAxes.contains(axis) { return .whole }
    if case .product(let roles) = reader.kind, roles.columns.contains(axis) { return .whole }
    return isLost ? .wholeToo : nil
  }

  private static func part(_ reader: AccessGraph.Node, _ access: DimensionAccess) -> Part {
    guard let axis = access.pointAxis else { return .other }
    if case .product(let roles) = reader.kind, roles.columns.contains(axis) { return .columns }
    return reader.innerAxes.contains(axis) ? .inner : .other
  }

  func words(_ graph: AccessGraph) -> String {
    var (reading, value) = (graph.label(reader), graph.label(producer))
    if reading == value {
      reading += " (\(graph.nodes[reader].kind.name))"
      value += " (\(graph.nodes[producer].kind.name))"
    }
    let how =
      switch way {
      case .whole, .wholeToo: "whole along \(length)"
      case .indirect: "through an index along \(length)"
      case .window: "through a window along \(length)"
      case .stride: "at every \(access.terms[0].step). position along \(length)"
      case .shift: "shifted by \(access.start) along \(length)"
      case .position: "at position \(access.start) of \(length)"
      }
    return "\(reading) reads \(value) \(how)"
  }
}
