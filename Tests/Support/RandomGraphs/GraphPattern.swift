/// What breaks a fusion that is too simple, by name; ``GraphGenerator`` weaves each in on purpose.
package enum GraphPattern: String, CaseIterable, Sendable, Comparable {
  /// One value read in several ways by one reader.
  case gramMatrix, neighbourDifferences, overlappingWindow, pairwiseDifferences, selfAttention
  /// Cheap values read elsewhere than at the reader's position: shifts, strides, windows, rows.
  case displacedReaders, scaledImage
  /// A softmax as its formula, of which parts are read.
  case handmadeSoftmax
  /// A value needed whole, used together with the values that it came from.
  case diamondAcrossBarrier, jointNormalization, reductionThenMap
  /// A product summed over what everything before it is parallel in.
  case weightGradient
  /// Long chains.
  case productChain, recurrentCell, transformerLayer
  /// Several parts, each constant along other axes.
  case perceptronOverConcatenation, uNetConcatenation
  /// Moves without a common factor, and windows.
  case convolutionStack, reshapeWithoutCommonFactor
  /// What the graph returns.
  case inputAsOutput, middleOfChainAsOutput, viewAsOutput

  package static func < (a: GraphPattern, b: GraphPattern) -> Bool { a.rawValue < b.rawValue }
}
