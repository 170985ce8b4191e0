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
    let image = try example.withBytes("image") { (bytes) throws(Diagnostic) in bytes.count }
    let mask = try example.withBytes("mask") { (bytes) throws(Diagnostic) in bytes.count }
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
    let pixels = try withBytes("image", of: example, imageByteCount, path, number) {
      (image) throws(Diagnostic) -> [UInt8] in colours(image, frames: count)
    }
    let labels = try withBytes("mask", of: example, maskByteCount, path, number) {
      (mask) throws(Diagnostic) -> [UInt8] in try self.labels(mask, frames: count, path, number)
    }
    let clip = Clip(
      pixels: pixels, frameCount: count, height: height, width: width,
      source: "\(path), record \(number)")
    return DataSample(clip, labels: labels, backgroundLabels: backgroundEntities)
  }

  private func withBytes<Value>(
    _ key: String, of example: RecordExample, _ expected: Int, _ path: String, _ number: Int,
    _ body: (UnsafeRawBufferPointer) throws(Diagnostic) -> Value
  ) throws(Diagnostic) -> Value {
    try example.withBytes(key) { (bytes) throws(Diagnostic) in
      guard bytes.count == expected else {
        throw .dataByteCount(path, number, key, expected: expected, got: bytes.count, layout: name)
      }
      return try body(bytes)
    }
  }

  /// Gray becomes three equal channels.
  private func colours(_ image: UnsafeRawBufferPointer, frames: Int) -> [UInt8] {
    let part = UnsafeRawBufferPointer(rebasing: image[..<(frames * height * width * channels)])
    return channels == 3 ? [UInt8](part) : part.flatMap { [$0, $0, $0] }
  }

  /// The entity seen at each pixel: of several the first, of none the background.
  private func labels(
    _ mask: UnsafeRawBufferPointer, frames: Int, _ path: String, _ number: Int
  ) throws(Diagnostic) -> [UInt8] {
    let area = height * width
    // Bits that neither 0 nor 255 has when one is added.
    var others: UInt8 = 0
    let labels = [UInt8](unsafeUninitializedCapacity: frames * area) { labels, count in
      count = frames * area
      labels.initialize(repeating: 0)
      guard let source = mask.baseAddress?.assumingMemoryBound(to: UInt8.self),
        let target = labels.baseAddress
      else { return }
      for frame in 0..<frames {
        let start = source + frame * entities * area
        others |=
          maskOrder == .entityFirst
          ? markPlanes(target + frame * area, start, area)
          : markPixels(target + frame * area, start, area)
      }
    }
    guard others & 0xFE == 0 else { throw wrongMask(mask, path, number) }
    return labels
  }

  /// Sets the labels of a frame whose masks lie one after the other.
  private func markPlanes(
    _ labels: UnsafeMutablePointer<UInt8>, _ masks: UnsafePointer<UInt8>, _ area: Int
  ) -> UInt8 {
    var others: UInt8 = 0
    // Eight pixels at a time by hand: the compiler makes no vectors of bytes that might overlap.
    let ones: UInt64 = 0x0101_0101_0101_0101
    var otherWords: UInt64 = 0
    // From the last on, so that the first one stays.
    for entity in (0..<entities).reversed() {
      let mask = masks + entity * area
      let label = UInt8(entity)
      let word = UInt64(label) * ones
      for start in stride(from: 0, to: area - 7, by: 8) {
        let target = UnsafeMutableRawPointer(labels + start)
        let value = UnsafeRawPointer(mask + start).loadUnaligned(as: UInt64.self)
        let before = target.loadUnaligned(as: UInt64.self)
        // Nothing but 0 and 255 is its lowest bit times 255.
        otherWords |= (value & ones) &* 255 ^ value
        target.storeBytes(of: before & ~value | word & value, as: UInt64.self)
      }
      for place in area / 8 * 8..<area {
        let value = mask[place]
        others |= value &+ 1
        labels[place] = labels[place] & ~value | label & value
      }
    }
    return otherWords == 0 ? others : .max
  }

  /// Sets the labels of a frame whose pixels have the bytes of all masks side by side.
  private func markPixels(
    _ labels: UnsafeMutablePointer<UInt8>, _ masks: UnsafePointer<UInt8>, _ area: Int
  ) -> UInt8 {
    var others: UInt8 = 0
    for place in 0..<area {
      var label: UInt8 = 0
      for entity in (0..<entities).reversed() {
        let value = masks[place * entities + entity]
        others |= value &+ 1
        label = label & ~value | UInt8(entity) & value
      }
      labels[place] = label
    }
    return others
  }

  private func wrongMask(
    _ mask: UnsafeRawBufferPointer, _ path: String, _ number: Int
  ) -> Diagnostic {
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
