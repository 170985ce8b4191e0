// A value of LLVM text that reads like a number. Every operation on lanes appends one instruction
// to the body it belongs to, in evaluation order, so the same formula gives the same text.

/// The type of one lane.
enum LaneKind {
  case f32, f64, i1, i32, i64, i128

  var name: String {
    switch self {
    case .f32: "float"
    case .f64: "double"
    case .i1: "i1"
    case .i32: "i32"
    case .i64: "i64"
    case .i128: "i128"
    }
  }

  /// As intrinsics spell it.
  var suffix: String {
    switch self {
    case .f32: "f32"
    case .f64: "f64"
    default: name
    }
  }

  /// The integer of the same width.
  var bits: LaneKind { self == .f32 ? .i32 : self == .f64 ? .i64 : self }

  /// Stored bits of the significand.
  var fractionBitCount: Int { self == .f32 ? 23 : 52 }
  var exponentBias: Int { self == .f32 ? 127 : 1023 }
}

/// Values side by side: an SSA value or a constant of a helper's text.
struct Lanes {
  let body: HelperBody
  let kind: LaneKind
  let text: String

  /// The number in every lane, of this kind.
  func same(_ number: Double) -> Lanes { body.constant(number, kind) }
  func same(_ number: Int) -> Lanes { body.constant(number, kind) }

  fileprivate func binary(_ instruction: String, _ other: Lanes, gives kind: LaneKind? = nil)
    -> Lanes
  {
    precondition(other.kind == self.kind, "internal: \(instruction) of \(self.kind), \(other.kind)")
    return body.append(
      kind ?? self.kind, "\(instruction) \(body.spelling(self.kind)) \(text), \(other.text)")
  }

  fileprivate func converted(_ instruction: String, to kind: LaneKind) -> Lanes {
    body.append(
      kind, "\(instruction) \(body.spelling(self.kind)) \(text) to \(body.spelling(kind))")
  }

  fileprivate func intrinsic(_ name: String, _ others: Lanes...) -> Lanes {
    let type = body.spelling(kind)
    let operands = ([self] + others).map { "\(type) \($0.text)" }.joined(separator: ", ")
    let suffix = body.laneCount == 1 ? kind.suffix : "v\(body.laneCount)\(kind.suffix)"
    return body.append(kind, "call \(type) @llvm.\(name).\(suffix)(\(operands))")
  }
}

/// What may stand beside lanes in a formula: lanes or a number.
protocol LaneOperand {
  func lanes(like other: Lanes) -> Lanes
}

extension Lanes: LaneOperand {
  func lanes(like other: Lanes) -> Lanes { self }
}

extension Double: LaneOperand {
  func lanes(like other: Lanes) -> Lanes { other.same(self) }
}

extension LaneOperand where Self == Double {
  static var infinity: Double { Double.infinity }
  static var nan: Double { Double.nan }
}

// MARK: - Real arithmetic, each operation rounded on its own
extension Lanes {
  static func + (a: Lanes, b: some LaneOperand) -> Lanes { a.binary("fadd", b.lanes(like: a)) }
  static func - (a: Lanes, b: some LaneOperand) -> Lanes { a.binary("fsub", b.lanes(like: a)) }
  static func * (a: Lanes, b: some LaneOperand) -> Lanes { a.binary("fmul", b.lanes(like: a)) }
  static func / (a: Lanes, b: some LaneOperand) -> Lanes { a.binary("fdiv", b.lanes(like: a)) }
  static func - (a: Double, b: Lanes) -> Lanes { b.same(a) - b }
  static func / (a: Double, b: Lanes) -> Lanes { b.same(a) / b }
  static prefix func - (a: Lanes) -> Lanes {
    a.body.append(a.kind, "fneg \(a.body.spelling(a.kind)) \(a.text)")
  }

  var magnitude: Lanes { intrinsic("fabs") }
  var squareRoot: Lanes { intrinsic("sqrt") }
  var floor: Lanes { intrinsic("floor") }
  var truncated: Lanes { intrinsic("trunc") }
  var roundedToEven: Lanes { intrinsic("roundeven") }
  func withSign(of other: Lanes) -> Lanes { intrinsic("copysign", other) }

  /// The smaller, or the larger, of this and a number; NaN stays NaN.
  func capped(at limit: Double) -> Lanes { choose(isGreater(limit), same(limit), self) }
  func raised(to limit: Double) -> Lanes { choose(isLess(limit), same(limit), self) }
}

/// `a * b + c`, rounded once.
func fma(_ a: Lanes, _ b: some LaneOperand, _ c: some LaneOperand) -> Lanes {
  a.intrinsic("fma", b.lanes(like: a), c.lanes(like: a))
}

/// The polynomial with these coefficients, lowest power first, by Horner's rule.
func polynomial(_ coefficients: [Double], _ t: Lanes) -> Lanes {
  let top = t.same(coefficients[coefficients.count - 1])
  return coefficients.dropLast().reversed().reduce(top) { fma(t, $0, $1) }
}

// MARK: - Comparisons, false with NaN, and choice
extension Lanes {
  func isLess(_ other: some LaneOperand) -> Lanes { compared("olt", other) }
  func isGreater(_ other: some LaneOperand) -> Lanes { compared("ogt", other) }
  func isAtLeast(_ other: some LaneOperand) -> Lanes { compared("oge", other) }
  func isEqual(_ other: some LaneOperand) -> Lanes { compared("oeq", other) }
  var isNaN: Lanes { compared("uno", self) }

  private func compared(_ predicate: String, _ other: some LaneOperand) -> Lanes {
    binary("fcmp \(predicate)", other.lanes(like: self), gives: .i1)
  }
}

func choose(_ mask: Lanes, _ a: Lanes, _ b: some LaneOperand) -> Lanes {
  let body = mask.body
  let type = body.spelling(a.kind)
  return body.append(
    a.kind,
    "select \(body.spelling(.i1)) \(mask.text), \(type) \(a.text), "
      + "\(type) \(b.lanes(like: a).text)")
}

func choose(_ mask: Lanes, _ a: Double, _ b: Lanes) -> Lanes { choose(mask, b.same(a), b) }

// MARK: - Integers and masks, modulo 2^width
extension Lanes {
  static func &+ (a: Lanes, b: Lanes) -> Lanes { a.binary("add", b) }
  static func &- (a: Lanes, b: Lanes) -> Lanes { a.binary("sub", b) }
  static func &* (a: Lanes, b: Lanes) -> Lanes { a.binary("mul", b) }
  static func & (a: Lanes, b: Lanes) -> Lanes { a.binary("and", b) }
  static func | (a: Lanes, b: Lanes) -> Lanes { a.binary("or", b) }
  static func ^ (a: Lanes, b: Lanes) -> Lanes { a.binary("xor", b) }
  static func &+ (a: Lanes, b: Int) -> Lanes { a &+ a.same(b) }
  static func &- (a: Lanes, b: Int) -> Lanes { a &- a.same(b) }
  static func &* (a: Lanes, b: Int) -> Lanes { a &* a.same(b) }
  static func & (a: Lanes, b: Int) -> Lanes { a & a.same(b) }
  static func | (a: Lanes, b: Int) -> Lanes { a | a.same(b) }
  static func &- (a: Int, b: Lanes) -> Lanes { b.same(a) &- b }

  func shiftedLeft(_ count: Int) -> Lanes { binary("shl", same(count)) }
  func shiftedLeft(_ counts: Lanes) -> Lanes { binary("shl", counts) }
  /// Fills with zeros.
  func shiftedRight(_ count: Int) -> Lanes { binary("lshr", same(count)) }
  /// Fills with the sign.
  func shiftedRightKeepingSign(_ count: Int) -> Lanes { binary("ashr", same(count)) }

  func isNotZero() -> Lanes { binary("icmp ne", same(0), gives: .i1) }
  func isLessInteger(_ other: Int) -> Lanes { binary("icmp slt", same(other), gives: .i1) }
}

// MARK: - Conversions
extension Lanes {
  /// The same bits as an integer, and back.
  var bits: Lanes { converted("bitcast", to: kind.bits) }
  func asReal(_ kind: LaneKind) -> Lanes { converted("bitcast", to: kind) }

  /// A signed integer as the nearest real.
  func real(_ kind: LaneKind) -> Lanes { converted("sitofp", to: kind) }
  func zeroExtended(to kind: LaneKind) -> Lanes { converted("zext", to: kind) }
  func lowBits(_ kind: LaneKind) -> Lanes { converted("trunc", to: kind) }

  /// f32 as f64, exactly; f64 stays.
  var widened: Lanes { kind == .f64 ? self : converted("fpext", to: .f64) }
  /// f64 as the nearest of this kind.
  func narrowed(to kind: LaneKind) -> Lanes {
    kind == .f64 ? self : converted("fptrunc", to: kind)
  }
}
