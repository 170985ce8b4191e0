import TensorCore
import TensorFiles

// A record of a known layout as a sample.

extension RecordLayout {
  /// The layout of a record, told by the lengths of its picture and masks.
  ///
  /// - Errors: `tfrecord.example`, `data.layout`.
  static func of(
    _ example: RecordExample, path: String, number: Int
  ) throws(Diagnostic) -> RecordLayout {
    let (image, mask) = (try example.bytes("image").count, try example.bytes("mask").count)
    guard let layout = of(imageByteCount: image, maskByteCount: mask) else {
      throw .dataLayout(path, number, image: image, mask: mask)
    }
    return layout
  }

  /// The first frames of the record, all if `frameLimit` is nil.
  ///
  /// - Errors: `tfrecord.example`, `data.byte-count`, `data.mask-value`.
  func sample(
    _ example: RecordExample, path: String, number: Int, frameLimit: Int? = nil
  ) throws(Diagnostic) -> DataSample {
    let count = min(frames, frameLimit ?? frames)
    let image = try bytes("image", of: example, imageByteCount, path, number)
    let mask = try bytes("mask", of: example, maskByteCount, path, number)
    let clip = Clip(
      pixels: colours(image, frames: count), frameCount: count, height: height, width: width,
      source: "\(path), record \(number)")
    let labels = try labels(mask, frames: count, path, number)
    return DataSample(clip, labels: labels, backgroundLabels: backgroundEntities)
  }

  private func bytes(
    _ key: String, of example: RecordExample, _ expected: Int, _ path: String, _ number: Int
  ) throws(Diagnostic) -> [UInt8] {
    let bytes = try example.bytes(key)
    guard bytes.count == expected else {
      throw .dataByteCount(path, number, key, expected: expected, got: bytes.count, layout: name)
    }
    return bytes
  }

  /// Gray becomes three equal channels.
  private func colours(_ image: [UInt8], frames: Int) -> [UInt8] {
    let part = image.prefix(frames * height * width * channels)
    return channels == 3 ? Array(part) : part.flatMap { [$0, $0, $0] }
  }

  /// The entity seen at each pixel: of several the first, of none the background.
  private func labels(
    _ mask: [UInt8], frames: Int, _ path: String, _ number: Int
  ) throws(Diagnostic) -> [UInt8] {
    let area = height * width
    var labels = [UInt8](repeating: 0, count: frames * area)
    let isSound = mask.withUnsafeBufferPointer { mask in
      labels.withUnsafeMutableBufferPointer { labels in
        var isSound = true
        for frame in 0..<frames {
          // From the last on, so that the first one stays.
          for entity in (0..<entities).reversed() {
            let start =
              maskOrder == .entityFirst
              ? (frame * entities + entity) * area : frame * area * entities + entity
            let step = maskOrder == .entityFirst ? 1 : entities
            let isBinary =
              step == 1
              ? Self.mark(&labels, frame * area, mask, start, 1, area, UInt8(entity))
              : Self.mark(&labels, frame * area, mask, start, step, area, UInt8(entity))
            isSound = isSound && isBinary
          }
        }
        return isSound
      }
    }
    guard isSound else { throw wrongMask(mask, path, number) }
    return labels
  }

  /// Sets the label where the mask is 255; whether it is 0 elsewhere.
  @inline(__always)
  private static func mark(
    _ labels: inout UnsafeMutableBufferPointer<UInt8>, _ target: Int,
    _ mask: UnsafeBufferPointer<UInt8>, _ start: Int, _ step: Int, _ count: Int, _ label: UInt8
  ) -> Bool {
    // 0 and 255 are 1 and 0 when one is added.
    var other: UInt8 = 0
    for place in 0..<count {
      let value = mask[start + place * step]
      other |= (value &+ 1) & 0xFE
      labels[target + place] = value == 255 ? label : labels[target + place]
    }
    return other == 0
  }

  private func wrongMask(_ mask: [UInt8], _ path: String, _ number: Int) -> Diagnostic {
    let place = mask.firstIndex { $0 != 0 && $0 != 255 } ?? 0
    return .dataMaskValue(path, number, mask[place], at: place)
  }
}

// MARK: - Writing
extension RecordLayout {
  /// A record of a sample; `facts` are the layout's lists of floats, in its order.
  ///
  /// - Errors: `data.not-in-layout`.
  public func record(
    _ sample: LabelledClip, facts: [[Float]]
  ) throws(Diagnostic) -> [UInt8] {
    let clip = sample.clip
    guard
      channels == 3, (clip.frameCount, clip.height, clip.width) == (frames, height, width),
      sample.labels.allSatisfy({ $0 < entities })
    else { throw .dataNotInLayout(self, sample) }
    precondition(facts.map(\.count) == self.facts.map(\.count), "internal: facts of \(name)")
    func pixels(_ bytes: [UInt8]) -> RecordExample.Feature {
      hasByteStrings ? .byteStrings(bytes) : .bytes(bytes)
    }
    return RecordExample.encode(
      [("image", pixels(clip.pixels)), ("mask", pixels(masks(sample.labels)))]
        + zip(self.facts, facts).map { (name: $0.name, value: .floats($1)) })
  }

  private func masks(_ labels: [UInt8]) -> [UInt8] {
    let area = height * width
    var masks = [UInt8](repeating: 0, count: maskByteCount)
    for (place, label) in labels.enumerated() {
      let (frame, pixel) = place.quotientAndRemainder(dividingBy: area)
      switch maskOrder {
      case .entityFirst: masks[(frame * entities + Int(label)) * area + pixel] = 255
      case .entityLast: masks[place * entities + Int(label)] = 255
      }
    }
    return masks
  }
}
