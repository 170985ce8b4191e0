import GraphCompiler
import LLVMBackend
import LLVMEmission
import SmaltiRuntime
import Testing
import TileIR

/// The loop that measures the peak, as the processor sees it.
@Suite("The peak: machine code")
struct PeakKernelTests {
  /// The instructions of the loop: from its label to the jump back to it.
  static func loop(_ level: TargetLevel) throws -> [Substring] {
    let assembly = try ObjectCompiler(level).assembly(PeakKernel(level).text)
    let lines = assembly.split(separator: "\n").map { $0.drop(while: \.isWhitespace) }
    let isJump = { (line: Substring) in line.contains(/^(j[a-z]+|b\.[a-z]+)\s+\.L/) }
    let back = try #require(lines.firstIndex(where: isJump))
    let label = try #require(lines[back].split(whereSeparator: \.isWhitespace).last)
    let start = try #require(lines.firstIndex { $0.hasPrefix("\(label):") })
    #expect(start < back, "the loop is one block")
    #expect(lines[(back + 1)...].filter(isJump).isEmpty, "there is no other loop")
    return lines[(start + 1)...back].filter { !$0.hasPrefix("#") && !$0.hasPrefix(".") }
  }

  @Test(
    "holds an fma for each accumulator, counts, jumps, and does nothing else",
    arguments: [
      (TargetLevel.x86v3, 12, "^vfmadd231ps\\s+%ymm\\d+, %ymm\\d+, %ymm\\d+"),
      (.x86v4, 24, "^vfmadd231ps\\s+%zmm\\d+, %zmm\\d+, %zmm\\d+"),
      (.aarch64, 24, "^fmla\\s+v\\d+\\.4s, v\\d+\\.4s, v\\d+\\.(4s|s\\[0\\])"),
    ])
  func isOnlyProducts(_ level: TargetLevel, _ count: Int, _ expected: String) throws {
    let loop = try Self.loop(level)
    let products = try loop.filter { try Regex(expected).firstMatch(in: $0) != nil }
    #expect(PeakKernel(level).accumulatorCount == count)
    #expect(products.count == count)
    // Each has an accumulator of its own; AT&T order names it last, Arm's first.
    let registers = products.map { line in
      let words = line.split { $0.isWhitespace || $0 == "," }
      return level == .aarch64 ? words[1] : words[3]
    }
    #expect(Set(registers).count == count)
    // What is left: the counter, its comparison, the jump.
    let rest = loop.filter { !products.contains($0) }
    #expect(rest.count <= 3, "\(rest)")
    for line in loop {
      #expect(!line.contains("(") && !line.contains(/\[[a-z]/), "touches memory: \(line)")
    }
  }
}

/// What is measured.
@Suite("The peak: measured", .serialized)
struct PeakMeasurementTests {
  static let levels = TargetLevel.all.filter { level in
    MachineFeatures(level: level.name).map(MachineFeatures.current.isSuperset(of:)) ?? false
  }

  @Test("every task makes all its passes", arguments: levels, [1, 3])
  func makesAllPasses(_ level: TargetLevel, _ threads: Int) throws {
    let peak = try PeakMeasurement(level, pool: ThreadPool(threads: threads), usesCache: false)
    let passes = PeakMeasurement.passesPerTask
    let expected = peak.kernel.sum(passes: passes)
    // Below 2^24 every step of the sum is exact in f32.
    #expect(expected < 0x1p24 && expected > Float(passes))
    let sums = try peak.round().elements(as: Float.self)
    #expect(sums.count == threads * 8 * level.vectorByteCount / 4)
    #expect(sums.allSatisfy { $0 == expected })
    #expect(peak.threadCount == threads)
  }

  @Test("is what a core of our day can do, and takes the time it is given", arguments: levels)
  func isSane(_ level: TargetLevel) throws {
    let peak = try PeakMeasurement(level, pool: ThreadPool(threads: 1), usesCache: false)
    let clock = ContinuousClock()
    let start = clock.now
    let rate = try peak.gigaflopsPerSecond()
    #expect(clock.now - start >= .milliseconds(200))
    // From 0.2 GHz with one `fma` a cycle (a core that others share) to 8 GHz with four.
    let flopsPerProduct = Double(level.vectorByteCount / 4 * 2)
    #expect(rate > 0.2 * flopsPerProduct)
    #expect(rate < 8 * 4 * flopsPerProduct)
  }
}
