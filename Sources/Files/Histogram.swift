/// How often values lie where: buckets of equal width from the smallest value to the largest.
///
/// A bucket holds what lies at or above its lower end and below its upper one, the last also what
/// lies at its upper end. What is no finite number is in none, and counted apart.
public struct Histogram: Sendable, Hashable {
  public static let defaultBucketCount = 30

  /// Of the finite values; zero when there are none.
  public private(set) var least = 0.0
  public private(set) var greatest = 0.0
  public private(set) var sum = 0.0
  public private(set) var sumOfSquares = 0.0
  /// The upper ends of the buckets, rising; none without finite values, one when all are equal.
  public private(set) var limits: [Double] = []
  /// The values in each bucket.
  public private(set) var counts: [Int] = []
  /// Values that are infinite or no numbers.
  public private(set) var leftOut = 0

  public init(of values: [Float], bucketCount: Int = defaultBucketCount) {
    self.init(counting: values, bucketCount)
  }

  public init(of values: [Double], bucketCount: Int = defaultBucketCount) {
    self.init(counting: values, bucketCount)
  }

  private init(counting values: [some BinaryFloatingPoint], _ bucketCount: Int) {
    precondition(bucketCount > 0, "internal: a histogram of \(bucketCount) buckets")
    (least, greatest) = (.infinity, -.infinity)
    for value in values.lazy.map({ Double($0) }) {
      guard value.isFinite else {
        leftOut += 1
        continue
      }
      (least, greatest) = (min(least, value), max(greatest, value))
      sum += value
      sumOfSquares += value * value
    }
    guard least < greatest else {
      if least > greatest { (least, greatest) = (0, 0) }
      let count = values.count - leftOut
      if count > 0 { (limits, counts) = ([greatest], [count]) }
      return
    }
    // The width of all may be too large for a number; half of it is not.
    let scale = (greatest - least).isFinite ? 1.0 : 0.5
    let (start, width) = (least * scale, greatest * scale - least * scale)
    counts = [Int](repeating: 0, count: bucketCount)
    for value in values.lazy.map({ Double($0) }) where value.isFinite {
      let part = (value * scale - start) / width
      counts[min(Int(part * Double(bucketCount)), bucketCount - 1)] += 1
    }
    limits = (1..<bucketCount).map { index in
      min((start + width * (Double(index) / Double(bucketCount))) / scale, greatest)
    }
    limits.append(greatest)
  }

  /// Of the values in its buckets.
  public var count: Int { counts.reduce(0, +) }
}
