import Foundation
import Goldens
import PageReports
import TensorCore
import Testing

/// A run whose every number is known: `count` lines of training, one of validation after each tenth.
func smallRun(
  count: Int, _ names: [String] = ["pixel_loss"], modules: [String] = ["encoder.conv"],
  scores: [String] = ["ari"]
) -> TrainingReport {
  var report = TrainingReport(title: "A small run", source: "made for a test")
  report.facts = [("\(count)", "steps")]
  report.notes = ["One remark."]
  report.recipe = [("model", "simone"), ("steps", "\(count)")]
  report.command = "smalti train --resume runs/small"
  for index in 0..<count {
    let loss = 2 / Double(index + 1)
    var values: [(name: String, value: Double?)] = [("loss", loss)]
    values += names.map { ($0, loss / 2) }
    values += [("gradient_norm", loss * 3), ("learning_rate", 0.5)]
    values += modules.map { ("gradient_norm.\($0)", loss) }
    report.curves.append(.init("train", step: index + 1, values + [("skipped", 0)]))
    guard index % 10 == 9 else { continue }
    report.curves.append(
      .init(
        "validation", step: index + 1,
        [("loss", loss + 0.5)] + scores.map { ($0, 0.5) } + [("mse", loss), ("active_slots", 3)]))
  }
  return report
}

@Suite("The report of a run")
struct TrainingReportTests {
  /// The titles of the charts, in order.
  private func charts(_ page: String) -> [String] {
    page.matches(of: /<figure class="chart"><figcaption><b>([^<]*)<\/b>/).map { String($0.1) }
  }

  /// The names of the curves of one chart.
  private func curves(_ title: String, in page: String) throws -> [String] {
    let start = try #require(page.range(of: "<b>\(title)</b>"))
    let end = try #require(page[start.upperBound...].range(of: "</ul>"))
    return page[start.upperBound..<end.lowerBound].matches(of: /<\/svg>([^<]*)/)
      .map { String($0.1) }
  }

  private func withPictures(_ report: TrainingReport) -> TrainingReport {
    var report = report
    report.validation = smallReport()
    report.validationStep = 20
    report.validation?.truth = [0, 1, 2, 0, 1, 2, 2, 1, 0, 2, 1, -1]
    return report
  }

  @Test("is the page that was looked at")
  func golden() throws {
    var report = withPictures(smallRun(count: 20))
    report.isRunning = true
    let text = try outline(of: report.html()).replacing("><", with: ">\n<")
    #expect(try Golden("training.html.txt").mismatch(text) == nil)
  }

  @Test("is the same text every time")
  func isDeterministic() throws {
    let names = (0..<30).map { "term.\($0)" }
    let report = withPictures(smallRun(count: 30, names, modules: names, scores: names.reversed()))
    #expect(try report.html() == report.html())
  }

  @Test("refers to nothing outside itself")
  func isSelfContained() throws {
    var report = withPictures(smallRun(count: 20))
    report.isRunning = true
    let page = try report.html()
    let rest = addresses(in: page).reduce(page) { $0.replacing($1, with: "") }
    for word in ["http:", "https:", "//", "@import", "<link", "fetch(", "import("] {
      #expect(!rest.contains(word), "\(word)")
    }
    for match in page.matches(of: /(src="|url\()(.{5})/) { #expect(match.output.2 == "data:") }
  }

  @Test("escapes every text that it is given")
  func escapes() throws {
    let hostile = "</style></script><img src=x onerror=alert(1)>\"'&\u{0}"
    var report = withPictures(
      smallRun(count: 10, [hostile], modules: [hostile], scores: ["score" + hostile]))
    (report.title, report.source, report.command) = (hostile, hostile, hostile)
    (report.facts, report.recipe) = ([(hostile, hostile)], [(hostile, hostile)])
    report.notes = [hostile]
    report.validation?.source = hostile
    report.validation?.weightsNote = hostile
    report.validation?.notes = [hostile]
    let page = try report.html()
    #expect(!page.contains("<img src=x"))
    #expect(!page.unicodeScalars.contains("\0"))
    #expect(markupFaults(in: page) == [])
    let escaped =
      "&lt;/style&gt;&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;\u{FFFD}"
    // The title twice; source, command, note; fact and recipe in two parts each; three of the
    // validation. A curve stands in legend and description; three of those.
    #expect(page.ranges(of: escaped).count == 2 + 3 + 4 + 3 + 6)
  }

  @Test(
    "stays small for any number of lines and a clip of the tiny model",
    arguments: [(2000, 40), (30_000, 7)])
  func isSmall(_ lines: Int, _ modules: Int) throws {
    var report = smallRun(count: lines, modules: (0..<modules).map { "module.\($0)" })
    report.validation = smallReport(frames: 6, slots: 16, height: 32, width: 32)
    #expect(try report.html().utf8.count < 1_500_000)
  }
}

// MARK: - Curves
extension TrainingReportTests {
  @Test("gives every number of the log one chart, and none to what has no number")
  func places() throws {
    let report = smallRun(
      count: 20, ["pixel_loss", "kl"], modules: ["encoder", "decoder"], scores: ["ari", "miou"])
    let page = try report.html()
    #expect(
      charts(page) == [
        "Loss", "Terms of the loss", "Scores", "Mean squared error", "Gradient norms",
        "Learning rate", "Active slots",
      ])
    #expect(try curves("Loss", in: page) == ["training", "validation"])
    #expect(try curves("Terms of the loss", in: page) == ["pixel_loss", "kl"])
    #expect(try curves("Scores", in: page) == ["ari", "miou"])
    #expect(try curves("Gradient norms", in: page) == ["all", "encoder", "decoder"])
    #expect(markupFaults(in: page) == [])
  }

  @Test("has a place for names that it has never seen")
  func unknownNames() throws {
    var report = TrainingReport(title: "a", source: "b")
    report.curves = [
      .init("train", step: 1, [("energy", -3), ("both", 2), ("nothing", nil)]),
      .init("validation", step: 1, [("both", 1), ("agreement", -0.5), ("seconds", 12)]),
      .init("else", step: 1, [("unheard", 1)]),
    ]
    let page = try report.html()
    #expect(charts(page) == ["Terms of the loss", "Scores", "seconds"])
    #expect(try curves("Terms of the loss", in: page) == ["energy", "both", "both, validation"])
    #expect(try curves("Scores", in: page) == ["agreement"])
    #expect(page.contains("so without a curve: nothing."))
    #expect(!page.contains("unheard"))
  }

  @Test("spreads many curves over charts, with the norm of all in each")
  func manyCurves() throws {
    let names = (0..<20).map { "m\($0)" }
    let page = try smallRun(count: 3, modules: names).html()
    let titles = (1...3).map { "Gradient norms, \($0) of 3" }
    #expect(charts(page).filter { $0.hasPrefix("Gradient") } == titles)
    let drawn = try titles.map { try curves($0, in: page) }
    #expect(drawn.allSatisfy { $0.first == "all" && $0.count <= 10 })
    #expect(drawn.flatMap { $0.dropFirst() } == names)
  }

  @Test(
    "has a logarithmic axis where numbers span decades, and never for numbers below zero",
    arguments: [
      ([1, 2], false), ([1, 1000], true), ([0, 1, 1000], true), ([-1, 1, 1000], false),
      ([0, 0], false),
    ] as [([Double], Bool)])
  func scales(_ values: [Double], _ isLogarithmic: Bool) throws {
    var report = TrainingReport(title: "a", source: "b")
    report.curves = values.enumerated().map { .init("train", step: $0, [("loss", $1)]) }
    #expect(try report.html().contains("logarithmic axis") == isLogarithmic)
  }

  @Test("tells of skipped steps only if there were some")
  func skipped() throws {
    var report = smallRun(count: 5)
    #expect(!charts(try report.html()).contains("Steps without an update"))
    report.curves.append(.init("train", step: 6, [("skipped", 1)]))
    #expect(charts(try report.html()).contains("Steps without an update"))
  }

  @Test("survives numbers that are none", arguments: [Double.nan, .infinity, -1e300, nil])
  func survivesOddNumbers(_ number: Double?) throws {
    var report = smallRun(count: 20)
    for index in report.curves.indices where index.isMultiple(of: 3) {
      for place in report.curves[index].values.indices {
        report.curves[index].values[place].value = number
      }
    }
    report.curves.append(.init("train", step: .max, [("loss", number)]))
    let page = try report.html()
    #expect(markupFaults(in: page) == [])
    #expect(page.firstMatch(of: /[^a-z](nan|inf)[^a-z]/.ignoresCase()) == nil)
    #expect(page.contains("training: 8 points without a finite number, not drawn."))
  }
}

// MARK: - States of a run
extension TrainingReportTests {
  @Test("says what is not there yet", arguments: [0, 1])
  func beginning(_ count: Int) throws {
    var report = smallRun(count: count)
    report.isRunning = true
    let page = try report.html()
    #expect(markupFaults(in: page) == [])
    #expect(page.contains("The log has no numbers yet.") == (count == 0))
    #expect(charts(page).isEmpty == (count == 0))
    #expect(page.contains("Pictures follow the first validation."))
    #expect(!page.contains("class=\"film"))
    // Nothing is there to be played.
    #expect(!page.contains("id=\"controls\""))
    report.isRunning = false
    #expect(try report.html().contains("This run ended before any validation."))
  }

  @Test("redraws itself while the run goes on, with script and without, and then no more")
  func redraws() throws {
    var report = smallRun(count: 10)
    let refresh = "<noscript>\n<meta http-equiv=\"refresh\" content=\"10\"></noscript>"
    let ended = try report.html()
    #expect(!ended.contains("http-equiv") && !ended.contains("id=\"live\""))
    report.isRunning = true
    let running = try report.html()
    #expect(running.contains(refresh))
    #expect(running.contains("<div id=\"live\" data-seconds=\"10\">"))
    #expect(running.contains("id=\"redraw\""))
    // The script redraws where it finds that element, and only there.
    let script = try #require(running.range(of: "if (!live) return;"))
    let reload = running.ranges(of: "location.reload()")
    #expect(reload.count == 1 && reload[0].lowerBound > script.upperBound)
  }

  @Test("shows pictures and true labels of the last validation in the fixed palette")
  func pictures() throws {
    let report = withPictures(smallRun(count: 20))
    let page = try report.html()
    #expect(page.contains("The first clip of the last validation after step 20: made for a test"))
    let truth = try sheet("truth", in: page)
    #expect((truth.height, truth.width) == (2, 6))
    for (index, label) in try #require(report.validation?.truth).enumerated() {
      let (frame, y, x) = (index / 6, index / 3 % 2, index % 3)
      let colour = label < 0 ? Palette.notANumber : Palette.slot(label)
      #expect(
        truth[frame * 3 + x, y] == [colour.red, colour.green, colour.blue].map(Int.init))
    }
    var unlabelled = report
    unlabelled.validation?.truth = nil
    #expect(try !unlabelled.html().contains("truth"))
  }

  @Test("refuses labels of another size, and pictures that do not agree")
  func refuses() throws {
    var report = withPictures(smallRun(count: 20))
    report.validation?.truth?.removeLast()
    let error = #expect(throws: Diagnostic.self) { try report.html() }
    #expect(error?.code == "report.shape")
    for part in ["truth", "[2, 2, 3]", "[11]"] {
      #expect(error?.description.contains(part) == true, "\(part)")
    }
    report.validation?.truth = nil
    report.validation?.clip = HostTensor(TensorType(.f32, [2, 2]), repeating: 0)
    #expect(throws: Diagnostic.self) { try report.html() }
  }
}
