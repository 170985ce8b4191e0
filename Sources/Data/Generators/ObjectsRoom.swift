import TensorCore

/// Images of a room with one to three objects on its floor, seen towards a corner.
///
/// Edges are smooth, as in the original, which was rendered in three dimensions; its light and its
/// shadows are left out, colours are flat. A label is what lies at a pixel's centre.
///
/// - Source: a substitute for Objects Room (Kabra et al., "Multi-object datasets", 2019; Eslami
///   et al., "Neural scene representation and rendering", Science 2018), whose first four masks
///   are background.
public struct ObjectsRoom: ClipGenerator {
  public static let summary = "images of objects on the floor of a room"
  public static let example = "objects=3..6"
  public static let isVideo = false
  /// Sky, floor, and the walls left and right of the corner.
  public static let backgroundLabels = 4

  public let options: ObjectsRoomOptions
  public let seed: UInt64

  /// - Errors: `clip.option-range`.
  public init(
    _ options: ObjectsRoomOptions = ObjectsRoomOptions(), seed: UInt64
  ) throws(Diagnostic) {
    try options.check()
    self.options = options
    self.seed = seed
  }

  /// - Shapes: `u8[1, size, size, 3]`, labels `u8[1, size, size]`: those of
  ///   ``ObjectsRoomScene/Surface`` and `4 + i` where object `i` of `scene(index)` is visible.
  public func clip(_ index: Int) -> LabelledClip {
    let scene = scene(index)
    let colours = scene.colours + scene.objects.map(\.colour)
    let labels = labels(of: scene, side: options.size)
    guard options.supersampling > 1 else {
      return image(index, pixels: colours.pixels(of: labels), labels: labels)
    }
    let samples = self.labels(of: scene, side: options.size * options.supersampling)
    return image(index, pixels: pixels(colours, samples), labels: labels)
  }

  public func scene(_ index: Int) -> ObjectsRoomScene {
    ObjectsRoomScene(options, key(index))
  }

  /// What lies at the centre of each cell of a square grid.
  private func labels(of scene: ObjectsRoomScene, side: Int) -> [UInt8] {
    let painted = scene.fromNearToFar
    var labels: [UInt8] = []
    labels.reserveCapacity(side * side)
    for row in 0..<side {
      let y = (Double(row) + 0.5) / Double(side)
      for column in 0..<side {
        let x = (Double(column) + 0.5) / Double(side)
        let object = painted.first { scene.objects[$0].contains(x, y) }
        labels.append(
          object.map { UInt8(Self.backgroundLabels + $0) } ?? scene.surface(x, y).rawValue)
      }
    }
    return labels
  }

  /// Means of each pixel's samples, rounded with halves up.
  private func pixels(_ colours: [SIMD3<UInt8>], _ samples: [UInt8]) -> [UInt8] {
    let (size, count) = (options.size, options.supersampling)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(size * size * 3)
    for row in 0..<size {
      for column in 0..<size {
        var total = SIMD3<Int>.zero
        for y in row * count..<(row + 1) * count {
          for x in column * count..<(column + 1) * count {
            total &+= SIMD3<Int>(truncatingIfNeeded: colours[Int(samples[y * size * count + x])])
          }
        }
        for channel in 0..<3 {
          pixels.append(UInt8((2 * total[channel] + count * count) / (2 * count * count)))
        }
      }
    }
    return pixels
  }
}
