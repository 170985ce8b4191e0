/// A law that a partition breaks: which one, where, and both values.
///
/// A broken partition is the compiler's mistake, never its user's.
package struct RegionProblem: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    /// A gather or a reinterpretation that shares its region.
    case alone = "region.alone"
    /// Regions that wait for each other.
    case circle = "region.circle"
    /// A path that leaves a region or a walk and comes back.
    case convexity = "region.convexity"
    /// A label that does not fit its axis.
    case label = "region.label"
    /// A reduction over tiled axes that is none, or goes over other axes than its region says.
    case lanes = "region.lanes"
    /// A node in no region or in several, or sets that name nodes elsewhere.
    case membership = "region.membership"
    /// A value that is read before it is computed.
    case order = "region.order"
    /// A node that is an output and not called one, or the reverse.
    case output = "region.output"
    /// What depends on parameters alone beside what does not.
    case prepared = "region.prepared"
    /// A node, a read or a value whose lengths do not fit each other.
    case shape = "region.shape"
    /// A value that several tasks would write.
    case shared = "region.shared"
    /// A super-tile that is no part of its axis, or that reads rows of another one.
    case superTile = "region.super-tile"
    /// A tile that is empty or longer than its axis.
    case tile = "region.tile"
    /// A walk whose members are not walked together.
    case walk = "region.walk"
    /// A read inside a region of more than the task's own tile.
    case wideRead = "region.wide-read"
    /// A tiled axis that the node computes in one piece.
    case wholeAxis = "region.whole-axis"
  }

  package var code: Code
  /// The region where it shows, if it does in one.
  package var region: Int?
  package var message: String

  init(_ code: Code, _ region: Int?, _ message: String) {
    self.code = code
    self.region = region
    self.message = message
  }

  package var description: String {
    let place = region.map { "\n  at region \($0)" } ?? ""
    return "error[\(code.rawValue)]: \(message)\(place)"
  }
}
