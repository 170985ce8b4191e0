// Bits must not depend on how many lanes are computed together, nor on the level.

import LLVMBackend
import LLVMEmission
import RealModule
import TensorCore
import Testing
import TileIR

@Suite("Lanes of vector mathematics")
struct LaneTests {
  @Test(
    "all lane counts and levels give the same bits",
    arguments: [ElementType.f32, .f64], HelperModule.levels)
  func agreesOverLanes(_ element: ElementType, _ level: TargetLevel) throws {
    let points = Points()
    let reference = try HelperModule.best(element)
    for lanes in [1, 4, 8, 16] {
      let module = try HelperModule(element, lanes: lanes, level)
      for function in HelperModule.functions {
        let name = function.rawValue
        let differences =
          element == .f32
          ? differences(module, reference, name, points.x.map(Float.init), points.y.map(Float.init))
          : differences(module, reference, name, points.x, points.y)
        #expect(differences == 0, "\(name) of \(element) in \(lanes) lanes, \(level)")
      }
    }
  }

  private func differences<Number: BinaryFloatingPoint & BitwiseCopyable>(
    _ one: HelperModule, _ other: HelperModule, _ name: String, _ x: [Number], _ y: [Number]
  ) -> Int {
    zip(one.apply(name, x, y), other.apply(name, x, y))
      .count { a, b in (a != b || a.sign != b.sign) && !(a.isNaN && b.isNaN) }
  }

  @Test("every helper becomes an object for NEON", arguments: [ElementType.f32, .f64])
  func compilesForNEON(_ element: ElementType) throws {
    for lanes in [1, 4] {
      let text = HelperModule.text(element, lanes: lanes)
      #expect(try !ObjectCompiler(.aarch64).object(text).isEmpty)
    }
  }
}

@Suite("Random numbers in lanes")
struct RandomTests {
  static let keys: [UInt64] = [0, 7, .max, 0x0123_4567_89ab_cdef]

  @Test("Philox gives the words of the reference", arguments: [1, 4, 8, 16], keys)
  func agreesWithPhilox(_ lanes: Int, _ key: UInt64) throws {
    let module = try HelperModule(.f32, lanes: lanes, HelperModule.levels.last!)
    let counters = (0..<64).map { UInt64($0) } + (0..<64).map { UInt64.max - 1000 * UInt64($0) }
    let keys = [UInt64](repeating: key, count: counters.count)
    let words = module.loop("philox", counters, keys, 0 as UInt64)
    let wrong = zip(counters, words).count { $1 != Key(key).folded($0).bits }
    #expect(wrong == 0, "\(wrong) of \(counters.count) blocks")
  }

  @Test("uniforms are exact and normals round once", arguments: keys)
  func agreesWithKey(_ key: UInt64) throws {
    let module = try HelperModule.best(.f32)
    let count = 1 << 16
    let words = (0..<count).map { Key(key).folded(UInt64($0)).bits }
    let first = words.map { UInt32(truncatingIfNeeded: $0) }
    let second = words.map { UInt32($0 >> 32) }
    let uniforms = module.loop("uniform", first, first, 0 as Float)
    let normals = module.loop("normal", first, second, 0 as Float)
    let wrong = uniforms.indices.count { Double(uniforms[$0]) != Key(key).uniform(at: $0) }
    #expect(wrong == 0, "\(wrong) uniforms")
    var largest = LargestError<Float>()
    for index in 0..<count {
      let exact = Key(key).normal(at: index)
      largest.add(ErrorInUnits.of(normals[index], exact), at: [], normals[index])
    }
    #expect(largest.units <= 0.51, "\(largest)")
  }

  @Test("normals at the ends of the uniforms")
  func agreesAtEnds() throws {
    let module = try HelperModule.best(.f32)
    // Fractions 0, 2^-24, 1/2 and 1 - 2^-24; and every eighth of a turn, where the cosine of the
    // reference has up to 1.9e-16 in place of 0, times a radius up to 5.8.
    let fractions: [UInt32] = [0, 1, 2, 1 << 23, (1 << 24) - 2, (1 << 24) - 1]
    let turns: [UInt32] = (0..<8).flatMap { [$0 << 21, ($0 << 21) + 1] }
    var (first, second): ([UInt32], [UInt32]) = ([], [])
    for fraction in fractions {
      first += turns.map { _ in fraction << 8 }
      second += turns.map { $0 << 8 }
    }
    let normals = module.loop("normal", first, second, 0 as Float)
    for index in normals.indices {
      let (u, turn) = (Double(first[index] >> 8) * 0x1p-24, Double(second[index] >> 8) * 0x1p-24)
      let exact = (-2 * Double.log(1 - u)).squareRoot() * .cos(2 * .pi * turn)
      let difference = abs(Double(normals[index]) - exact)
      #expect(difference <= 2e-15 + abs(exact) * 0x1.01p-24, "\(first[index]), \(second[index])")
    }
  }
}
