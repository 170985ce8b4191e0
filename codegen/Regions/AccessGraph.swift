import GraphIR
import TensorCore

/// A graph in which every node has iteration axes of its own and every edge says which positions of
/// a value they touch. Reshapes, transposes, slices and broadcasts are gone: they are accesses.
///
/// Nothing is unified: one value may be read in several ways, as self-attention reads its tokens
/// once at the query's row and once at every position.
package struct AccessGraph: Sendable {
  /// A value in row-major order; dimensions of length 1 are left out.
  package struct Value: Sendable {
    package enum Source: Hashable, Sendable {
      case argument(Int)
      case parameter(String)
      /// What a run may replace, by its path: a state, or a parameter that is trained.
      case state(String)
      case constant(HostTensor)
      /// Computed by a node; -1 for a value without elements, which none computes.
      case node(Int)
    }
    package var element: ElementType
    package var lengths: [Int]
    package var source: Source

    package var count: Int { lengths.reduce(1, *) }
  }

  /// What a node computes at each position of its axes.
  package enum Kind: Sendable {
    /// An expression of what is read there.
    case map(ScalarExpression)
    /// The expression, combined along the axes that the result lacks.
    case fold(ScalarFunction, ScalarExpression, givesIndex: Bool)
    /// Mean and biased variance of what is read, along the axes that the results lack.
    case moments
    /// Sums of products over the axes that the result lacks, as matrices.
    case product(ProductAxes)
    /// Operand 0 through a sliding window, weighted by operand 1.
    case convolution(ConvolutionAxes)
    /// Boxes of the result, each from one operand; positions in no box hold the fill.
    case pieces([Box], fill: Double)
    /// Slices of operand 0, which is read in order, picked along a dimension by operand 1.
    case gather(dimension: Int)
    case random(RandomDraw)
    /// The operand's elements in other lengths that share no factors: needs it finished.
    case reinterpret
  }

  /// Which axes of a product's space play which part; each list outermost first.
  package struct ProductAxes: Sendable {
    package var batch: [Int]
    package var rows: [Int]
    package var columns: [Int]
    package var summed: [Int]
  }

  /// A convolution of images by rows, columns and channels; an axis of length 1 is nil. The last operand
  /// is the kernel.
  package struct ConvolutionAxes: Sendable {
    package var window: Window
    package var groups: Int
    /// Rows, columns and channels of an image and of the result, lengths of 1 included.
    package var imageLengths: [Int]
    package var resultLengths: [Int]
    package var batch: [Int]
    /// Axes of the result's rows, columns and channels, then of the image's, which are inner axes.
    package var result: [Int?]
    package var image: [Int?]
    /// Axes of the kernel's rows, columns, channels of one group and outputs.
    package var kernel: [Int?]
    /// Rows, columns and channels of the image that come from elsewhere each; empty for all of it.
    package var boxes: [Box] = []
    /// What each box holds, of the operands but the last at the image's axes; empty where operand n
    /// is box n.
    package var bodies: [ScalarExpression] = []

    /// What is brought together into which box of an image.
    package var parts: [(box: Box, body: ScalarExpression)] {
      let boxes = boxes.isEmpty ? [Box(offset: [0, 0, 0], lengths: imageLengths)] : boxes
      return boxes.indices.map { (boxes[$0], bodies.isEmpty ? .operand($0) : bodies[$0]) }
    }
  }

  package struct Box: Hashable, Sendable {
    package var offset: [Int]
    package var lengths: [Int]

    package init(offset: [Int], lengths: [Int]) {
      self.offset = offset
      self.lengths = lengths
    }
  }

  package struct Read: Hashable, Sendable {
    package var value: Int
    /// One for each dimension of the value.
    package var index: [DimensionAccess]

    package init(_ value: Int, _ index: [DimensionAccess]) {
      self.value = value
      self.index = index
    }
  }

  package struct Node: Sendable {
    package var kind: Kind
    /// Lengths of its axes: those of the result first, in order, then those that are combined.
    package var space: [Int]
    package var resultRank: Int
    package var reads: [Read]
    package var results: [Int]
    /// Of the operation that it came from.
    package var group: Int
    /// Groups of maps that are computed again inside it.
    package var absorbed: Set<Int> = []
    /// Whether it repeats another node's work; see ``Rematerialization``.
    package var isRecomputed = false
    /// What it may share a region with if either is recomputed: those of the same number.
    package var home: Int?

    /// Positions of all axes together, or the largest number there is: a convolution's result, image
    /// and kernel may have more.
    package var count: Int {
      space.reduce(1) { count, length in
        let (product, overflows) = count.multipliedReportingOverflow(by: length)
        return overflows ? .max : product
      }
    }
    package var isProduct: Bool { if case .product = kind { true } else { false } }
    /// Whether rows of it are multiplied by panels.
    package var isTiledProduct: Bool {
      switch kind {
      case .product, .convolution: true
      default: false
      }
    }
    package var resultAxes: Range<Int> { 0..<resultRank }
    package var innerAxes: Range<Int> { resultRank..<space.count }
  }

  package var values: [Value] = []
  package var nodes: [Node] = []
  package var results: [(name: String, value: Int)] = []
  /// Labels of groups: scope and operation.
  package var groups: [String] = []
  /// Why maps are not computed again where they are read elsewhere than at the reader's position.
  package var keptMaps: [Int: String] = [:]

  /// The node that computes a value; nil for what comes from outside.
  package func producer(_ value: Int) -> Int? {
    guard case .node(let node) = values[value].source, node >= 0 else { return nil }
    return node
  }

  package func label(_ node: Int) -> String { groups[nodes[node].group] }
}

/// Which positions along one dimension of a value a node touches: `start + Σ step · axis`, or any.
package struct DimensionAccess: Hashable, Sendable {
  package struct Term: Hashable, Sendable {
    package var axis: Int
    package var step: Int

    package init(_ axis: Int, _ step: Int) {
      self.axis = axis
      self.step = step
    }
  }
  package var start = 0
  package var terms: [Term] = []
  /// Picked by an index that is computed.
  package var isIndirect = false

  package init(start: Int = 0, _ terms: [Term] = []) {
    self.start = start
    self.terms = terms.filter { $0.step != 0 }
  }

  package static func point(_ axis: Int) -> DimensionAccess {
    DimensionAccess([Term(axis, 1)])
  }

  package static var indirect: DimensionAccess {
    var access = DimensionAccess()
    access.isIndirect = true
    return access
  }

  /// The axis whose positions are those of the dimension, if there is one.
  package var pointAxis: Int? {
    !isIndirect && start == 0 && terms.count == 1 && terms[0].step == 1 ? terms[0].axis : nil
  }

  /// This access of what is itself read at `inner` positions: axis n here is dimension n there.
  package func composed(_ inner: [DimensionAccess]) -> DimensionAccess {
    if isIndirect { return self }
    var result = DimensionAccess(start: start)
    for term in terms {
      let read = inner[term.axis]
      if read.isIndirect { return .indirect }
      result.start += term.step * read.start
      for part in read.terms { result.add(part.axis, part.step * term.step) }
    }
    return result
  }

  private mutating func add(_ axis: Int, _ step: Int) {
    if let known = terms.firstIndex(where: { $0.axis == axis }) {
      terms[known].step += step
      if terms[known].step == 0 { terms.remove(at: known) }
    } else if step != 0 {
      terms.append(Term(axis, step))
    }
  }

  /// The same with axes renumbered.
  package func renamed(_ axes: (Int) -> Int) -> DimensionAccess {
    var result = self
    result.terms = terms.map { Term(axes($0.axis), $0.step) }
    return result
  }
}
