import Foundation

/// What an innermost loop with vector multiply-adds does in one pass.
///
/// - Source: mnemonics from Intel SDM volume 2 (AT&T order: the target is last) and Arm ARM, A64.
struct HotLoop {
  let text: String
  /// Fused multiply-adds of whole vectors.
  private(set) var products = 0
  /// Whole vectors read, in instructions of their own or as operands of products.
  private(set) var vectorLoads = 0
  /// Single elements read for all lanes.
  private(set) var broadcasts = 0
  /// Vectors or elements of them written.
  private(set) var vectorStores = 0
  /// Vectors moved from register to register.
  private(set) var moves = 0
  /// Any use of the stack by an instruction over vectors.
  private(set) var vectorSpills = 0
  /// Any use of the stack.
  private(set) var stackUses = 0
  /// Vector instructions that neither multiply and add nor move: those of an epilogue or a function.
  private(set) var otherVectors = 0

  init(_ loop: ArraySlice<Disassembly.Instruction>) {
    text = loop.map(\.description).joined(separator: "\n")
    for instruction in loop {
      // AArch64 names vectors v, q, d and s; x86-64 says xmm, ymm or zmm.
      if instruction.operands.contains("mm") {
        count86(instruction)
      } else {
        countA64(instruction)
      }
    }
  }

  /// Whether it is the loop over k of a product, and nothing else.
  var isProduct: Bool { products > 0 && otherVectors == 0 }

  private mutating func countStack(_ isUsed: Bool, isVector: Bool) {
    stackUses += isUsed ? 1 : 0
    vectorSpills += isUsed && isVector ? 1 : 0
  }

  private mutating func count86(_ instruction: Disassembly.Instruction) {
    let (name, operands) = (instruction.mnemonic, instruction.operands)
    countStack(operands.contains("%rsp"), isVector: true)
    let readsMemory = operands.contains("(") && !operands.hasSuffix(")")
    if operands.hasSuffix(")") {
      vectorStores += 1
    } else if name.hasPrefix("vfmadd"), name.hasSuffix("ps") || name.hasSuffix("pd") {
      products += 1
      if operands.contains("{1to") { broadcasts += 1 } else if readsMemory { vectorLoads += 1 }
    } else if name.hasPrefix("vbroadcast") || name.hasPrefix("vpbroadcast") || name == "vmovddup" {
      broadcasts += readsMemory ? 1 : 0
    } else if name.hasPrefix("vmov") {
      if readsMemory { vectorLoads += 1 } else { moves += 1 }
    } else {
      otherVectors += 1
    }
  }

  private mutating func countA64(_ instruction: Disassembly.Instruction) {
    let (name, operands) = (instruction.mnemonic, instruction.operands)
    let register = operands.drop { $0 == "{" || $0 == " " }.prefix { $0 != "," && $0 != " " }
    let kind = register.dropFirst().first?.isNumber == true ? register.first : nil
    let isVector = kind.map { "vqds".contains($0) } ?? false
    countStack(operands.contains("[sp"), isVector: isVector)
    guard isVector else { return }
    let count = name.hasPrefix("ldp") || name.hasPrefix("ldnp") ? 2 : 1
    if name == "fmla", kind == "v" {
      products += 1
    } else if name == "ld1r" {
      broadcasts += 1
    } else if name.hasPrefix("ld") {
      if kind == "q" || kind == "v" { vectorLoads += count } else { broadcasts += count }
    } else if name.hasPrefix("st") {
      vectorStores += 1
    } else if name == "mov" {
      moves += 1
    } else {
      otherVectors += 1
    }
  }
}

extension Disassembly.Function {
  /// Innermost loops that multiply and add whole vectors.
  var hotLoops: [HotLoop] { innermostLoops.map(HotLoop.init).filter { $0.products > 0 } }
}
