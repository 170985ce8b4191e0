import Foundation
import SmaltiRuntime
import TensorCore
import TileIR

/// The levels whose code this machine can run.
let levelsHere = TargetLevel.all.filter { level in
  MachineFeatures(level: level.name).map(MachineFeatures.current.isSuperset(of:)) ?? false
}

/// `y[i] = a * x[i] + y[i]` in whole vectors of the level; `count` is a multiple of its lanes.
func saxpy(_ level: TargetLevel, name: String = "saxpy") -> String {
  let vector = "<\(level.vectorByteCount / 4) x float>"
  let bits = level.vectorByteCount * 8
  return """
    define void @\(name)(float %a, ptr noalias %x, ptr noalias %y, i64 %count) #0 {
    entry:
      %lane = insertelement \(vector) poison, float %a, i64 0
      %scale = shufflevector \(vector) %lane, \(vector) poison, \(vector.mask) zeroinitializer
      br label %body
    body:
      %i = phi i64 [ 0, %entry ], [ %next, %body ]
      %px = getelementptr inbounds float, ptr %x, i64 %i
      %py = getelementptr inbounds float, ptr %y, i64 %i
      %vx = load \(vector), ptr %px, align 4
      %vy = load \(vector), ptr %py, align 4
      %sum = call \(vector) @llvm.fma.v\(level.vectorByteCount / 4)f32(\(vector) %scale, \(vector) %vx, \(vector) %vy)
      store \(vector) %sum, ptr %py, align 4
      %next = add nsw i64 %i, \(level.vectorByteCount / 4)
      %more = icmp slt i64 %next, %count
      br i1 %more, label %body, label %exit
    exit:
      ret void
    }
    declare \(vector) @llvm.fma.v\(level.vectorByteCount / 4)f32(\(vector), \(vector), \(vector))
    attributes #0 = { nounwind "prefer-vector-width"="\(bits)" "min-legal-vector-width"="\(bits)" }
    """
}

extension String {
  /// The type of a shuffle mask with as many lanes as this vector type.
  fileprivate var mask: String { replacing("float", with: "i32") }
}

/// `void (float a, const float *x, float *y, int64_t count)`
typealias Saxpy =
  @convention(c) (
    Float, UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int
  ) -> Void

/// What `body` throws, or nil.
func diagnostic<T>(_ body: () throws(Diagnostic) -> T) -> Diagnostic? {
  do throws(Diagnostic) {
    _ = try body()
    return nil
  } catch { return error }
}

/// The output of a program of this machine.
func output(of program: String, _ arguments: [String]) throws -> String {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = [program] + arguments
  let pipe = Pipe()
  process.standardOutput = pipe
  try process.run()
  let data = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return String(decoding: data, as: UTF8.self)
}
