import TensorCore
import TensorFiles
import Testing

@Suite("histograms") struct HistogramTests {
  @Test(
    "count every finite value once, in the bucket whose ends it lies between",
    arguments: [
      (-1.0, 1.0), (0, 1e-300), (1e300, 1.5e308), (-1.7e308, 1.7e308), (1, 1 + 0x1p-52),
      (0, 5e-324), (-5e-324, 5e-324), (1e9, 1e9 + 1),
    ] as [(Double, Double)])
  func countsOnce(_ least: Double, _ greatest: Double) throws {
    var generator = SeededGenerator(state: 5)
    let drawn = (0..<2000).map { _ in
      let part = Double.random(in: 0...1, using: &generator)
      return min(max(least * (1 - part) + greatest * part, least), greatest)
    }
    let values = drawn + [least, greatest]
    for bucketCount in [1, 2, 7, 30] {
      let histogram = Histogram(of: values, bucketCount: bucketCount)
      #expect((histogram.least, histogram.greatest) == (least, greatest))
      #expect(histogram.count == values.count)
      #expect(histogram.counts.count == bucketCount)
      #expect(histogram.limits.count == bucketCount)
      #expect(histogram.limits.last == greatest)
      #expect(zip(histogram.limits, histogram.limits.dropFirst()).allSatisfy { $0 <= $1 })
      #expect(histogram.limits.allSatisfy { $0 >= least })
    }
    let histogram = Histogram(of: values)
    let width = greatest / 30 - least / 30
    // Where buckets are wider than the rounding of their ends.
    guard width > 1e-9 * max(abs(least), abs(greatest)), width > 1e-305 else { return }
    for (index, limit) in histogram.limits.enumerated() {
      let below = values.count { $0 < limit }
      let counted = histogram.counts[...index].reduce(0, +)
      #expect(index == 29 ? counted == values.count : abs(counted - below) <= 1)
    }
  }

  @Test("have the sums of the values")
  func sums() {
    let histogram = Histogram(of: [-1.5, 0.5, 4] as [Float])
    #expect((histogram.sum, histogram.sumOfSquares) == (3, 18.5))
  }

  @Test("leave out what is no finite number, and say how many")
  func leavesOut() {
    let histogram = Histogram(of: [.nan, 1, .infinity, 2, -.infinity] as [Double], bucketCount: 2)
    #expect((histogram.leftOut, histogram.count) == (3, 2))
    #expect((histogram.limits, histogram.counts) == ([1.5, 2], [1, 1]))
  }

  @Test("of one value have one bucket, of none have none")
  func fewValues() {
    let one = Histogram(of: [7, 7, 7] as [Float])
    #expect((one.limits, one.counts, one.least, one.greatest) == ([7], [3], 7, 7))
    for none in [Histogram(of: [] as [Float]), Histogram(of: [Double.nan, .infinity])] {
      #expect((none.limits, none.counts) == ([], []))
      #expect((none.least, none.greatest, none.sum, none.count) == (0, 0, 0, 0))
    }
  }
}
