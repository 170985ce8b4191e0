import Foundation
import GraphIR
import GraphOps
import TensorCore
import Testing

/// What the interpreter costs. Prints, and only when asked: a busy machine must not fail a test.
///
///     SMALTI_MEASURE=1 swift test -c release --disable-testable-imports \
///       --filter InterpreterMeasurement
@Suite struct InterpreterMeasurement {
  @Test func printCosts() throws {
    guard ProcessInfo.processInfo.environment["SMALTI_MEASURE"] == "1" else { return }
    products()
    moves()
    maps()
    reductions()
  }

  private func products() {
    let square = [HostTensor.noise(.f32([512, 512]), "a"), .noise(.f32([512, 512]), "b")]
    measure("contract 512x512x512", 512 * 512 * 512, Contract(), square)
    let transposed = Contract().setting(\.equation, to: "ik,jk->ij")
    measure("contract ik,jk->ij 512", 512 * 512 * 512, transposed, square)
    let thin = [HostTensor.noise(.f32([65536, 64]), "a"), .noise(.f32([64, 4]), "b")]
    measure("contract 65536x64x4", 65536 * 64 * 4, Contract(), thin)
    let heads = [
      HostTensor.noise(.f32([2, 256, 4, 32]), "q"), .noise(.f32([2, 256, 4, 32]), "k"),
    ]
    let scores = Contract().setting(\.equation, to: "bnhd,bmhd->bhnm")
    measure("contract bnhd,bmhd->bhnm", 2 * 4 * 256 * 256 * 32, scores, heads)
    let integers = [HostTensor.noise(.i32([256, 256]), "a"), .noise(.i32([256, 256]), "b")]
    measure("contract i32 256", 256 * 256 * 256, Contract(), integers)
    let attention = (0..<3).map { HostTensor.noise(.f32([8, 256, 64]), "\($0)") }
    measure("attention 8x256x64", 8 * 256 * 256 * 128, Attention(), attention)

    var strided = Convolution()
    strided.strides = [2, 2]
    strided.padding = [1, 1, 1, 1]
    let first = [HostTensor.noise(.f32([4, 64, 64, 3]), "x"), .noise(.f32([4, 4, 3, 128]), "w")]
    measure("convolution 4x4/2 3 to 128", 4 * 32 * 32 * 16 * 3 * 128, strided, first)
    let middle = [
      HostTensor.noise(.f32([4, 32, 32, 128]), "x"), .noise(.f32([4, 4, 128, 128]), "w"),
    ]
    measure("convolution 4x4/2 128 to 128", 4 * 16 * 16 * 16 * 128 * 128, strided, middle)
    var last = Convolution()
    last.padding = [1, 1, 1, 1]
    let thinOut = [
      HostTensor.noise(.f32([4, 32, 32, 64]), "x"), .noise(.f32([3, 3, 64, 4]), "w"),
    ]
    measure("convolution 3x3 64 to 4", 4 * 32 * 32 * 9 * 64 * 4, last, thinOut)
    last.groups = 64
    let deep = [HostTensor.noise(.f32([4, 32, 32, 64]), "x"), .noise(.f32([3, 3, 1, 64]), "w")]
    measure("convolution 3x3 depth-wise 64", 4 * 32 * 32 * 9 * 64, last, deep)
    measure("average pool 2x2, per input", 4 * 32 * 32 * 128, AveragePool(), [middle[0]])
  }

  private func moves() {
    let x = HostTensor.noise(.f32([64, 128, 128]))
    let count = x.count
    measure("transpose 2 0 1", count, Transpose().setting(\.order, to: [2, 0, 1]), [x])
    measure("transpose 0 2 1", count, Transpose().setting(\.order, to: [0, 2, 1]), [x])
    let thin = x.reshaped(to: [64 * 128, 32, 4])
    measure("transpose 1 0 2, inner 4", count, Transpose().setting(\.order, to: [1, 0, 2]), [thin])
    let shape = Broadcast().setting(\.dimensions, to: [64, 128, 128])
    measure("broadcast a row", count, shape, [.noise(.f32([128]))])
    measure("broadcast a column", count, shape, [.noise(.f32([128, 1]))])
    measure("concatenate", 2 * count, Concatenate(), [x, x])
    let pad = Pad().setting(\.low, to: [1, 1, 1]).setting(\.high, to: [1, 1, 1])
    measure("pad", count, pad, [x])
    let rows = HostTensor(.i32([4096]), integers: (0..<4096).map { Int64($0 % 64) })
    measure("gather rows of 256", 4096 * 256, Gather(), [.noise(.f32([64, 256])), rows])
  }

  private func maps() {
    let x = HostTensor.noise(.f32([1 << 20]), "x")
    let y = HostTensor.noise(.f32([1 << 20]), "y")
    for function in [ScalarFunction.add, .multiply, .maximum, .less] {
      measure("\(function)", x.count, Elementwise(function), [x, y])
    }
    measure("add a scalar", x.count, Elementwise(.add), [x, .f32([], [1])])
    for function in [ScalarFunction.negate, .relu, .exponential, .tanh, .sigmoid] {
      measure("\(function)", x.count, Elementwise(function), [x])
    }
    let condition = HostTensor.noise(.bool([1 << 20]))
    measure("select", x.count, Elementwise(.select), [condition, x, y])
    let integers = HostTensor.noise(.i32([1 << 20]))
    measure("add i32", x.count, Elementwise(.add), [integers, integers])
    measure("cast f32 to i32", x.count, Cast().setting(\.target, to: .i32), [x])
    measure("clamp", x.count, Clamp().setting(\.low, to: 0), [x])
    let key = HostTensor.u64([], [1])
    measure("random normal", 1 << 20, RandomNormal().setting(\.dimensions, to: [1 << 20]), [key])
  }

  private func reductions() {
    let x = HostTensor.noise(.f32([1024, 1024]))
    measure("sum along the last axis", x.count, Reduce(.sum).setting(\.axes, to: [1]), [x])
    measure("sum along the first axis", x.count, Reduce(.sum).setting(\.axes, to: [0]), [x])
    measure("maximum with index", x.count, ReduceWithIndex(.maximum), [x])
    measure("moments", x.count, Moments().setting(\.axes, to: [1]), [x])
    measure("softmax", x.count, Softmax(), [x])
    measure("normalize", x.count, Normalize(), [x])
    let integers = HostTensor.noise(.i32([256, 256]))
    measure("sum of i32", integers.count, Reduce(.sum).setting(\.axes, to: [1]), [integers])
  }

  /// The best of three runs, per element or multiply-add.
  private func measure(
    _ label: String, _ count: Int, _ operation: any GraphIR.Operation, _ operands: [HostTensor]
  ) {
    let clock = ContinuousClock()
    let times = (0..<3).map { _ in clock.measure { _ = operation.evaluate(operands) } }
    let nanoseconds = times.min()! / .nanoseconds(1)
    let figure = String(format: "%8.2f", nanoseconds / Double(count))
    print("\(figure) ns  \(label)")
  }
}
