/// What a run does: a list of phases over buffers, as pure data.
///
/// The compiler writes a plan, the runtime reads it, and ``PlanVerifier`` checks it by code that
/// made no part of it. A plan names kernels by symbol and buffers by number; it holds no address.
///
/// - Units: sizes and offsets are bytes.
public struct Plan: Sendable, Hashable {
  /// The alignment of arena buffers, constants, weights and states: one cache line, which is one
  /// AVX-512 register and one row of an AMX tile.
  public static let alignment = 64

  /// The entry point: `encode`, `decode`, `whole`.
  public var name: String
  /// The feature level the kernels were compiled for, as `x86-64-v4+amx`; empty for any machine.
  public var level = ""
  public var inputs: [Slot] = []
  public var outputs: [Slot] = []
  /// Prepared weights: packed blocks whose layout the compiler chose.
  public var weights: [Slot] = []
  /// Buffers that outlive a run; a run reads and replaces them.
  public var states: [Slot] = []
  public var constants: [Constant] = []
  /// Buffers between steps, laid out in one arena.
  public var buffers: [Buffer] = []
  public var arenaByteCount = 0
  /// Memory of each worker alone, with contents left by other tasks.
  public var scratchByteCount = 0
  public var steps: [Step] = []

  public init(name: String) {
    self.name = name
  }
}

extension Plan {
  /// A buffer that the caller brings.
  public struct Slot: Sendable, Hashable {
    public var name: String
    /// The type as text, as `f32[1, 16, 64, 64, 3]`; the runtime only repeats it.
    public var type: String
    public var byteCount: Int
    /// The power of two that the buffer's address divides by. The default, 16, is what `malloc`
    /// and NumPy give.
    public var alignment: Int

    public init(_ name: String, type: String, byteCount: Int, alignment: Int = 16) {
      self.name = name
      self.type = type
      self.byteCount = byteCount
      self.alignment = alignment
    }
  }

  /// Bytes that belong to the plan.
  public struct Constant: Sendable, Hashable {
    public var name: String
    public var bytes: [UInt8]

    public init(_ name: String, bytes: [UInt8]) {
      self.name = name
      self.bytes = bytes
    }
  }

  /// A part of the arena from the start of `firstStep` to the end of `lastStep`.
  public struct Buffer: Sendable, Hashable {
    public var name: String
    public var byteOffset: Int
    public var byteCount: Int
    public var firstStep: Int
    public var lastStep: Int

    public init(_ name: String, byteOffset: Int, byteCount: Int, steps: ClosedRange<Int>) {
      self.name = name
      self.byteOffset = byteOffset
      self.byteCount = byteCount
      self.firstStep = steps.lowerBound
      self.lastStep = steps.upperBound
    }
  }

  /// Where a binding points. `arena` counts ``Plan/buffers``.
  public enum Space: String, Sendable, Hashable, CaseIterable {
    case input, output, weight, state, constant, arena
  }

  /// What a step does with a binding. `write` also covers a kernel that reads back what the same
  /// task has written; `readWrite` needs contents from an earlier step.
  public enum Access: String, Sendable, Hashable {
    case read, write, readWrite

    public var reads: Bool { self != .write }
    public var writes: Bool { self != .read }
  }

  /// The bytes `byteOffset..<byteOffset + byteCount` of buffer `index` of `space`, as a kernel's
  /// argument. All tasks of the step together touch nothing outside.
  public struct Binding: Sendable, Hashable {
    public var space: Space
    public var index: Int
    public var byteOffset: Int
    public var byteCount: Int
    public var access: Access

    public init(
      _ access: Access, _ space: Space, _ index: Int, byteOffset: Int = 0, byteCount: Int
    ) {
      self.access = access
      self.space = space
      self.index = index
      self.byteOffset = byteOffset
      self.byteCount = byteCount
    }
  }

  /// One phase: a kernel for every task in `0..<taskCount`, then a barrier. Tasks of a step run in
  /// any order and at the same time, so none reads what another one writes.
  public struct Step: Sendable, Hashable {
    public var name: String
    /// The symbol of the kernel. Steps with equal tile programs share one.
    public var kernel: String
    public var taskCount: Int
    public var bindings: [Binding]
    /// Constant bytes handed to the kernel, aligned to 8.
    public var arguments: [UInt8]
    /// Labels of the graph nodes that this step computes.
    public var nodes: [String]
    /// Twice the multiply-adds of its contractions and convolutions.
    public var flops: Int
    /// Operands and results outside scratch.
    public var bytesMoved: Int

    public init(
      _ name: String, kernel: String, taskCount: Int = 1, bindings: [Binding],
      arguments: [UInt8] = [], nodes: [String] = [], flops: Int = 0, bytesMoved: Int = 0
    ) {
      self.name = name
      self.kernel = kernel
      self.taskCount = taskCount
      self.bindings = bindings
      self.arguments = arguments
      self.nodes = nodes
      self.flops = flops
      self.bytesMoved = bytesMoved
    }
  }
}

extension Plan {
  /// The name and size of the buffer that `binding` points into, or nil if there is none.
  public func target(of binding: Binding) -> (name: String, byteCount: Int)? {
    func slot(_ slots: [Slot]) -> (name: String, byteCount: Int)? {
      guard slots.indices.contains(binding.index) else { return nil }
      return (slots[binding.index].name, slots[binding.index].byteCount)
    }
    switch binding.space {
    case .input: return slot(inputs)
    case .output: return slot(outputs)
    case .weight: return slot(weights)
    case .state: return slot(states)
    case .constant:
      guard constants.indices.contains(binding.index) else { return nil }
      return (constants[binding.index].name, constants[binding.index].bytes.count)
    case .arena:
      guard buffers.indices.contains(binding.index) else { return nil }
      return (buffers[binding.index].name, buffers[binding.index].byteCount)
    }
  }

  /// All floating-point operations of a run.
  public var flops: Int { steps.reduce(0) { $0 + $1.flops } }
}
