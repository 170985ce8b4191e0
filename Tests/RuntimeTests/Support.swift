// A plan of three steps over every kind of buffer, and its kernels.
//
//     hidden  = x * weight + 1          48 tasks, one number each
//     shifted = hidden + constant       6 tasks of 8 numbers, through scratch, last block first
//     y       = sum(shifted) + counter  6 tasks; counter, a state, grows by 1

import CSmaltiRuntime
import ExecutionPlan
import SmaltiRuntime

enum Sums {
  static let blockCount = 6
  static let blockLength = 8
  static let count = blockCount * blockLength

  static var plan: Plan {
    let byteCount = count * 4
    var plan = Plan(name: "sums")
    plan.inputs = [.init("x", type: "f32[48]", byteCount: byteCount)]
    plan.outputs = [.init("y", type: "f32[6]", byteCount: 24)]
    plan.weights = [.init("weight", type: "f32[1]", byteCount: 4, alignment: 64)]
    plan.states = [.init("counter", type: "f32[6]", byteCount: 24, alignment: 64)]
    let constant = (0..<blockLength).map { Float($0) / 2 }
    plan.constants = [.init("offsets", bytes: constant.withUnsafeBytes { Array($0) })]
    plan.buffers = [
      .init("hidden", byteOffset: 0, byteCount: byteCount, steps: 0...1),
      .init("shifted", byteOffset: 192, byteCount: byteCount, steps: 1...2),
    ]
    plan.arenaByteCount = 384
    plan.scratchByteCount = blockLength * 4
    plan.steps = [scale, shift, sum]
    return plan
  }

  private static var scale: Plan.Step {
    Plan.Step(
      "scale", kernel: "scale_f32", taskCount: count,
      bindings: [
        .init(.read, .input, 0, byteCount: count * 4), .init(.read, .weight, 0, byteCount: 4),
        .init(.write, .arena, 0, byteCount: count * 4),
      ],
      arguments: withUnsafeBytes(of: Float(1)) { Array($0) }, nodes: ["%0", "%1"],
      flops: 2 * count, bytesMoved: 388)
  }

  private static var shift: Plan.Step {
    Plan.Step(
      "shift", kernel: "shift_f32", taskCount: blockCount,
      bindings: [
        .init(.read, .arena, 0, byteCount: count * 4),
        .init(.read, .constant, 0, byteCount: blockLength * 4),
        .init(.write, .arena, 1, byteCount: count * 4),
      ], bytesMoved: 416)
  }

  private static var sum: Plan.Step {
    Plan.Step(
      "sum", kernel: "sum_f32", taskCount: blockCount,
      bindings: [
        .init(.read, .arena, 1, byteCount: count * 4),
        .init(.readWrite, .state, 0, byteCount: 24), .init(.write, .output, 0, byteCount: 24),
      ], bytesMoved: 264)
  }

  static let input = (0..<count).map { Float($0) }

  /// What `y` is in run number `run`, counted from 0. The blocks are turned round so that buffers
  /// which wrongly share bytes give wrong numbers.
  static func expected(weight: Float, run: Int) -> [Float] {
    (0..<blockCount).reversed().map { block in
      let sum = (0..<blockLength).reduce(Float(0)) { sum, i in
        sum + Float(block * blockLength + i) * weight + 1 + Float(i) / 2
      }
      return sum + Float(run)
    }
  }

  static func loaded(weight: Float = 2) throws -> LoadedPlan {
    try LoadedPlan(plan, weights: [AlignedBytes([weight])]) { kernels[$0] }
  }

  static var kernels: [String: UnsafeRawPointer] {
    [
      "scale_f32": address(of: scaleKernel), "shift_f32": address(of: shiftKernel),
      "sum_f32": address(of: sumKernel),
    ]
  }
}

func address(of kernel: smalti_kernel) -> UnsafeRawPointer {
  unsafeBitCast(kernel, to: UnsafeRawPointer.self)
}

extension UnsafePointer where Pointee == UnsafeMutableRawPointer? {
  /// The numbers at binding `index`.
  func numbers(_ index: Int) -> UnsafeMutablePointer<Float> {
    self[index]!.assumingMemoryBound(to: Float.self)
  }
}

let scaleKernel: smalti_kernel = { buffers, arguments, task, _ in
  let (x, weight, hidden) = (buffers!.numbers(0), buffers!.numbers(1), buffers!.numbers(2))
  hidden[Int(task)] = x[Int(task)] * weight[0] + arguments!.load(as: Float.self)
}

let shiftKernel: smalti_kernel = { buffers, _, task, scratch in
  let own = scratch!.assumingMemoryBound(to: Float.self)
  let first = Int(task) * Sums.blockLength
  let turned = (Sums.blockCount - 1 - Int(task)) * Sums.blockLength
  for i in 0..<Sums.blockLength {
    own[i] = buffers!.numbers(0)[turned + i] + buffers!.numbers(1)[i]
  }
  for i in 0..<Sums.blockLength { buffers!.numbers(2)[first + i] = own[i] }
}

let sumKernel: smalti_kernel = { buffers, _, task, _ in
  let (shifted, counter, y) = (buffers!.numbers(0), buffers!.numbers(1), buffers!.numbers(2))
  let first = Int(task) * Sums.blockLength
  var sum: Float = 0
  for i in 0..<Sums.blockLength { sum += shifted[first + i] }
  y[Int(task)] = sum + counter[Int(task)]
  counter[Int(task)] += 1
}
