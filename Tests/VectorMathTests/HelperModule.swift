import LLVMBackend
import LLVMEmission
import SmaltiRuntime
import TensorCore
import TileIR

/// Helpers as machine code, each behind a function that applies it to arrays.
final class HelperModule: Sendable {
  let lanes: Int
  private let object: LoadedObject

  /// Every scalar function that has a helper.
  static let functions = ScalarFunction.allCases.filter(VectorMath.hasFunction)

  /// The levels of x86-64 that this machine can run.
  static let levels = [TargetLevel.x86v3, .x86v4].filter { level in
    MachineFeatures(level: level.name).map(MachineFeatures.current.isSuperset) ?? false
  }

  init(_ element: ElementType, lanes: Int, _ level: TargetLevel) throws {
    self.lanes = lanes
    let text = Self.text(element, lanes: lanes)
    object = try LoadedObject([ObjectCompiler(level).object(text)])
  }

  /// The module of the best level, made once.
  static func best(_ element: ElementType) throws -> HelperModule {
    try (element == .f32 ? bestF32 : bestF64).get()
  }

  private static let bestF32 = Result { try HelperModule(.f32, lanes: 16, levels.last!) }
  private static let bestF64 = Result { try HelperModule(.f64, lanes: 8, levels.last!) }

  private typealias Loop =
    @convention(c) (
      UnsafeRawPointer, UnsafeRawPointer, UnsafeMutableRawPointer, Int
    ) -> Void

  /// `name` of each element of `x` and, if it takes two, of `y`.
  func apply<Number: BinaryFloatingPoint & BitwiseCopyable>(
    _ name: String, _ x: [Number], _ y: [Number] = []
  ) -> [Number] {
    loop(name, x, y.isEmpty ? x : y, 0 as Number)
  }

  /// The helper's results, for operands and results of other types.
  func loop<Operand: BitwiseCopyable, Value: BitwiseCopyable>(
    _ name: String, _ x: [Operand], _ y: [Operand], _ zero: Value
  ) -> [Value] {
    precondition(x.count % lanes == 0 && x.count == y.count, "internal: whole vectors only")
    guard let address = object.address(of: name) else { preconditionFailure("no \(name)") }
    let loop = unsafeBitCast(address, to: Loop.self)
    return [Value](unsafeUninitializedCapacity: x.count) { results, count in
      loop(x, y, results.baseAddress!, x.count)
      count = x.count
    }
  }
}

// MARK: - Text
extension HelperModule {
  static func text(_ element: ElementType, lanes: Int) -> String {
    let real = element == .f32 ? "float" : "double"
    var helpers: [VectorHelper] = []
    var loops: [String] = []
    for function in functions {
      let helper = VectorMath.function(function, element, lanes: lanes)
      helpers += helper.closure
      loops.append(
        loop(
          function.rawValue, helper, lanes, operand: real, result: real,
          operandCount: function.operandCount))
    }
    if element == .f32 {
      let uniform = VectorMath.uniform(lanes: lanes)
      let normal = VectorMath.normal(lanes: lanes)
      helpers += [uniform, normal]
      loops.append(
        loop("uniform", uniform, lanes, operand: "i32", result: "float", operandCount: 1))
      loops.append(loop("normal", normal, lanes, operand: "i32", result: "float", operandCount: 2))
      let philox = VectorMath.philox(lanes: lanes)
      helpers.append(philox)
      loops.append(words(philox, lanes))
    }
    var seen: Set<String> = []
    return (helpers.filter { seen.insert($0.name).inserted }.map(\.definition) + loops)
      .joined(separator: "\n")
  }

  private static func vector(_ type: String, _ lanes: Int) -> String {
    lanes == 1 ? type : "<\(lanes) x \(type)>"
  }

  private static func loop(
    _ name: String, _ helper: VectorHelper, _ lanes: Int, operand: String, result: String,
    operandCount: Int
  ) -> String {
    let (from, to) = (vector(operand, lanes), vector(result, lanes))
    let arguments = operandCount == 2 ? "\(from) %a, \(from) %b" : "\(from) %a"
    return counting(
      name, lanes,
      """
        %xs = getelementptr \(operand), ptr %x, i64 %i
        %ys = getelementptr \(operand), ptr %y, i64 %i
        %outs = getelementptr \(result), ptr %out, i64 %i
        %a = load \(from), ptr %xs, align 1
        %b = load \(from), ptr %ys, align 1
        %r = call \(to) \(helper.name)(\(arguments))
        store \(to) %r, ptr %outs, align 1
      """)
  }

  /// Words 0 and 1 of each block as one 64-bit number. `y` holds the key.
  private static func words(_ philox: VectorHelper, _ lanes: Int) -> String {
    let (word, wide) = (vector("i32", lanes), vector("i64", lanes))
    let shift = lanes == 1 ? "32" : "splat (i64 32)"
    return counting(
      "philox", lanes,
      """
        %xs = getelementptr i64, ptr %x, i64 %i
        %outs = getelementptr i64, ptr %out, i64 %i
        %a = load \(wide), ptr %xs, align 1
        %key = load i64, ptr %y, align 1
        %pair = call { \(word), \(word) } \(philox.name)(i64 %key, \(wide) %a)
        %w0 = extractvalue { \(word), \(word) } %pair, 0
        %w1 = extractvalue { \(word), \(word) } %pair, 1
        %low = zext \(word) %w0 to \(wide)
        %high = zext \(word) %w1 to \(wide)
        %shifted = shl \(wide) %high, \(shift)
        %r = or \(wide) %low, %shifted
        store \(wide) %r, ptr %outs, align 1
      """)
  }

  private static func counting(_ name: String, _ lanes: Int, _ body: String) -> String {
    """
    define void @\(name)(ptr %x, ptr %y, ptr %out, i64 %count) {
      br label %turn
    turn:
      %i = phi i64 [ 0, %0 ], [ %next, %turn ]
    \(body)
      %next = add i64 %i, \(lanes)
      %more = icmp slt i64 %next, %count
      br i1 %more, label %turn, label %done
    done:
      ret void
    }
    """
  }
}
