import Foundation
import GraphTraining
import TensorCore
import Testing
import TrainingRuns

@Suite("recipes")
struct RecipeTests {
  private func recipe(_ yaml: String, _ assignments: [String] = []) throws -> Recipe {
    try withFolder { folder in
      try Data(yaml.utf8).write(to: URL(filePath: "\(folder)/r.yaml"))
      var recipe = try Recipe(reading: "\(folder)/r.yaml")
      try recipe.add(assignments)
      return recipe
    }
  }

  private static let whole = """
    # a comment
    model: simone:tiny
    data: "some where"
    steps: 300
    lr: 1e-3
    frozen: encoder.conv
    """

  @Test("keys are of the run or of the model, and those of the call win")
  func reads() throws {
    let description = try RunDescription(recipe(Self.whole, ["lr=5e-4", "seed=9"]))
    #expect(description.model == "simone:tiny" && description.data == "some where")
    #expect(description.options.steps == 300 && description.options.seed == 9)
    #expect(description.options.frozen == "encoder.conv")
    #expect(description.family.recipe.learningRate == 5e-4)
    // The batch of the family's recipe, unless it is named.
    #expect(description.family.settings.first { $0.name == "batch" }?.value == "4")
    let other = try RunDescription(recipe(Self.whole, ["batch=2"]))
    #expect(other.family.settings.first { $0.name == "batch" }?.value == "2")
  }

  @Test("a description as YAML makes the same description")
  func roundTrips() throws {
    let odd = ["validation=a \"b\"\\c: #d\r\u{2028}", "log_std_clamp=-4,2", "frozen=a,b"]
    let description = try RunDescription(recipe(Self.whole, odd))
    let again = try RunDescription(recipe(description.yaml))
    #expect(again.yaml == description.yaml)
    #expect(again.validation == "a \"b\"\\c: #d\r\u{2028}")
    #expect(again.options.settings.map(\.value) == description.options.settings.map(\.value))
    #expect(again.family.settings.map(\.value) == description.family.settings.map(\.value))
  }

  @Test("wrong keys and values are refused with their place")
  func refuses() throws {
    func refusal(_ code: Diagnostic.Code, _ parts: [String], _ yaml: String) {
      expectRefusal(code, parts) { _ = try RunDescription(recipe(yaml)) }
    }
    let start = "model: simone:tiny\ndata: x\n"
    refusal("recipe.no-model", ["needs a model"], "data: x")
    refusal("recipe.no-data", ["needs data"], "model: simone:tiny")
    refusal(
      "recipe.key-unknown", ["has a key stepps", "did you mean steps?", "r.yaml:3"],
      start + "stepps: 3")
    refusal(
      "recipe.value", ["steps needs a whole number, got 1.5", "r.yaml:4"],
      start + "seed: 3\nsteps: 1.5")
    refusal("recipe.range", ["keep must be 1 to 1048576, got 0", "keep=1"], start + "keep: 0")
    refusal("model.option-value", ["lr needs a number, got fast", "r.yaml:3"], start + "lr: fast")
    refusal("recipe.yaml", ["steps must be one value"], start + "steps: [1, 2]")
    refusal("recipe.yaml", ["lines of key: value"], "- a\n- b")
    refusal("recipe.yaml", ["cannot be read", "r.yaml"], "a: {")
    refusal("recipe.yaml", ["cannot be read"], start + "steps: 1\nsteps: 2")
    refusal("recipe.yaml", ["cannot be read"], "a: \u{1}")
    refusal("model.unknown", ["simon"], "model: simon\ndata: x")
  }

  @Test("a ramp goes in a straight line to the key's value, the last one named")
  func ramps() throws {
    let ramps = ["ramp.sigma_x=0.5:10", "ramp.beta_o=0:4", "ramp.sigma_x=0.4:20", "beta_o=1e-3"]
    let description = try RunDescription(recipe(Self.whole, ramps))
    #expect(description.ramps.map(\.key) == ["beta_o", "sigma_x"])
    let schedules = description.ramps.map(\.schedule)
    #expect(
      schedules == [.line(from: 0, to: 1e-3, steps: 4), .line(from: 0.4, to: 0.08, steps: 20)])
    let again = try RunDescription(recipe(description.yaml))
    #expect(again.ramps == description.ramps && again.yaml == description.yaml)
    let step = try description.stepProgram().entry("step")
    #expect(step.arguments.map(\.name).allSatisfy { !["beta_o", "sigma_x"].contains($0) })
    #expect(step.results.map(\.name).contains("sigma_x"))
    for (wrong, part) in [
      ("ramp.lr=0:10", "lr of simone:tiny cannot change"), ("ramp.x=0:10", "x of"),
      ("ramp.beta_o=0", "beta_o has 0 for START:STEPS"), ("ramp.beta_o=0:0", "0:0"),
      ("ramp.beta_o=-1:5", "-1:5"), ("ramp.beta_o=1e300:5", "1e300:5"),
      ("ramp.beta_o=0:5:6", "0:5:6"), ("ramp.beta_o=0:x", "0:x"),
    ] {
      expectRefusal("recipe.ramp", [part, "ramp.sigma_x=0.5:1000"]) {
        _ = try RunDescription(recipe(Self.whole, [wrong]))
      }
    }
  }

  @Test("a ramp does not begin where its key could not stand")
  func rampsWithinRange() throws {
    expectRefusal("model.option-range", ["sigma_x must be 1e-18 to 1e+18, got 0"]) {
      _ = try RunDescription(recipe(Self.whole, ["ramp.sigma_x=0:10"]))
    }
  }

  @Test("a recipe that is no text, or too long, is refused before it is parsed")
  func refusesFiles() throws {
    try withFolder { folder in
      let path = "\(folder)/r.yaml"
      for bytes in [Data([0xFF, 0xFE]), Data(count: 1 << 20 + 1)] {
        try bytes.write(to: URL(filePath: path))
        expectRefusal("recipe.yaml", ["no text, or longer than 1048576"]) {
          _ = try Recipe(reading: path)
        }
      }
    }
  }

  @Test("a sweep has every combination, each with its own folder")
  func sweeps() throws {
    let recipe = try recipe(Self.whole + "\nsweep.lr: 1e-4, 2e-4\n", ["sweep.seed=1,2,3"])
    let sweep = try Sweep(recipe, folder: "/out")
    let names = ["1e-4", "2e-4"].flatMap { rate in
      (1...3).map { "lr=\(rate),seed=\($0)" }
    }
    #expect(sweep.members.map(\.name) == names)
    #expect(sweep.members.map(\.folder.path) == names.map { "/out/\($0)" })
    #expect(sweep.members.map(\.description.options.seed) == [1, 2, 3, 1, 2, 3])
    #expect(sweep.members[4].description.family.recipe.learningRate == 2e-4)
    // Going on, the same.
    let again = try Sweep(self.recipe(sweep.yaml), folder: "/out")
    #expect(again.members.map(\.name) == names)
    #expect(again.yaml == sweep.yaml)
    for wrong in [
      "sweep.model=simone,simone:tiny", "sweep.lr=1,,2", "sweep.lr=1,1", "sweep.frozen=a/b,c",
    ] {
      expectRefusal("recipe.sweep", ["the sweep cannot be made"]) {
        _ = try Sweep(self.recipe(Self.whole, [wrong]), folder: "/out")
      }
    }
    let many = (0..<101).map(String.init).joined(separator: ",")
    expectRefusal("recipe.sweep", ["more than 10000 combinations"]) {
      let recipe = try self.recipe(Self.whole, ["sweep.seed=\(many)", "sweep.keep=1000,\(many)"])
      _ = try Sweep(recipe, folder: "/out")
    }
  }
}
