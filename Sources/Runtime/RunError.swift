import CSmaltiRuntime

/// This run cannot happen: a code that programs read and a sentence that people read.
public struct RunError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The numbers below 100 are the C runtime's `smalti_status`; the others belong to Swift.
  public enum Code: Int32, Sendable, CaseIterable {
    case nullArgument = 1
    case wrongVersion = 2
    case wrongCount = 3
    case wrongBytes = 4
    case misaligned = 5
    case overlap = 6
    case smallWorkspace = 7
    case badExecutor = 8
    case taskTwice = 9
    case taskMissing = 10
    case taskUnknown = 11
    case workerBusy = 12
    case noFeatures = 13
    case badPlan = 14
    case shortTimes = 15
    case cancelled = 16
    case noWeights = 17
    case wrongWeights = 18
    case damagedWeights = 19
    case unreadable = 20
    /// The plan breaks a law of `PlanVerifier`.
    case brokenPlan = 100
    /// A kernel's symbol has no address.
    case unknownKernel = 101
    /// The plan was compiled for a level that this runtime has no word for.
    case unknownLevel = 102
    /// A buffer that the plan does not have.
    case unknownName = 103
    /// An input or output that the call does not bring.
    case missingBuffer = 104
    /// The system gives no more threads.
    case noThreads = 105
    /// A buffer larger than the memory of this machine.
    case noMemory = 106
    /// A compiled file that is cut off or changed, or none at all.
    case damagedFile = 107
    /// A library that the system's linker refuses, or that is none of Smalti's.
    case notLoaded = 108
  }

  public var code: Code
  public var sentence: String

  package init(_ code: Code, _ sentence: String) {
    self.code = code
    self.sentence = sentence
  }

  /// What the C runtime returned, with the sentence it left.
  init(status: Int32, _ text: [CChar]) {
    guard let code = Code(rawValue: status) else {
      preconditionFailure("internal: the C runtime returned status \(status), which has no code")
    }
    let sentence = text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    self.init(code, sentence.isEmpty ? String(cString: smalti_status_text(status)) : sentence)
  }

  public var description: String { "error[run.\(code)]: \(sentence)" }
}
