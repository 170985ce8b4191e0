import TensorCore

/// What decoded latents look like when some of them are changed or exchanged: a table of pictures and films.
public struct LatentStudy: Sendable {
  public var title: String
  /// How to read it.
  public var remark: String
  /// The heading of each column.
  public var columns: [String]
  public var rows: [Row]

  /// As many cells as there are columns, each `[n, H, W, 3]` as a report's clip: a film of as many frames as
  /// the report's, or one picture.
  public struct Row: Sendable {
    public var title: String
    public var cells: [HostTensor]

    public init(_ title: String, _ cells: [HostTensor]) {
      (self.title, self.cells) = (title, cells)
    }
  }

  public init(title: String, remark: String, columns: [String], rows: [Row]) {
    (self.title, self.remark, self.columns, self.rows) = (title, remark, columns, rows)
  }
}

/// The studies of a report, each cell drawn once.
struct LatentStudies {
  private let studies: [LatentStudy]
  /// The style class of each cell, by study, row and column.
  private var names: [[[String]]] = []
  private var sheets: [(name: String, address: String)] = []
  private let strip: Filmstrip

  /// - Parameter strip: how the report draws its films.
  /// - Errors: `report.shape`, `report.element`, and those of ``Picture/address()``.
  init(_ studies: [LatentStudy], _ strip: Filmstrip) throws(Diagnostic) {
    (self.studies, self.strip) = (studies, strip)
    for (number, study) in studies.enumerated() {
      var rows: [[String]] = []
      for (line, row) in study.rows.enumerated() {
        precondition(row.cells.count == study.columns.count)
        var cells: [String] = []
        for (column, cell) in row.cells.enumerated() {
          let name = "study-\(number)-\(line)-\(column)"
          sheets.append((name, try picture(cell).address()))
          cells.append(cell.shape[0] == 1 ? "still \(name)" : "film \(name)")
        }
        rows.append(cells)
      }
      names.append(rows)
    }
  }

  private func picture(_ cell: HostTensor) throws(Diagnostic) -> Picture {
    let frames = cell.shape.rank == 4 && cell.shape[0] == 1 ? 1 : strip.frames
    let expected = [frames, strip.height, strip.width, 3]
    guard cell.shape.dimensions == expected else {
      throw .reportShape(
        "a study's cell", "[n, H, W, 3]", expected: Shape(trusted: expected).description, cell.type)
    }
    guard cell.element.isFloating || cell.element == .u8 else {
      throw .reportElement("a study's cell", cell.type)
    }
    let values = Brightness(cell)
    let area = strip.height * strip.width
    return Filmstrip(frames: frames, like: strip)
      .drawn { values.colour(at: ($0 * area + $1) * 3) }
  }

  var styleSheet: String {
    sheets.map { ".\($0.name){background-image:url(\($0.address))}" }.joined(separator: "\n")
  }

  var html: HTML {
    .section("What the latents mean", id: "meaning", "") {
      for (study, names) in zip(studies, names) { table(study, names) }
    }
  }

  private func table(_ study: LatentStudy, _ names: [[String]]) -> HTML {
    let size = strip.shown(near: 96)
    return .element("figure", class: "study") {
      HTML.element("figcaption") {
        HTML.element("b") { study.title }
        " – \(study.remark)"
      }
      HTML.element(
        "div", [("class", "wide"), ("style", "--w:\(size.width)px;--h:\(size.height)px")]
      ) {
        HTML.element("table") {
          HTML.element("thead") {
            HTML.element("tr") {
              HTML.element("td") { "" }
              for column in study.columns { HTML.element("th", [("scope", "col")]) { column } }
            }
          }
          HTML.element("tbody") {
            for (row, names) in zip(study.rows, names) {
              HTML.element("tr") {
                HTML.element("th", [("scope", "row")]) { row.title }
                for (column, name) in zip(study.columns, names) { cell(name, row.title, column) }
              }
            }
          }
        }
      }
    }
  }

  private func cell(_ name: String, _ row: String, _ column: String) -> HTML {
    .element("td") {
      HTML.element(
        "div", [("class", name), ("role", "img"), ("aria-label", "\(row), \(column)")])
    }
  }
}

extension Filmstrip {
  /// One of other length whose frames are drawn as those of `strip`.
  fileprivate init(frames: Int, like strip: Filmstrip) {
    (self.frames, height, width, step) = (frames, strip.height, strip.width, strip.step)
  }
}

/// What studies add to the look of a report.
let studyStyle = """
  .study{margin:18px 0 28px}
  .study th,.study td{padding:4px 8px 4px 0;border:0;font-size:13px;color:var(--quiet)}
  .study tbody th{vertical-align:middle;max-width:180px}
  .still{width:var(--w);height:var(--h);background-repeat:no-repeat;
    background-size:var(--w) var(--h);border-radius:4px;box-shadow:0 0 0 1px var(--line);
    image-rendering:pixelated;print-color-adjust:exact;-webkit-print-color-adjust:exact}
  """
