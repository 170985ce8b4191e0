// Made by tools/fixtures/minimax.py, which says by which method; `--check` compares.

/// Coefficients, lowest power first, of polynomials with the least largest error.
///
/// The second line of each entry is that error, after rounding the coefficients; `h` is
/// 2^-24 for f32 and 2^-53 for f64.
enum Coefficients {
  /// (e^r - 1 - r) / r^2 on |r| <= ln 2 / 2, relative to r.
  /// Error 1.39e-8 = 0.232 h.
  static let exponentialF32: [Double] = [
    0x1p-1,
    0x1.5554bp-3,
    0x1.5554acp-5,
    0x1.12282p-7,
    0x1.6d99dep-10,
  ]

  /// (e^r - 1 - r) / r^2 on |r| <= ln 2 / 2, relative to r.
  /// Error 5.55e-19 = 0.005 h.
  static let exponentialF64: [Double] = [
    0x1p-1,
    0x1.5555555555559p-3,
    0x1.555555555555ap-5,
    0x1.111111110f6ap-7,
    0x1.6c16c16c14447p-10,
    0x1.a01a01afebb71p-13,
    0x1.a01a01b0b8cp-16,
    0x1.71ddf8416969bp-19,
    0x1.27e4c59e2b81ap-22,
    0x1.af5ee177a2247p-26,
    0x1.1f9566ffa57a3p-29,
  ]

  /// The same to fewer digits, relative to 1: f32 inside f64.
  /// Error 1.14e-12 = 1.03e+4 h.
  static let exponentialShortF64: [Double] = [
    0x1.000000005e20fp-1,
    0x1.5555557de3695p-3,
    0x1.5555541dd19e5p-5,
    0x1.1110a241d0025p-7,
    0x1.6c18d3c47c5ccp-10,
    0x1.a1859093c6576p-13,
    0x1.9e88f8b77e938p-16,
  ]

  /// (log(1 + f) - f + f^2/2) / f^3 on sqrt(1/2) <= 1 + f <= sqrt 2, relative to f.
  /// Error 5.96e-9 = 0.1 h.
  static let logarithmF32: [Double] = [
    0x1.55554ap-2,
    -0x1.00022p-2,
    0x1.99a598p-3,
    -0x1.547888p-3,
    0x1.226e4cp-3,
    -0x1.0ce07ep-3,
    0x1.07d126p-3,
    -0x1.41eeb8p-4,
  ]

  /// (2 atanh(s) / s - 2) / z, z = s^2, for s = f / (2 + f) and the same f.
  /// Error 3.89e-18 = 0.035 h.
  static let logarithmOfRatioF64: [Double] = [
    0x1.5555555555593p-1,
    0x1.999999997fc9dp-2,
    0x1.2492494201d2cp-2,
    0x1.c71c51faf3a44p-3,
    0x1.746642091c2e7p-3,
    0x1.39a165be035cbp-3,
    0x1.2f08e575262c8p-3,
  ]

  /// The same to fewer digits: f32 inside f64.
  /// Error 5.94e-14 = 535.0 h.
  static let logarithmOfRatioShortF64: [Double] = [
    0x1.555555561e9d5p-1,
    0x1.999996a83cfddp-2,
    0x1.24941268e94d4p-2,
    0x1.c62ae937b99aep-3,
    0x1.91182d0e5d214p-3,
  ]

  /// (2 atanh(s) / s - 2 - 2z/3) / z^2, z = s^2.
  /// Error 2.76e-20 = 0.000249 h.
  static let logarithmOfRatioTailF64: [Double] = [
    0x1.9999999999b31p-2,
    0x1.2492492457b38p-2,
    0x1.c71c722d982e7p-3,
    0x1.745ce9d1aa23fp-3,
    0x1.3b1eef57fda3fp-3,
    0x1.0f7f9a20e8d53p-3,
    0x1.0e45a517d98bp-3,
  ]

  /// (sin(r) / r - 1) / z, z = r^2, on |r| <= pi/4, relative to sin(r) / r.
  /// Error 1.02e-17 = 0.0914 h.
  static let sineF64: [Double] = [
    -0x1.5555555555549p-3,
    0x1.111111110f812p-7,
    -0x1.a01a019c03fc7p-13,
    0x1.71de356b6c5dap-19,
    -0x1.ae5e5c416506p-26,
    0x1.5d900493f6378p-33,
  ]

  /// The same to fewer digits: f32 inside f64.
  /// Error 4.98e-12 = 4.48e+4 h.
  static let sineShortF64: [Double] = [
    -0x1.5555554c9c18dp-3,
    0x1.1111088045a44p-7,
    -0x1.a00f8bb414f58p-13,
    0x1.6cd4061c317a9p-19,
  ]

  /// (cos(r) - 1 + z/2) / z^2, z = r^2, on |r| <= pi/4, absolute.
  /// Error 1.29e-18 = 0.0116 h.
  static let cosineF64: [Double] = [
    0x1.555555555554bp-5,
    -0x1.6c16c16c1510ep-10,
    0x1.a01a019ca6472p-16,
    -0x1.27e4f8014e20ap-22,
    0x1.1ee9e5d1008e1p-29,
    -0x1.8fab588642dedp-37,
  ]

  /// The same to fewer digits: f32 inside f64.
  /// Error 1.01e-13 = 910.0 h.
  static let cosineShortF64: [Double] = [
    0x1.5555554f395f7p-5,
    -0x1.6c16b881e594dp-10,
    0x1.a01110d4d8375p-16,
    -0x1.2427a1cf849d3p-22,
  ]

  /// (tanh(x) / x - 1) / z, z = x^2, on |x| <= 0.55, relative to tanh(x) / x.
  /// Error 2.0e-9 = 0.0336 h.
  static let tanhNearZeroF32: [Double] = [
    -0x1.55554ap-2,
    0x1.110d32p-3,
    -0x1.b92b8ap-5,
    0x1.59549ap-6,
    -0x1.9baefp-8,
  ]

  /// (tanh(x) / x - 1) / z, z = x^2, on |x| <= 0.55, relative to tanh(x) / x.
  /// Error 2.38e-18 = 0.0214 h.
  static let tanhNearZeroF64: [Double] = [
    -0x1.5555555555555p-2,
    0x1.11111111110b4p-3,
    -0x1.ba1ba1ba146cfp-5,
    0x1.664f488083d9cp-6,
    -0x1.226e34f5e700fp-7,
    0x1.d6d3b88fe37d5p-9,
    -0x1.7da17fda02d23p-10,
    0x1.353e49f229c74p-11,
    -0x1.f3957ad61d6f3p-13,
    0x1.8a2e84189af2ep-14,
    -0x1.14ac01c7e0496p-15,
    0x1.f47365fb6c541p-18,
  ]

  /// erf(x) / x - 1 in z = x^2 on |x| <= 1.
  /// Error 3.92e-9 = 0.0657 h.
  static let errorFunctionNearZeroF32: [Double] = [
    0x1.06eba8p-3,
    -0x1.81273ep-2,
    0x1.ce2d1cp-4,
    -0x1.b7fbb2p-6,
    0x1.5419c8p-8,
    -0x1.a484acp-11,
    0x1.4ae12ep-14,
  ]

  /// erf(x) / x - 1 in z = x^2 on |x| <= 1.
  /// Error 1.24e-17 = 0.112 h.
  static let errorFunctionNearZeroF64: [Double] = [
    0x1.06eba8214db69p-3,
    -0x1.812746b0379e7p-2,
    0x1.ce2f21a042bdep-4,
    -0x1.b82ce312889c2p-6,
    0x1.565bcd0e6518p-8,
    -0x1.c02db3feefd2p-11,
    0x1.f9a326c2ceb41p-14,
    -0x1.f4d2562912282p-17,
    0x1.b9e6517d10e47p-20,
    -0x1.5f6d9bfb4b3f6p-23,
    0x1.fc43e46a09b1p-27,
    -0x1.4e631fb1d8fe8p-30,
    0x1.7f15c68fe0983p-34,
    -0x1.29ddd84bae6fdp-38,
  ]

  /// log(1 - erf(2 + u)) for 1 <= 2 + u <= 3.95, relative to the error it makes in erf.
  /// Error 3.2e-9 = 0.0537 h.
  static let errorFunctionTailF32: [Double] = [
    -0x1.575b34p2,
    -0x1.1ac328p2,
    -0x1.d8f5eap-1,
    -0x1.0dc61cp-6,
    0x1.d3f916p-9,
    -0x1.7f22f2p-11,
    0x1.206bd8p-13,
    -0x1.6542fep-16,
    0x1.0d2b2ep-22,
  ]

  /// log(1 - erf(3 + u)) for 1 <= 3 + u <= 6, relative to the error it makes in erf.
  /// Error 2.38e-17 = 0.214 h.
  static let errorFunctionTailF64: [Double] = [
    -0x1.570d36cb51ca6p3,
    -0x1.9370b35013ba5p2,
    -0x1.ea2f933642f78p-1,
    -0x1.e5bee8dd0aa3fp-8,
    0x1.62c3204a63aacp-10,
    -0x1.01a07adfc5aa5p-12,
    0x1.69657126f87dfp-15,
    -0x1.dd82c3506a315p-18,
    0x1.1f0fd94cef9a9p-20,
    -0x1.246ff094de122p-23,
    0x1.89c5a1eda9a8bp-27,
    0x1.5c529b256eb5cp-31,
    -0x1.4fadc78550fb2p-31,
    0x1.9fef3752d2829p-33,
    -0x1.814fc27650ff9p-35,
    0x1.2db74648b5c22p-37,
    -0x1.9a4e478a5dfa8p-40,
    0x1.ffc83cdd41cb1p-44,
    -0x1.40d6a1e9e84c9p-51,
    0x1.c7f80744dc77dp-47,
    0x1.8d1469da10a49p-48,
    -0x1.40f6707594f2p-49,
    -0x1.e44a2f98afe3p-51,
    -0x1.b2eda97d74d1ep-55,
    0x1.2272ab4ade39bp-54,
    0x1.8d6116bf83c3bp-57,
  ]
}
