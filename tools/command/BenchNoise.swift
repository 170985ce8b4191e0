import Foundation
import ModelRequests
import Smalti

/// Inputs drawn anew for each run: uniform in [0, 1) where they are floating numbers, zeros where
/// they may be indices. The same for every row.
struct NoiseInputs {
  let buffers: [String: AlignedBytes]
  private let types: [(name: String, type: TensorType)]
  private let seed: Key

  /// - Errors: `noMemory`.
  init(_ graph: Graph, _ seed: Key) throws(RunError) {
    types = graph.arguments.map { ($0.name, graph.type($0.value)) }
    self.seed = seed
    let (needed, there) = (
      types.reduce(0) { $0 + $1.type.byteCount }, ProcessInfo.processInfo.physicalMemory
    )
    guard needed <= there else {
      throw RunError(
        .noMemory,
        "the inputs of '\(graph.name)' need \(needed) bytes, this machine has \(there); "
          + "work in smaller parts")
    }
    buffers = Dictionary(
      uniqueKeysWithValues: types.map { ($0.name, AlignedBytes(byteCount: $0.type.byteCount)) })
  }

  /// Fills all buffers with the numbers of a repetition; 0 is the first call.
  func draw(_ repetition: Int) {
    for (name, type) in types {
      let key = seed.folded(name).folded(UInt64(repetition))
      guard let bytes = buffers[name]?.bytes else { continue }
      if type.element == .f32 {
        // Element by element: a tensor of the host would show in the row's memory.
        for index in 0..<type.shape.count {
          let value = Float(key.uniform(at: index))
          bytes.storeBytes(of: value, toByteOffset: index * 4, as: Float.self)
        }
      } else if type.element.isFloating {
        let values = (0..<type.shape.count).map(key.uniform(at:))
        bytes.copyBytes(from: HostTensor(type, converting: values).bytes)
      } else if name == "key", type == .u64([]) {
        bytes.copyBytes(from: HostTensor.u64([], [key.bits]).bytes)
      }
    }
  }

  /// Writes what `draw` has drawn as files of bare bytes, named by the numbers of the inputs.
  ///
  /// - Errors: `file.unwritable`.
  func write(to folder: String) throws(Diagnostic) {
    for (number, (name, _)) in types.enumerated() {
      guard let bytes = buffers[name]?.bytes else { continue }
      try AtomicFile.write(to: "\(folder)/\(number)") { (writer) throws(Diagnostic) in
        try writer.append(UnsafeRawBufferPointer(bytes))
      }
    }
  }
}

/// Memory as Linux counts it, in bytes.
enum BenchMemory {
  /// The most of this process that was ever resident.
  ///
  /// Not `ru_maxrss`: at `exec` Linux carries over what the process was before, so a child would
  /// show at least the memory of the command that started it (proc(5), `VmHWM`; getrusage(2)).
  static var peakResident: Int { fact("VmHWM:", in: "/proc/self/status") }
  /// What of this process is resident now.
  static var resident: Int { fact("VmRSS:", in: "/proc/self/status") }
  /// What a new process could have without swapping.
  static var available: Int { fact("MemAvailable:", in: "/proc/meminfo") }

  private static func fact(_ name: String, in path: String) -> Int {
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
    let words = line?.split(whereSeparator: \.isWhitespace) ?? []
    guard words.count > 1, let kibibytes = Int(words[1]) else {
      preconditionFailure("internal: \(path) has no \(name)")
    }
    return kibibytes * 1024
  }
}
