import GraphIR
import ModelZoo
import TensorCore
import Testing

/// Settings as text, and what is refused.
struct OptionTests {
  /// A value other than the default for each key.
  static let settings = [
    "batch=3", "frames=8", "size=128", "conv_layers=2", "conv_channels=64", "width=160", "heads=4",
    "transformer_layers=2", "feed_forward=256", "head_hidden=512", "latent_channels=16",
    "decoder_layers=4", "decoder_width=256", "slots=25", "latents=sample", "noise=given",
    "frames_decoded=4", "pixel_stride=4", "log_std_clamp=-5,2.5", "mask_ln_affine=true",
    "identical_layers_at_start=true", "sigma_x=0.1", "alpha=0.5", "beta_o=0.001", "beta_f=0.01",
    "mixture=joint", "lr=0.001", "adam_beta1=0.5", "adam_beta2=0.99", "adam_epsilon=0.001",
    "grad_clip=1",
  ]

  @Test("every key has a value to try")
  func coversKeys() {
    let keys = Self.settings.map { String($0.prefix { $0 != "=" }) }
    #expect(keys == SIMONe.options.map(\.name))
    #expect(Set(keys).count == keys.count)
  }

  @Test("each key sets its own value, which prints as it was written", arguments: settings)
  func setsAndPrints(setting: String) throws {
    let before = SIMONe().settings
    let after = try SIMONe().setting([setting]).settings
    let changed = zip(before, after).filter { $0.value != $1.value }.map { $1 }
    // Half of the frames are decoded unless told otherwise.
    let following = setting == "frames=8" ? ["frames_decoded=4"] : []
    #expect(changed.map { "\($0.name)=\($0.value)" } == [setting] + following)
  }

  @Test("the default's settings read back to the default", arguments: ["published", "tiny"])
  func readsBack(preset: String) throws {
    let model = try Zoo.model("simone:\(preset)")
    let printed = model.settings.map { "\($0.name)=\($0.value)" }
    #expect(try Zoo.model("simone", printed).settings.map(\.value) == model.settings.map(\.value))
  }

  @Test("a later setting wins, and a name without preset is the first preset")
  func ordersSettings() throws {
    let model = try #require(try Zoo.model("simone", ["batch=2", "batch=5"]) as? SIMONe)
    #expect(model.batch == 5)
    #expect(model.frames == 16)
    let small = try #require(try Zoo.model("simone:small") as? SIMONe)
    #expect(small.transformerLayers == 1)
    #expect(small.width == 320)
  }

  @Test("the learnt scale and shift of the masks are two more parameters")
  func addsMaskParameters() throws {
    let plain = try Zoo.model("simone:tiny").program().parameters
    let affine = try Zoo.model("simone:tiny", ["mask_ln_affine=true"]).program().parameters
    let added = affine.filter { parameter in !plain.contains { $0.path == parameter.path } }
    #expect(
      added.map { "\($0.path) : \($0.type) = \($0.initialiser)" } == [
        "decoder.mask_norm.weight : f32[] = constant(1)",
        "decoder.mask_norm.bias : f32[] = constant(0)",
      ])
    #expect(affine.count == plain.count + 2)
  }

  @Test("identical layers start with one value each, of the first layer's streams")
  func startsLayersAlike() throws {
    let settings = ["transformer_layers=2", "identical_layers_at_start=true"]
    let program = try Zoo.model("simone:tiny", settings).program()
    let first = "encoder.transformer1.0."
    let seed = Key(7)
    var compared = 0
    for parameter in program.parameters where parameter.path.contains(".transformer") {
      let name = parameter.path.split(separator: ".").dropFirst(3).joined(separator: ".")
      let template = try #require(program.parameter(at: first + name))
      #expect(template.initialiser.stream == nil)
      #expect(parameter.initialValue(seed: seed) == template.initialValue(seed: seed))
      compared += 1
    }
    #expect(compared == 48)
    // Without the option they differ, and the first layer and all other parts stay the same.
    let free = try Zoo.model("simone:tiny", ["transformer_layers=2"]).program()
    for (alike, apart) in zip(program.parameters, free.parameters) {
      let isUniform = if case .uniform = alike.initialiser.distribution { true } else { false }
      let changes =
        isUniform && alike.path.contains(".transformer") && !alike.path.hasPrefix(first)
      #expect(alike.path == apart.path)
      #expect((alike.initialValue(seed: seed) != apart.initialValue(seed: seed)) == changes)
    }
  }

  @Test("the decoder alone takes any number of slots, frames and pixels")
  func freesDecoder() throws {
    let settings = ["slots=5", "size=33", "frames=2"]
    let program = try Zoo.model("simone:tiny", settings).program(entries: ["decode"])
    #expect(
      Signature(program.graphs[0]).results.first == "reconstruction: f32[1, 2, 33, 33, 3]")
    #expect(Signature(program.graphs[0]).results[1] == "weights: f32[1, 2, 5, 33, 33]")
    let train = try Zoo.model("simone:tiny", ["size=33"]).program(entries: ["decode_train"])
    #expect(Signature(train.graphs[0]).results.first == "reconstruction: f32[1, 3, 17, 17, 3]")
  }
}

/// The whole text of each diagnostic.
struct OptionRefusalTests {
  static let texts: [(name: String, settings: [String], text: String)] = [
    (
      "simon", [],
      """
      error[model.unknown]: there is no model simon
        help: did you mean simone?
      """
    ),
    (
      "resnet", [],
      """
      error[model.unknown]: there is no model resnet
        help: the zoo has simone
      """
    ),
    (
      "simone:tyny", [],
      """
      error[model.preset-unknown]: simone has no preset tyny
        help: did you mean tiny?
      """
    ),
    (
      "simone:huge", [],
      """
      error[model.preset-unknown]: simone has no preset huge
        help: it has published, small, tiny
      """
    ),
    (
      "simone", ["frame=8"],
      """
      error[model.option-unknown]: simone has no option frame
        help: did you mean frames?
      """
    ),
    (
      "simone", ["conv_layer=2"],
      """
      error[model.option-unknown]: simone has no option conv_layer
        help: did you mean conv_layers?
      """
    ),
    (
      "simone", ["batch"],
      """
      error[model.option-syntax]: batch is not an option of simone
        help: write key=value
      """
    ),
    (
      "simone", ["batch=two"],
      """
      error[model.option-value]: batch needs a whole number, got two
        help: for example batch=1
      """
    ),
    (
      "simone", ["batch="],
      """
      error[model.option-value]: batch needs a whole number, got nothing
        help: for example batch=1
      """
    ),
    (
      "simone", ["batch=1.5"],
      """
      error[model.option-value]: batch needs a whole number, got 1.5
        help: for example batch=1
      """
    ),
    (
      "simone", ["latents=median"],
      """
      error[model.option-value]: latents needs mean or sample, got median
        help: for example latents=mean
      """
    ),
    (
      "simone", ["noise=pink"],
      """
      error[model.option-value]: noise needs drawn or given, got pink
        help: for example noise=drawn
      """
    ),
    (
      "simone", ["mask_ln_affine=yes"],
      """
      error[model.option-value]: mask_ln_affine needs true or false, got yes
        help: for example mask_ln_affine=false
      """
    ),
    (
      "simone", ["log_std_clamp=3,-10"],
      """
      error[model.option-value]: log_std_clamp needs two numbers low,high, got 3,-10
        help: for example log_std_clamp=-10,3
      """
    ),
    (
      "simone", ["log_std_clamp=-10,inf"],
      """
      error[model.option-value]: log_std_clamp needs two numbers low,high, got -10,inf
        help: for example log_std_clamp=-10,3
      """
    ),
  ]

  @Test("wrong names and values are refused with a remedy", arguments: texts)
  func refusesText(name: String, settings: [String], text: String) throws {
    let refusal = #expect(throws: Diagnostic.self) { try Zoo.model(name, settings) }
    #expect(refusal?.description == text)
  }

  static let ranges: [(settings: [String], text: String)] = [
    (
      ["batch=0"],
      """
      error[model.option-range]: batch must be 1 to 1048576, got 0
        help: set batch=1
      """
    ),
    (
      ["width=2000000"],
      """
      error[model.option-range]: width must be 1 to 1048576, got 2000000
        help: set width=1048576
      """
    ),
    (
      ["transformer_layers=9223372036854775807"],
      """
      error[model.option-range]: transformer_layers must be 1 to 256, got 9223372036854775807
        help: set transformer_layers=256
      """
    ),
    (
      ["conv_layers=17"],
      """
      error[model.option-range]: conv_layers must be 1 to 16, got 17
        help: set conv_layers=16
      """
    ),
    (
      ["width=322"],
      """
      error[model.option-range]: width must be a multiple of heads, got 322 and 5
        help: set width=325
      """
    ),
    (
      ["frames=6", "frames_decoded=8"],
      """
      error[model.option-range]: frames_decoded is 8, the clip has 6 frames
        help: set frames_decoded=3
      """
    ),
    (
      ["size=72"],
      """
      error[model.option-range]: size must be a multiple of 16 for 3 convolutions and the pooling, \
      got 72
        help: set size=80
      """
    ),
    (
      ["size=128"],
      """
      error[model.option-range]: slots must be 64, the encoder's grid of 8 x 8, got 16
        help: set slots=64; the decoder alone is free to choose
      """
    ),
    (
      ["slots=15"],
      """
      error[model.option-range]: slots must be 16, the encoder's grid of 4 x 4, got 15
        help: set slots=16; the decoder alone is free to choose
      """
    ),
  ]

  @Test("sizes that make no network are refused with a remedy", arguments: ranges)
  func refusesSizes(settings: [String], text: String) throws {
    let model = try Zoo.model("simone", settings)
    let refusal = #expect(throws: Diagnostic.self) { try model.program() }
    #expect(refusal?.description == text)
  }

  @Test("every whole number is refused at 0 and below")
  func refusesZero() throws {
    for option in SIMONe.options where option.kind == Int.kind {
      for value in [0, -1, Int.min] {
        let model = try SIMONe().setting(["\(option.name)=\(value)"])
        let refusal = #expect(throws: Diagnostic.self) { try model.program() }
        #expect(refusal?.code == "model.option-range")
        #expect(refusal?.message.contains("\(option.name) must be") == true)
      }
    }
  }

  @Test("frames_decoded binds decode_train only")
  func allowsFewFrames() throws {
    let model = try Zoo.model("simone", ["frames=6", "frames_decoded=8"])
    _ = try model.program(entries: ["encode", "decode", "whole"])
    let refusal = #expect(throws: Diagnostic.self) { try model.program(entries: ["decode_train"]) }
    #expect(refusal?.code == "model.option-range")
  }

  @Test("tensors too large for any machine are refused, not tried")
  func refusesHugeTensors() throws {
    let model = try Zoo.model("simone", ["batch=1048576", "frames=1048576"])
    let refusal = #expect(throws: Diagnostic.self) { try model.program() }
    #expect(refusal?.code == "shape.too-large")
    #expect(refusal?.place == "encode")
  }

  @Test("an unknown entry point is refused")
  func refusesEntry() throws {
    let near = #expect(throws: Diagnostic.self) { try SIMONe().program(entries: ["decoder"]) }
    #expect(
      near?.description == """
        error[model.entry-unknown]: simone has no entry point decoder
          help: did you mean decode?
        """)
    let far = #expect(throws: Diagnostic.self) { try SIMONe().program(entries: ["step"]) }
    #expect(
      far?.description == """
        error[model.entry-unknown]: simone has no entry point step
          help: it has encode, decode, decode_train, whole, loss
        """)
  }

  @Test("the nearest name is at most a third away; ties go to the first")
  func findsNearest() {
    #expect(NearestName.of("frmaes", among: ["size", "frames"]) == "frames")
    #expect(NearestName.of("abcdef", among: ["uvwxyz"]) == nil)
    #expect(NearestName.of("b", among: ["a", "c"]) == "a")
    #expect(NearestName.of("", among: []) == nil)
    #expect(NearestName.of("abc", among: ["abcdef"]) == nil)
    #expect(NearestName.of("abcde", among: ["abcdef"]) == "abcdef")
  }
}
