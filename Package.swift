// swift-tools-version: 6.1
// The map of the house: one line per module, in dependency order. A module imports only what its
// line names; `tools/check` and `Tests/HouseTests` hold it to that.
import PackageDescription

/// Reference mathematics (exp, erf, …) in `Double`.
let real = Target.Dependency.product(name: "RealModule", package: "swift-numerics")

let package = Package(
  name: "smalti",
  dependencies: [
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1")
  ],
  targets: [
    // graphs: what a network means
    module("TensorCore", "graphs/Core", [real]),
    module("GraphIR", "graphs/IR", ["TensorCore"]),
    module("GraphOps", "graphs/Ops", ["TensorCore", "GraphIR", real]),

    // codegen: how it becomes machine code
    module("TileIR", "codegen/Tiles", ["TensorCore"]),

    // Sources: what people import
    module("NeuralLayers", "Sources/Layers", ["TensorCore", "GraphIR", "GraphOps", real]),
    module("ModelZoo", "Sources/Models", ["TensorCore", "GraphIR", "GraphOps", "NeuralLayers"]),

    // Tests: what we know to be true
    tests("TensorCoreTests", ["TensorCore"]),
    tests("TileIRTests", ["TensorCore", "TileIR"]),
  ],
  swiftLanguageModes: [.v6]
)

/// A Swift module at `path` that may import `imports` and nothing else.
func module(_ name: String, _ path: String, _ imports: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: imports, path: path)
}

/// A C module at `path`; its public headers lie in `include`.
func cModule(_ name: String, _ path: String) -> Target {
  .target(name: name, path: path, publicHeadersPath: "include")
}

/// Tests of one module or one theme, under `Tests/`.
func tests(
  _ name: String, _ imports: [Target.Dependency], resources: [Resource] = []
) -> Target {
  .testTarget(name: name, dependencies: imports, path: "Tests/\(name)", resources: resources)
}
