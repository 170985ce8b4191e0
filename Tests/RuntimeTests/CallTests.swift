// The C entry point called as C callers do, with every mistake that they can make.

import CSmaltiRuntime
import ExecutionPlan
import Foundation
import SmaltiRuntime
import Testing

/// A call whose parts can be spoilt one by one.
struct RawCall {
  let tables = PlanTables(Sums.plan, kernels: Sums.kernels)
  let memory = [192, 24, 4, 24].map { AlignedBytes(byteCount: $0) }
  let space: AlignedBytes
  var inputs: [smalti_buffer]
  var outputs: [smalti_buffer]
  var weights: [smalti_buffer]
  var states: [smalti_buffer]
  var plan: smalti_plan
  var call = smalti_call()
  var stepNanoseconds: [UInt64] = []

  init(workers: UInt32 = 1) {
    plan = tables.plan.pointee
    space = AlignedBytes(byteCount: Int(smalti_workspace_bytes(tables.plan, workers)))
    let buffers = (memory + [space]).map {
      smalti_buffer(pointer: $0.bytes.baseAddress, byte_count: UInt64($0.byteCount))
    }
    (inputs, outputs, weights, states) = ([buffers[0]], [buffers[1]], [buffers[2]], [buffers[3]])
    call.byte_count = UInt32(MemoryLayout<smalti_call>.size)
    call.abi_version = SMALTI_ABI_VERSION
    call.workspace = buffers[4]
    memory[0].bytes.copyBytes(from: Sums.input.withUnsafeBytes { Array($0) })
    memory[2].bytes.storeBytes(of: 2, as: Float.self)
  }

  var result: [Float] { memory[1].elements(as: Float.self) }

  /// Runs the call; the sentence is empty after success.
  mutating func run(_ executor: smalti_executor? = nil) -> (status: smalti_status, text: String) {
    var text = [CChar](repeating: 1, count: 400)
    let status = inputs.withUnsafeBufferPointer { inputs in
      outputs.withUnsafeBufferPointer { outputs in
        weights.withUnsafeBufferPointer { weights in
          states.withUnsafeBufferPointer { states in
            text.withUnsafeMutableBufferPointer { text in
              stepNanoseconds.withUnsafeMutableBufferPointer { times in
                withUnsafePointer(to: executor ?? smalti_executor()) { chosen in
                  call.inputs = inputs.baseAddress
                  call.input_count = UInt64(inputs.count)
                  call.outputs = outputs.baseAddress
                  call.output_count = UInt64(outputs.count)
                  call.weights = weights.baseAddress
                  call.weight_count = UInt64(weights.count)
                  call.states = states.baseAddress
                  call.state_count = UInt64(states.count)
                  call.error_text = text.baseAddress
                  call.error_capacity = UInt64(text.count)
                  call.step_nanoseconds = times.isEmpty ? nil : times.baseAddress
                  call.step_nanosecond_count = UInt64(times.count)
                  call.executor = executor == nil ? nil : chosen
                  return smalti_execute(&plan, &call)
                }
              }
            }
          }
        }
      }
    }
    let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return (smalti_status(UInt32(status)), String(decoding: bytes, as: UTF8.self))
  }
}

/// A mistake in a call, and what the runtime says.
struct BadCall: Sendable, CustomTestStringConvertible {
  var status: smalti_status
  var text: String
  var spoil: @Sendable (inout RawCall) -> Void

  init(_ status: smalti_status, _ text: String, spoil: @escaping @Sendable (inout RawCall) -> Void)
  {
    self.status = status
    self.text = text
    self.spoil = spoil
  }

  var testDescription: String { text }

  static let all: [BadCall] = [
    BadCall(SMALTI_WRONG_VERSION, "the call has ABI version 9, this runtime has 1") {
      $0.call.abi_version = 9
    },
    BadCall(
      SMALTI_WRONG_VERSION,
      "the plan has ABI version 2, this runtime has 1; compile the network again"
    ) {
      $0.plan.abi_version = 2
    },
    BadCall(SMALTI_WRONG_VERSION, "the plan has 8 bytes, version 1 has 152") {
      $0.plan.byte_count = 8
    },
    BadCall(SMALTI_WRONG_COUNT, "the call has 2 input buffers, the plan has 1") {
      $0.inputs += $0.inputs
    },
    BadCall(SMALTI_WRONG_COUNT, "the call has 0 state buffers, the plan has 1") { $0.states = [] },
    BadCall(SMALTI_WRONG_BYTES, "input 'x' has 191 bytes, the plan asks for 192") {
      $0.inputs[0].byte_count -= 1
    },
    BadCall(SMALTI_WRONG_BYTES, "weight 'weight' has 8 bytes, the plan asks for 4") {
      $0.weights[0].byte_count = 8
    },
    BadCall(SMALTI_NULL_ARGUMENT, "output 'y' is null, the plan asks for 24 bytes") {
      $0.outputs[0].pointer = nil
    },
    BadCall(SMALTI_NULL_ARGUMENT, "the workspace is null, 1 workers need 832 bytes") {
      $0.call.workspace.pointer = nil
    },
    BadCall(SMALTI_SMALL_WORKSPACE, "the workspace has 831 bytes, 1 workers need 832") {
      $0.call.workspace.byte_count -= 1
    },
    BadCall(SMALTI_SHORT_TIMES, "there is room for 2 step times, the plan has 3 steps") {
      $0.stepNanoseconds = [0, 0]
    },
    BadCall(SMALTI_BAD_PLAN, "input 'x' has alignment 24, which is no power of two") {
      $0.spoilSlot(alignment: 24)
    },
    BadCall(SMALTI_BAD_PLAN, "a table of the plan is null and its count is not 0") {
      $0.plan.constants = nil
    },
    BadCall(SMALTI_BAD_PLAN, "step 'sum' uses bindings up to 9, the plan has 8") {
      $0.plan.binding_count = 8
    },
    BadCall(
      SMALTI_BAD_PLAN,
      "binding 2 of step 'shift' is byte 192 of buffer 0 in space 5, which the plan does not have"
    ) {
      $0.plan.arena_byte_count = 100
    },
    BadCall(SMALTI_BAD_PLAN, "the plan's workspace has more than 2^64 bytes") {
      $0.plan.scratch_byte_count = .max
    },
  ]
}

extension RawCall {
  /// The plan with another alignment of its input; the table lives as long as the process.
  mutating func spoilSlot(alignment: UInt64) {
    let slot = UnsafeMutablePointer<smalti_slot>.allocate(capacity: 1)
    slot.initialize(to: plan.inputs[0])
    slot.pointee.alignment = alignment
    plan.inputs = UnsafePointer(slot)
  }
}

@Suite("smalti_execute")
struct CallTests {
  @Test("runs a right call, with and without times")
  func runsRightCall() {
    var call = RawCall()
    #expect(call.run() == (SMALTI_OK, ""))
    #expect(call.result == Sums.expected(weight: 2, run: 0))
    call.stepNanoseconds = [.max, .max, .max, 7]
    #expect(call.run() == (SMALTI_OK, ""))
    #expect(call.stepNanoseconds.dropLast().allSatisfy { $0 < 1_000_000_000 })
    #expect(call.stepNanoseconds.last == 7)
  }

  @Test("a step's time is its own")
  func separatesTimes() {
    var plan = Plan(name: "times")
    plan.steps = ["wait", "skip"].map { Plan.Step($0, kernel: $0, bindings: []) }
    let tables = PlanTables(
      plan,
      kernels: [
        "wait": address(of: { _, _, _, _ in usleep(20_000) }),
        "skip": address(of: { _, _, _, _ in }),
      ])
    var call = RawCall()
    call.plan = tables.plan.pointee
    (call.inputs, call.outputs, call.weights, call.states) = ([], [], [], [])
    call.stepNanoseconds = [0, 0]
    #expect(call.run() == (SMALTI_OK, ""))
    #expect(call.stepNanoseconds[0] >= 20_000_000)
    #expect(call.stepNanoseconds[1] < call.stepNanoseconds[0])
    withExtendedLifetime(tables) {}
  }

  @Test("refuses a mistake with its code and sentence, and writes nothing", arguments: BadCall.all)
  func refusesMistake(_ bad: BadCall) {
    var call = RawCall()
    bad.spoil(&call)
    #expect(call.run() == (bad.status, bad.text))
    #expect(call.result == Array(repeating: 0, count: 6))
    #expect(call.memory[3].elements(as: Float.self) == Array(repeating: 0, count: 6))
  }

  @Test("refuses misaligned buffers")
  func refusesMisaligned() {
    for shift in [1, 4, 8] {
      var call = RawCall()
      let pointer = call.inputs[0].pointer! + shift
      call.inputs[0].pointer = pointer
      let address = "0x" + String(UInt(bitPattern: pointer), radix: 16)
      #expect(
        call.run()
          == (
            SMALTI_MISALIGNED, "input 'x' lies at \(address), the plan asks for a multiple of 16"
          ))
    }
    var call = RawCall()
    call.call.workspace.pointer += 32
    #expect(call.run().status == SMALTI_MISALIGNED)
  }

  @Test("accepts inputs at the plan's own alignment, not more")
  func acceptsSmallAlignment() {
    var call = RawCall()
    let room = AlignedBytes(byteCount: 208)
    UnsafeMutableRawBufferPointer(rebasing: room.bytes[16...])
      .copyMemory(from: UnsafeRawBufferPointer(call.memory[0].bytes))
    call.inputs[0].pointer = room.bytes.baseAddress! + 16
    #expect(call.run() == (SMALTI_OK, ""))
    #expect(call.result == Sums.expected(weight: 2, run: 0))
    withExtendedLifetime(room) {}
  }

  @Test("refuses written buffers that share bytes with any other")
  func refusesOverlap() {
    let spoils: [(String, (inout RawCall) -> Void)] = [
      ("output 'y' (24 bytes at", { $0.outputs[0].pointer = $0.inputs[0].pointer }),
      ("output 'y' (24 bytes at", { $0.outputs[0].pointer = $0.inputs[0].pointer + 176 }),
      ("output 'y' (24 bytes at", { $0.outputs[0].pointer = $0.weights[0].pointer }),
      ("state 'counter' (24 bytes at", { $0.states[0].pointer = $0.outputs[0].pointer }),
      ("state 'counter' (24 bytes at", { $0.states[0].pointer = $0.inputs[0].pointer + 128 }),
      ("output 'y' (24 bytes at", { $0.outputs[0].pointer = $0.call.workspace.pointer + 64 }),
      ("input 'x' (192 bytes at", { $0.inputs[0].pointer = $0.call.workspace.pointer + 640 }),
      ("weight 'weight' (4 bytes at", { $0.weights[0].pointer = $0.call.workspace.pointer }),
    ]
    for (start, spoil) in spoils {
      var call = RawCall()
      spoil(&call)
      let (status, text) = call.run()
      #expect(status == SMALTI_OVERLAP)
      #expect(text.hasPrefix(start) && text.contains(") overlaps "))
    }
  }

  @Test("needs a whole call before it can say anything")
  func needsWholeCall() {
    var call = RawCall()
    #expect(smalti_execute(&call.plan, nil) == Int32(SMALTI_NULL_ARGUMENT.rawValue))
    call.call.byte_count = 16
    #expect(call.run().status == SMALTI_WRONG_VERSION)
    #expect(smalti_workspace_bytes(nil, 1) == .max)
  }

  @Test("says that the plan is null")
  func refusesNullPlan() {
    var call = RawCall()
    var text = [CChar](repeating: 1, count: 12)
    let status = text.withUnsafeMutableBufferPointer { text in
      call.call.error_text = text.baseAddress
      call.call.error_capacity = UInt64(text.count)
      return smalti_execute(nil, &call.call)
    }
    #expect(status == Int32(SMALTI_NULL_ARGUMENT.rawValue))
    // Cut to the room there is, with its zero.
    #expect(text.dropLast().map { UInt8(bitPattern: $0) } == Array("the plan is".utf8))
    #expect(text.last == 0)
  }

  @Test("refuses a machine without the plan's features")
  func refusesFeatures() {
    var call = RawCall()
    call.plan.required_features = 1 << 40
    let (status, text) = call.run()
    #expect(status == SMALTI_NO_FEATURES)
    #expect(text.hasPrefix("plan 'sums' needs features 0x10000000000, this machine offers "))
  }
}
