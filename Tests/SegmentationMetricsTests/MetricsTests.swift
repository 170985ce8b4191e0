import Foundation
import SegmentationMetrics
import TensorCore
import Testing

/// Against scikit-learn and SciPy, whose answers `tools/fixtures/metrics.py` wrote.
@Suite("Metrics") struct MetricsTests {
  struct Fixture: Decodable {
    struct Pair: Decodable {
      var points: Int
      var truth: Int
      var predicted: Int
      var ari: Double
    }
    struct Assignment: Decodable {
      var rows: Int
      var columns: Int
      var least: Double
      var most: Double
    }
    var key: UInt64
    var pairs: [Pair]
    var assignments: [Assignment]
  }

  private static let fixture: Fixture = {
    let url = Bundle.module.url(
      forResource: "metrics", withExtension: "json", subdirectory: "Fixtures")!
    return try! JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
  }()

  private func labels(_ key: Key, _ count: Int, _ kinds: Int) -> [Int32] {
    (0..<count).map { Int32(key.uniform(at: $0) * Double(kinds)) }
  }

  @Test("ARI of 1,000 drawn pairs is scikit-learn's to 1e-12")
  func adjustedRandIndex() throws {
    #expect(Self.fixture.pairs.count == 1000)
    for (number, pair) in Self.fixture.pairs.enumerated() {
      let key = Key(Self.fixture.key).folded(UInt64(number))
      let truth = labels(key.folded("truth"), pair.points, pair.truth)
      var predicted = labels(key.folded("predicted"), pair.points, pair.predicted)
      if number.isMultiple(of: 3) {
        let follows = key.folded("follows")
        for place in predicted.indices where follows.uniform(at: place) < 0.9 {
          predicted[place] = truth[place]
        }
      }
      let found = try #require(
        try Contingency(truth: truth, predicted: predicted).adjustedRandIndex)
      #expect(abs(found - pair.ari) <= 1e-12, "pair \(number): \(found), not \(pair.ari)")
    }
  }

  @Test("assignments are as good as SciPy's, and pair each row and column once")
  func assignments() throws {
    #expect(Self.fixture.assignments.count == 300)
    for (number, sample) in Self.fixture.assignments.enumerated() {
      let key = Key(Self.fixture.key).folded("costs").folded(UInt64(number))
      let costs = (0..<sample.rows * sample.columns).map { place in
        let cost = key.uniform(at: place)
        return number.isMultiple(of: 2) ? (cost * 5).rounded(.down) : cost
      }
      func sum(_ columns: [Int?]) -> Double {
        let chosen = columns.compactMap(\.self)
        #expect(chosen.count == min(sample.rows, sample.columns))
        #expect(Set(chosen).count == chosen.count)
        return columns.enumerated().reduce(0) { sum, pair in
          pair.element.map { sum + costs[pair.offset * sample.columns + $0] } ?? sum
        }
      }
      let (rows, columns) = (sample.rows, sample.columns)
      let least = try LinearAssignment.minimizing(costs, rows: rows, columns: columns)
      let most = try LinearAssignment.maximizing(costs, rows: rows, columns: columns)
      #expect(abs(sum(least) - sample.least) <= 1e-12, "costs \(number)")
      #expect(abs(sum(most) - sample.most) <= 1e-12, "costs \(number)")
    }
  }

  @Test("ARI at its ends: the same, single clusters, no points, one point")
  func ends() throws {
    func ari(_ truth: [Int32], _ predicted: [Int32]) throws -> Double? {
      try Contingency(truth: truth, predicted: predicted).adjustedRandIndex
    }
    #expect(try ari([0, 0, 1, 2], [5, 5, 0, 1]) == 1)
    #expect(try ari([3, 3, 3], [1, 1, 1]) == 1)
    #expect(try ari([0, 1, 2], [2, 0, 1]) == 1)
    #expect(try ari([0], [4]) == 1)
    #expect(try ari([], []) == nil)
    #expect(try ari([0, 0, 0, 0], [0, 1, 2, 3]) == 0)
    // By hand: 2 (0 · 2 − 2 · 2 …) of four points in pairs that cross.
    #expect(try ari([0, 0, 1, 1], [0, 1, 0, 1]) == -0.5)
    // A clip of 16 frames of 64x64 points: whole numbers stay exact.
    let large = (0..<65_536).map { Int32($0 % 2) }
    #expect(try ari(large, large.map { 1 - $0 }) == 1)
  }

  @Test("the foreground leaves out true label 0 and whatever was predicted there")
  func foreground() throws {
    let table = try Contingency(truth: [0, 0, 1, 1, 2], predicted: [0, 1, 1, 1, 0])
    #expect(table.ofForeground().pointCount == 3)
    #expect(table.ofForeground().adjustedRandIndex == 1)
    #expect(
      try Contingency(truth: [0, 0], predicted: [1, 2]).ofForeground().adjustedRandIndex == nil)
  }

  @Test("mIoU and coverings of a picture by hand")
  func overlaps() throws {
    // True: background 4 points, object 1 of 4, object 2 of 2. Predicted: 0 has half of the background, 3
    // the rest of it and one point of object 1.
    let table = try Contingency(
      truth: [0, 0, 0, 0, 1, 1, 1, 1, 2, 2], predicted: [0, 0, 3, 3, 1, 1, 1, 3, 2, 2])
    #expect(table.intersectionOverUnion(truth: 1, predicted: 1) == 0.75)
    #expect(table.intersectionOverUnion(truth: 0, predicted: 3) == 0.4)
    #expect(table.intersectionOverUnion(truth: 7, predicted: 0) == 0)
    // Pairs 0–0 (0.5), 1–1 (0.75), 2–2 (1), and nothing with 3.
    #expect(table.meanIntersectionOverUnion == 0.5625)
    let covering = try #require(table.segmentationCovering())
    #expect(covering.mean == 0.875)
    // 0.75 of four points and all of two.
    #expect(covering.scaled == 5.0 / 6.0)
    let empty = try Contingency(truth: [0, 0], predicted: [0, 1])
    #expect(empty.segmentationCovering() == nil)
    #expect(empty.meanIntersectionOverUnion == 0.25)
    #expect(try Contingency(truth: [], predicted: []).meanIntersectionOverUnion == nil)
  }

  @Test("the squared error is a mean over elements")
  func squaredError() throws {
    func tensor(_ type: TensorType, _ values: [Double]) -> HostTensor {
      HostTensor(type, converting: values)
    }
    let a = tensor(.f32([2, 2]), [0, 1, 0.5, 2])
    let b = tensor(.f32([2, 2]), [0, 0, 1, 2])
    #expect(try SquaredError.mean(a, b) == 0.3125)
    let shapes = #expect(throws: Diagnostic.self) {
      try SquaredError.mean(a, tensor(.f32([4]), [0, 0, 0, 0]))
    }
    #expect(shapes?.code == "metrics.shape")
    let none = tensor(.f32([0]), [])
    #expect(throws: Diagnostic.self) { try SquaredError.mean(none, none) }
  }

  @Test("what is no segmentation or no cost is refused with its place")
  func refusals() throws {
    func message(_ body: () throws -> Void) -> String? {
      do { try body() } catch { return (error as? Diagnostic)?.message }
      return nil
    }
    #expect(
      message { _ = try Contingency(truth: [0, 1], predicted: [0]) }
        == "both segmentations must have the same points, got 2 true and 1 predicted")
    #expect(
      message { _ = try Contingency(truth: [0, -1], predicted: [0, 0]) }
        == "a true label must be 0 to 4095, got -1 at point 1")
    #expect(
      message { _ = try Contingency(truth: [0, 1], predicted: [4096, 0]) }
        == "a predicted label must be 0 to 4095, got 4096 at point 0")
    #expect(
      message { _ = try LinearAssignment.minimizing([0, 1, .nan, 2], rows: 2, columns: 2) }
        == "an assignment needs finite costs, got nan at row 1, column 0")
  }
}
