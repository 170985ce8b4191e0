import Foundation

/// An object file as LLVM's own disassembler reads it: what runs, not what was meant.
struct Disassembly {
  struct Instruction: CustomStringConvertible {
    var address: Int
    var mnemonic: String
    var operands: String

    var description: String { "  \(mnemonic) \(operands)" }
  }

  struct Function {
    var name: String
    var instructions: [Instruction] = []
  }

  private(set) var functions: [Function] = []
  /// Symbols that another object must define.
  private(set) var undefined: [String] = []

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// - Errors: `Failure` with what `llvm-objdump-19` says; it comes with `tools/setup`.
  init(_ object: [UInt8]) throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).o")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(object).write(to: file)
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "llvm-objdump-19", "--disassemble", "--no-show-raw-insn", "--syms", file.path,
    ]
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(description: text) }
    for line in text.split(separator: "\n") { read(line) }
    guard !functions.isEmpty else { throw Failure(description: "no function in \(text)") }
  }

  /// A line is a symbol (`0000000000000000 *UND* 0000000000000000 expf`), the start of a function
  /// (`0000000000000040 <kernel>:`), or an instruction (`      44: <tab>fmla<tab>v0.4s, …`).
  private mutating func read(_ line: Substring) {
    if line.contains("*UND*") {
      if let name = line.split(separator: " ").last, name != "0000000000000000" {
        undefined.append(String(name))
      }
    } else if line.hasSuffix(">:"), let start = line.firstIndex(of: "<") {
      functions.append(Function(name: String(line[line.index(after: start)...].dropLast(2))))
    } else if let colon = line.firstIndex(of: ":"), !functions.isEmpty,
      let address = Int(line[..<colon].drop { $0 == " " }, radix: 16)
    {
      let words = line[line.index(after: colon)...].split(separator: "\t").map {
        $0.drop { $0 == " " }
      }.filter { !$0.isEmpty }
      guard let mnemonic = words.first else { return }
      // Behind a mark stands what the disassembler thinks of it: `# zmm2 = (zmm4 * mem) + zmm2`.
      // (In AArch64 it marks immediate numbers, and `//` comments.)
      let operands = words.dropFirst().joined(separator: " ").split(separator: " # ").first ?? ""
      functions[functions.count - 1].instructions.append(
        Instruction(
          address: address, mnemonic: String(mnemonic),
          operands: String(operands)))
    }
  }
}

// MARK: - Loops
extension Disassembly.Instruction {
  /// Where a jump or a branch goes: `0x5f04 <kernel+0x460>`, the last operand.
  var target: Int? {
    let isBranch =
      mnemonic.hasPrefix("j") || mnemonic == "b" || mnemonic.hasPrefix("b.")
      || mnemonic.hasPrefix("cb") || mnemonic.hasPrefix("tb")
    guard isBranch, let place = operands.firstIndex(of: "<") else { return nil }
    let number = operands[..<place].split(separator: " ").last ?? ""
    return Int(number.dropFirst(2), radix: 16)
  }
}

extension Disassembly.Function {
  /// Instructions from the target of each backward branch to the branch, where no other such range
  /// lies inside.
  var innermostLoops: [ArraySlice<Disassembly.Instruction>] {
    let positions = Dictionary(
      uniqueKeysWithValues: instructions.enumerated().map { ($1.address, $0) })
    let ranges = instructions.enumerated().compactMap { end, branch in
      branch.target.flatMap { positions[$0] }.flatMap { $0 <= end ? $0...end : nil }
    }
    return ranges.filter { range in
      !ranges.contains {
        $0 != range && range.contains($0.lowerBound) && range.contains($0.upperBound)
      }
    }.map { instructions[$0] }
  }
}
