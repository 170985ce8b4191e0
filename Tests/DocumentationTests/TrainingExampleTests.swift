import Smalti
import Testing

/// The examples of training are compiled, compared with the pages and run.
@Suite("The examples of training") struct TrainingExampleTests {
  @Test("stand on their pages", arguments: ["README.md", "docs/training.md"])
  func areCompiledText(_ page: String) throws {
    let lines = try Repository.text("Tests/DocumentationTests/TrainingExamples.swift")
      .split(separator: "\n", omittingEmptySubsequences: false)
    let inner = lines.drop { !$0.hasSuffix("// \(page) begins") }.dropFirst()
      .prefix { !$0.hasSuffix("// \(page) ends") }
    // Inside of a function everything is two columns further right.
    let margin = inner.first?.prefix { $0 == " " }.count ?? 0
    #expect(inner.count > 3)
    let text = inner.map { $0.dropFirst(margin) }.joined(separator: "\n")
    #expect(try Repository.text(page).contains("```swift\n\(text)\n```"))
  }

  @Test("a step gives a loss")
  func givesALoss() throws {
    let video = HostTensor(.f32([1, 6, 32, 32, 3]), repeating: 0.5)
    let loss = try #require(try trainingExample(video)["loss"])
    #expect(loss.numbers[0].isFinite)
  }

  @Test("an optimiser of one's own moves parameters by its rate")
  func movesByItsRate() throws {
    let builder = GraphBuilder("loss")
    builder.result("loss", builder.parameter("p", .f32, [], .ones) * 3)
    let step = TrainingStep(SignDescent(), schedule: .constant(0.25))
    let program = try step.program(try Program("line", [builder.finish()]))
    let loaded = try LoadedProgram(Compiler.compile(program), seed: Key(0))
    for value in [Float(0.75), 0.5] {
      _ = try loaded.run("step", [:])
      let state = try #require(loaded.states["p"])
      withExtendedLifetime(state) {
        #expect(state.bytes.loadUnaligned(as: Float.self) == value)
      }
    }
  }
}
