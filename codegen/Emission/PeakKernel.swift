import TileIR

/// The loop that a level's peak is measured by: independent `fma` on its widest vectors, in
/// registers alone, as LLVM text.
///
/// Each pass adds one product to each accumulator. Nothing of it can be left out: accumulators start
/// at different numbers, so none stands for another; the factors come from memory, so the products
/// are not known; and the sum of all is stored once.
///
/// - Source: latency and ports of `fma` from Agner Fog, "Instruction tables" (Skylake-X, Zen 3 and 4)
///   and Arm, "Neoverse V1 Core Software Optimization Guide".
public struct PeakKernel: Sendable {
  public static let symbol = "smalti_peak"
  public let level: TargetLevel

  public init(_ level: TargetLevel) { self.level = level }

  /// Three quarters of the registers: 12 of 16, 24 of 32. An `fma` takes 4 cycles and a core starts
  /// 2 of them in each (4 with NEON on wide cores), so 8 to 16 keep it busy.
  public var accumulatorCount: Int { level.vectorRegisterCount * 3 / 4 }

  private var lanes: Int { level.vectorByteCount / 4 }

  /// Floating-point operations of one task.
  public func flops(passes: Int) -> Int { passes * accumulatorCount * lanes * 2 }

  /// What a task is told: the number of passes as i64, at least 1, then the two factors as f32.
  public func arguments(passes: Int) -> [UInt8] {
    let factors = [Float](repeating: 1, count: 2)
    return withUnsafeBytes(of: Int64(passes), Array.init) + factors.withUnsafeBytes(Array.init)
  }

  /// What each lane of a task's result is when all passes were made; exact up to 2^24.
  public func sum(passes: Int) -> Float {
    Float(accumulatorCount * passes + accumulatorCount * (accumulatorCount - 1) / 2)
  }
}

// MARK: - Text
extension PeakKernel {
  /// A module with the kernel, called as the runtime calls all kernels. Task `i` writes one vector
  /// to buffer 0 at `i` times its size.
  public var text: String {
    let writer = IRWriter()
    let vector = "<\(lanes) x float>"
    let passes = writer.value("load i64, ptr %arguments, align 8")
    let factors = [8, 12].map { splat(argument: $0, writer) }
    let sums = writer.value("load ptr, ptr %buffers, align 8")
    let start = writer.value("mul nsw i64 %task, \(level.vectorByteCount)")
    let place = writer.value("getelementptr inbounds i8, ptr \(sums), i64 \(start)")
    writer.jump(to: "pass")
    // The test stands at the end, so that a pass is one block.
    writer.start("pass")
    writer.effect("%pass.i = phi i64 [ 0, %entry ], [ %pass.next, %pass ]")
    for number in 0..<accumulatorCount {
      writer.effect(
        "%sum\(number) = phi \(vector) [ \(constant(number)), %entry ], [ %next\(number), %pass ]")
    }
    for number in 0..<accumulatorCount {
      writer.effect(
        "%next\(number) = call \(vector) @llvm.fma.v\(lanes)f32(\(vector) \(factors[0]), "
          + "\(vector) \(factors[1]), \(vector) %sum\(number))")
    }
    writer.effect("%pass.next = add nsw i64 %pass.i, 1")
    let goesOn = writer.value("icmp slt i64 %pass.next, \(passes)")
    writer.branch(goesOn, "pass", "done")
    writer.start("done")
    let total = (1..<accumulatorCount).reduce("%next0") { sum, number in
      writer.value("fadd \(vector) \(sum), %next\(number)")
    }
    writer.effect("store \(vector) \(total), ptr \(place), align 4")
    writer.effect("ret void")
    return """
      define void @\(Self.symbol)(ptr noalias nocapture readonly %buffers, \
      ptr nocapture readonly %arguments, i64 %task, ptr noalias nocapture %scratch) #0 {
      entry:
      \(writer.lines.joined(separator: "\n"))
      }

      declare \(vector) @llvm.fma.v\(lanes)f32(\(vector), \(vector), \(vector))

      attributes #0 = { nounwind "prefer-vector-width"="\(level.vectorByteCount * 8)" \
      "min-legal-vector-width"="\(level.vectorByteCount * 8)" }

      """
  }

  /// A float of the arguments in all lanes.
  private func splat(argument byteOffset: Int, _ writer: IRWriter) -> String {
    let place = writer.value("getelementptr inbounds i8, ptr %arguments, i64 \(byteOffset)")
    let scalar = writer.value("load float, ptr \(place), align 4")
    let vector = "<\(lanes) x float>"
    let lane = writer.value("insertelement \(vector) poison, float \(scalar), i64 0")
    return writer.value(
      "shufflevector \(vector) \(lane), \(vector) poison, <\(lanes) x i32> zeroinitializer")
  }

  /// A whole number in all lanes.
  private func constant(_ number: Int) -> String {
    "<" + [String](repeating: "float \(number).0", count: lanes).joined(separator: ", ") + ">"
  }
}
