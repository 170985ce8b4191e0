import Foundation
import ModelRequests
import Smalti

/// Makes the studies of `segment --latents`: latents of a clip, changed or exchanged, and decoded again.
///
/// It asks of a model that what its `encode` returns is what its `decode` takes, with objects `[1, K, Z]` and
/// frames `[1, T, Z]`.
struct LatentStudies {
  private typealias Latents = [String: HostTensor]

  private let encode: Session
  private let decode: Session
  private let encodeGraph: Graph
  private let decodeGraph: Graph

  private static let object = "object_mean"
  private static let frame = "frame_mean"
  /// Values of a latent channel, in deviations of the prior.
  private static let values = [-2.0, -1.25, -0.5, 0, 0.5, 1.25, 2]
  /// Channels of a kind of latents that are moved.
  private static let mostChannels = 3

  /// - Errors: `call.no-latents`, those of compiling and of the weights.
  init(
    _ model: String, _ settings: [String], _ weights: WeightsSource, _ options: GlobalOptions
  ) throws {
    let whole = try ChosenModel(model, settings, .all)
    let graphs = ["encode", "decode"].compactMap { name in
      whole.program.graphs.first { $0.name == name }
    }
    guard graphs.count == 2,
      graphs[1].arguments.allSatisfy({ argument in
        graphs[0].results.contains {
          $0.name == argument.name && graphs[0].type($0.value) == graphs[1].type(argument.value)
        }
      }), [Self.object, Self.frame].allSatisfy(graphs[1].arguments.map(\.name).contains),
      graphs[1].results.contains(where: { $0.name == "reconstruction" })
    else { throw Diagnostic.callNoLatents(whole.name) }
    (encodeGraph, decodeGraph) = (graphs[0], graphs[1])
    let program = Program(
      whole.program.name, parameters: whole.program.parameters, graphs: graphs)
    let compiled = try Compiler.compile(program, options.compilerOptions(target: nil))
    let loaded = try LoadedProgram(compiled, threads: options.checkedThreads()) {
      try weights.bytes(of: $0)
    }
    (encode, decode) = (try loaded.session("encode"), try loaded.session("decode"))
  }

  /// - Parameters:
  ///   - clip: as the model takes it, and its name.
  ///   - other: a second one, with which latents are exchanged.
  /// - Errors: those of running.
  func studies(
    _ clip: ClipInput, exchangedWith other: ClipInput?
  ) throws -> [LatentStudy] {
    let latents = try encoded(clip.tensor)
    var studies: [LatentStudy] = []
    if let other {
      studies.append(
        try exchange(clip, latents, other, encoded(other.tensor)))
    }
    studies.append(try frames(latents))
    studies.append(try object(latents))
    return studies
  }

  // MARK: - Running
  private func encoded(_ video: HostTensor) throws -> Latents {
    try run(encode, encodeGraph, ["video": video])
  }

  /// The reconstruction, `[T, H, W, 3]`.
  private func decoded(_ latents: Latents) throws -> HostTensor {
    let wanted = decodeGraph.arguments.map(\.name)
    let given = latents.filter { wanted.contains($0.key) }
    let whole = try run(decode, decodeGraph, given)["reconstruction"]!
    return whole.reshaped(to: try Shape(checking: Array(whole.shape.dimensions.dropFirst())))
  }

  private func run(
    _ session: Session, _ graph: Graph, _ inputs: [String: HostTensor]
  ) throws -> Latents {
    let outputs = try session.run(inputs.mapValues { AlignedBytes($0.bytes) })
    var results: Latents = [:]
    for result in graph.results {
      let type = graph.type(result.value)
      results[result.name] = try TensorBytes(type, bytes: outputs[result.name]!.copied()).tensor
    }
    return results
  }

  /// One frame of a film, as a film of one.
  private static func still(_ film: HostTensor, _ frame: Int) throws(Diagnostic) -> HostTensor {
    let lengths = [1] + film.shape.dimensions.dropFirst()
    let count = lengths.reduce(1, *)
    let numbers = film.numbers[frame * count..<(frame + 1) * count]
    return HostTensor(TensorType(.f32, try Shape(checking: lengths)), reals: Array(numbers))
  }
}

// MARK: - Studies
extension LatentStudies {
  /// Every pairing of two clips' objects and frames.
  private func exchange(
    _ clip: ClipInput, _ latents: Latents, _ other: ClipInput, _ others: Latents
  ) throws -> LatentStudy {
    let pairs = [(clip, latents, "first"), (other, others, "second")]
    let rows = try pairs.map { own, objects, name in
      let mixed = try pairs.map { _, frames, _ in
        try decoded(objects.merging(frames.filter { $0.key.hasPrefix("frame_") }) { $1 })
      }
      let film = own.tensor.reshaped(
        to: try Shape(checking: Array(own.tensor.shape.dimensions.dropFirst())))
      return LatentStudy.Row("objects of the \(name) clip", [film] + mixed)
    }
    return LatentStudy(
      title: "Exchanged latents",
      remark: "objects of one clip seen with the frames of the other, which hold the camera; "
        + "the second clip is \(other.source)",
      columns: ["the clip itself", "frames of the first", "frames of the second"], rows: rows)
  }

  /// Channels of the frame latents that change most over the clip, moved in the frame in its middle.
  private func frames(_ latents: Latents) throws -> LatentStudy {
    let mean = latents[Self.frame]!
    let (count, channels) = (mean.shape[1], mean.shape[2])
    let spread = (0..<channels).map { channel in
      let values = (0..<count).map { mean.numbers[$0 * channels + channel] }
      let middle = values.reduce(0, +) / Double(count)
      return values.reduce(0) { $0 + ($1 - middle) * ($1 - middle) }
    }
    let row = count / 2
    return try moved(
      latents, Self.frame, row: row, Self.largest(spread), showing: row,
      LatentStudy(
        title: "A frame's latent, moved",
        remark: "one channel of frame \(row) takes each value, in deviations of the prior; the "
          + "channels are those that change most over the clip",
        columns: [], rows: []))
  }

  /// Channels that say most of the slot that differs most from the prior, which as a rule shows an object:
  /// there is less to say of a background.
  private func object(_ latents: Latents) throws -> LatentStudy {
    let mean = latents[Self.object]!
    let (slots, channels) = (mean.shape[1], mean.shape[2])
    let logStd = latents["object_log_std"]?.numbers
    let divergence = (0..<slots).map { slot in
      (0..<channels).map { channel in
        let place = slot * channels + channel
        let (m, s) = (mean.numbers[place], logStd?[place] ?? 0)
        return 0.5 * (m * m + Double.exp(2 * s) - 1) - s
      }
    }
    let slot = Self.largest(divergence.map { $0.reduce(0, +) })[0]
    return try moved(
      latents, Self.object, row: slot, Self.largest(divergence[slot]), showing: 0,
      LatentStudy(
        title: "An object's latent, moved",
        remark:
          "one channel of slot \(slot) takes each value; slot and channels are those that differ "
          + "most from the prior, the picture is the first frame",
        columns: [], rows: []))
  }

  /// The first channels by a score, largest first.
  private static func largest(_ scores: [Double]) -> [Int] {
    let order = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }
    return Array(order.prefix(mostChannels))
  }

  private func moved(
    _ latents: Latents, _ name: String, row: Int, _ channels: [Int], showing frame: Int,
    _ empty: LatentStudy
  ) throws -> LatentStudy {
    var study = empty
    let mean = latents[name]!
    study.columns = ["as encoded"] + Self.values.map { String(format: "%+.2g", $0) }
    let plain = try Self.still(decoded(latents), frame)
    study.rows = try channels.map { channel in
      let cells = try Self.values.map { value in
        var numbers = mean.numbers
        numbers[row * mean.shape[2] + channel] = value
        var changed = latents
        changed[name] = HostTensor(mean.type, reals: numbers)
        return try Self.still(decoded(changed), frame)
      }
      return LatentStudy.Row("channel \(channel)", [plain] + cells)
    }
    return study
  }
}
