/// What a compiler made of a model, as data for a page that a person looks at: regions, the buffers
/// between them, where time goes, and how far from the machine's limits.
///
/// ``html`` is one file without script and without references to anything outside it. The same
/// value gives the same text every time. Numbers come with their words, so that pages and terminals
/// say the same.
public struct RegionPage: Sendable {
  /// A number and how people read it: `1.31 MB`.
  public struct Amount: Sendable {
    public var value: Double
    public var text: String

    public init(_ value: Double, _ text: String) {
      self.value = value
      self.text = text
    }
  }

  /// One region; places in ``RegionPage/regions`` are what flows and buffers count.
  public struct Region: Sendable {
    /// What tables and pictures call it: `3`.
    public var label: String
    public var name: String
    /// All nodes, in order.
    public var nodes: [String] = []
    /// The nodes in one line.
    public var summary = ""
    /// Name and value of further facts, in the order of the page: axes, kernels, what it reads.
    public var facts: [(name: String, text: String)] = []
    public var flops = Amount(0, "")
    public var bytes = Amount(0, "")
    public var unfusedBytes = Amount(0, "")
    public var predictedSeconds = Amount(0, "")
    public var measuredSeconds: Amount?
    /// Part of the time of all regions, in [0, 1].
    public var timeShare = 0.0
    /// Floating-point operations a second; nil without products or without times.
    public var rate: Amount?
    /// 0 to 100.
    public var percentOfPeak: Double?
    public var cuts: [Cut] = []

    public init(label: String, name: String) {
      self.label = label
      self.name = name
    }
  }

  /// Edges into a region that are memory, with the one reason why.
  public struct Cut: Sendable {
    public var reason: String
    public var edges: [String]

    public init(reason: String, edges: [String]) {
      self.reason = reason
      self.edges = edges
    }
  }

  /// Buffers that one region writes and others read.
  public struct Flow: Sendable {
    public var from: Int
    /// Rising, all greater than `from`.
    public var to: [Int]
    /// Short, beside the line: `1.31 MB`.
    public var label: String
    /// Long, under the pointer.
    public var title: String

    public init(from: Int, to: [Int], label: String, title: String) {
      self.from = from
      self.to = to
      self.label = label
      self.title = title
    }
  }

  /// A buffer between steps: its place in the arena and when it is alive.
  public struct Buffer: Sendable {
    public var name: String
    public var offset: Amount
    public var bytes: Amount
    public var steps: ClosedRange<Int>

    public init(_ name: String, offset: Amount, bytes: Amount, steps: ClosedRange<Int>) {
      self.name = name
      self.offset = offset
      self.bytes = bytes
      self.steps = steps
    }
  }

  /// The machine's limits, each with what it is and where it comes from.
  public struct Roof: Sendable {
    /// Floating-point operations a second.
    public var peak: Amount
    /// Bytes a second.
    public var bandwidth: Amount

    public init(peak: Amount, bandwidth: Amount) {
      self.peak = peak
      self.bandwidth = bandwidth
    }
  }

  public var title: String
  public var source: String
  /// Bold text and what follows it.
  public var facts: [(text: String, remark: String)] = []
  /// One paragraph each.
  public var notes: [String] = []
  /// In order of execution.
  public var regions: [Region] = []
  /// What runs once, before the first run.
  public var preparedRegions: [Region] = []
  public var flows: [Flow] = []
  public var buffers: [Buffer] = []
  /// Of a step of training; empty for inference.
  public var choices: [Choice] = []
  public var arena = Amount(0, "")
  public var stepCount = 0
  public var roof: Roof
  /// The command that makes this page again.
  public var command = ""

  public init(title: String, source: String, roof: Roof) {
    self.title = title
    self.source = source
    self.roof = roof
  }

  /// Whether times are measured; else they are predicted.
  var isMeasured: Bool { regions.contains { $0.measuredSeconds != nil } }
}

// MARK: - The page
extension RegionPage {
  public var html: String {
    HTML.element("html", [("lang", "en")]) {
      HTML.head(title, styles: [reportStyle, regionStyle])
      HTML.element("body") {
        header
        HTML.element("main") {
          HTML.notes(notes)
          diagram
          table
          roofline
          memory
          choiceTable
          cuts
          inventory
          prepared
          again
        }
      }
    }.page
  }

  private var header: HTML {
    .element("header") {
      HTML.element("h1") { title }
      HTML.element("p", class: "source") { source }
      HTML.element("ul", class: "facts") {
        for fact in facts {
          HTML.element("li") {
            HTML.element("b") { fact.text }
            " " + fact.remark
          }
        }
      }
    }
  }

  private var diagram: HTML {
    .section(
      "Regions", id: "regions",
      "In order of execution. Lines on the right are the buffers between regions, from the one that "
        + "writes to those that read; the stronger the colour of a box, the more of the "
        + (isMeasured ? "measured" : "predicted") + " time it takes."
    ) {
      RegionDiagram(regions, flows).html
    }
  }

  private var roofline: HTML {
    let points = regions.compactMap { region -> Roofline.Point? in
      let seconds = (region.measuredSeconds ?? region.predictedSeconds).value
      let flopsPerByte = region.flops.value / region.bytes.value
      let gigaflops = region.flops.value / seconds * 1e-9
      guard flopsPerByte.isPlottable, gigaflops.isPlottable else { return nil }
      return Roofline.Point(
        label: region.label, name: region.name, flopsPerByte: flopsPerByte, gigaflops: gigaflops,
        timeShare: region.part)
    }
    return .section(
      "Roofline", id: "roofline",
      "Each region with products: how much it computes for a byte that it moves, and how fast "
        + (isMeasured ? "it ran" : "it is predicted to run")
        + ". Below the slope memory limits it, below the level part arithmetic. The area of a point "
        + "is its part of the time."
    ) {
      if points.isEmpty || !roof.peak.value.isPlottable || !roof.bandwidth.value.isPlottable {
        HTML.element("p", class: "quiet") { "No region computes products under a known limit." }
      } else {
        HTML.element("div", class: "wide") { Roofline(points, roof).html }
      }
    }
  }

  private var memory: HTML {
    .section(
      "Memory plan", id: "memory",
      "The arena that all buffers between steps share, \(arena.text): a rectangle is as high as its "
        + "buffer is large and as wide as it is alive."
    ) {
      if buffers.isEmpty {
        HTML.element("p", class: "quiet") { "Nothing lies between steps." }
      } else {
        HTML.element("div", class: "wide") {
          MemoryPicture(buffers: buffers, arena: arena, stepCount: stepCount).html
        }
        HTML.element("details") {
          HTML.element("summary") { "all \(buffers.count) buffers" }
          bufferTable
        }
      }
    }
  }

  private var again: HTML {
    .section("Make this page again", id: "again", "") {
      if !command.isEmpty { HTML.element("pre") { HTML.element("code") { command } } }
      HTML.element("p", class: "quiet") {
        "This page is one file and needs neither network nor script."
      }
    }
  }
}

extension RegionPage.Region {
  /// `timeShare` as pictures take it: in [0, 1], whatever it was.
  var part: Double { timeShare.isFinite ? min(max(timeShare, 0), 1) : 0 }
}

extension Double {
  /// Whether a logarithmic axis has a place for it.
  var isPlottable: Bool { isFinite && self > 0 }
}
