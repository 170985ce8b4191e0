import GraphIR
import TensorCore

/// What a model takes of a data set: the argument `video` f32[B, T, S, S, 3] or `image` f32[B, S, S, 3].
public struct ModelInput: Sendable, Equatable {
  public let name: String
  public let batch: Int
  /// 1 for pictures.
  public let frames: Int
  public let size: Int

  public var isVideo: Bool { name == "video" }

  /// - Errors: `run.no-pictures`.
  public init(of graph: Graph) throws(Diagnostic) {
    for (name, rank) in [("video", 5), ("image", 4)] {
      guard let argument = graph.arguments.first(where: { $0.name == name }) else { continue }
      let type = graph.type(argument.value)
      let lengths = type.shape.dimensions
      guard type.element == .f32, lengths.count == rank, lengths[rank - 1] == 3,
        lengths[rank - 2] == lengths[rank - 3]
      else { break }
      self.name = name
      (batch, size) = (lengths[0], lengths[rank - 2])
      frames = rank == 5 ? lengths[1] : 1
      return
    }
    throw .runNoPictures(graph)
  }
}
