import PageReports
import TensorCore
import Testing

/// What a report of a trained model has beside pictures of its clip.
@Suite("Studies, truth and variants of a report")
struct StudyTests {
  private func gray(_ frames: Int, _ value: Double) -> HostTensor {
    HostTensor(.f32([frames, 2, 3, 3]), repeating: value)
  }

  private func study(_ cells: [HostTensor]) -> LatentStudy {
    LatentStudy(
      title: "A latent, moved", remark: "how to read <it>", columns: ["-1", "+1"],
      rows: [.init("channel 4", cells)])
  }

  @Test("cells are films of the clip's length, or pictures, each with its colours")
  func draws() throws {
    var report = smallReport()
    report.studies = [study([gray(2, 0.2), gray(1, 0.6)])]
    let page = try report.html()
    #expect(markupFaults(in: page) == [])
    let film = try sheet("study-0-0-0", in: page)
    #expect((film.height, film.width) == (2, 6) && film[5, 1] == [51, 51, 51])
    let still = try sheet("study-0-0-1", in: page)
    #expect((still.height, still.width) == (2, 3) && still[0, 0] == [153, 153, 153])
    #expect(page.contains(#"class="film study-0-0-0" role="img" aria-label="channel 4, -1""#))
    #expect(page.contains(#"class="still study-0-0-1" role="img" aria-label="channel 4, +1""#))
    #expect(page.contains("What the latents mean") && page.contains("how to read &lt;it&gt;"))
    let plain = try smallReport().html()
    #expect(!plain.contains("What the latents mean") && !plain.contains(".still"))
  }

  @Test("cells of another size or of integers are refused")
  func refuses() {
    func code(_ cell: HostTensor) -> String? {
      var report = smallReport()
      report.studies = [study([gray(2, 0), cell])]
      do { _ = try report.html() } catch { return (error as? Diagnostic)?.code.description }
      return nil
    }
    let odd = HostTensor(TensorType(.f32, [2, 2]), repeating: 0)
    #expect(code(odd) == "report.shape")
    #expect(code(HostTensor(TensorType(.f32, []), repeating: 0)) == "report.shape")
    #expect(code(gray(3, 0)) == "report.shape")
    #expect(code(gray(1, 0).cast(to: .i32)) == "report.element")
    #expect(code(gray(1, 0)) == nil)
  }

  @Test("true labels, facts and ways of computing are on the page")
  func tells() throws {
    var report = smallReport()
    report.truth = [0, 1, 2, 0, 1, 2, 2, 1, 0, 2, 1, 0]
    report.facts = [("0.812", "ARI of objects")]
    report.variants = [
      .init(
        "fused", milliseconds: 2, framesPerSecond: 1000, workspaceBytes: 1_500_000, difference: 0),
      .init("library", milliseconds: 2, framesPerSecond: 999, workspaceBytes: 0, difference: 0),
      .init("unfused", milliseconds: 9, framesPerSecond: 222, workspaceBytes: 0, difference: 3e-6),
    ]
    let page = try report.html()
    #expect(markupFaults(in: page) == [])
    #expect((try sheet("truth", in: page)).width == 6)
    #expect(page.contains("<b>0.812</b> ARI of objects"))
    let table = try #require(page.range(of: "Fused, unfused, artefact"))
    let text = page[table.upperBound...].prefix(2000)
    for part in ["4.50× as fast", "1.00× as fast", "1.5 MB", "same bits", "3.0e-06", "1e+03"] {
      #expect(text.contains(part), "\(part)")
    }
  }
}
