// swift-tools-version: 6.1
// The map of the house: one line per module, in dependency order. A module imports only what its
// line names; `tools/check` and `Tests/HouseTests` hold it to that.
import PackageDescription

/// Reference mathematics (exp, erf, …) in `Double`.
let real = Target.Dependency.product(name: "RealModule", package: "swift-numerics")

let package = Package(
  name: "smalti",
  products: [
    .library(name: "SmaltiRuntime", targets: ["SmaltiRuntime"]),
    .library(
      name: "GraphCompiler", targets: ["GraphCompiler", "SmaltiRuntime", "GraphIR", "TensorCore"]),
    .library(name: "ModelZoo", targets: ["ModelZoo"]),
    .library(name: "Smalti", targets: ["Smalti"]),
    .executable(name: "smalti", targets: ["SmaltiCommand"]),
    // libsmalti; named apart, since a product of the command has the plain name.
    .library(name: "smalti-library", type: .dynamic, targets: ["CompilerLibrary"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // graphs: what a network means
    module("TensorCore", "graphs/Core", [real]),
    module("GraphIR", "graphs/IR", ["TensorCore"]),
    module("GraphOps", "graphs/Ops", ["TensorCore", "GraphIR", real]),
    module("GraphAutodiff", "graphs/Autodiff", ["TensorCore", "GraphIR", "GraphOps"]),

    // codegen: how it becomes machine code
    module("TileIR", "codegen/Tiles", ["TensorCore"]),
    module("ExecutionPlan", "codegen/Plan", []),
    module("GraphRegions", "codegen/Regions", ["TensorCore", "GraphIR"]),
    module(
      "GraphLowering", "codegen/Lowering",
      ["TensorCore", "GraphIR", "TileIR", "ExecutionPlan", "GraphRegions"]),
    module("LLVMEmission", "codegen/Emission", ["TensorCore", "TileIR"]),
    .systemLibrary(
      name: "CSmaltiLLVM", path: "codegen/LLVM/CSmaltiLLVM", pkgConfig: "smalti-llvm",
      providers: [.apt(["llvm-19-dev"])]),
    module("LLVMBackend", "codegen/LLVM/Backend", ["TensorCore", "TileIR", "CSmaltiLLVM"]),

    // Sources: what people import
    module("NeuralLayers", "Sources/Layers", ["TensorCore", "GraphIR", "GraphOps", real]),
    module(
      "ModelZoo", "Sources/Models", ["TensorCore", "GraphIR", "GraphOps", "NeuralLayers", real]),
    cModule("CSmaltiRuntime", "Sources/CRuntime"),
    module("SmaltiRuntime", "Sources/Runtime", ["ExecutionPlan", "CSmaltiRuntime"]),
    cModule("CSmaltiPNG", "Sources/CPNG", [.linkedLibrary("png16")]),
    .systemLibrary(
      name: "CSmaltiZip", path: "Sources/CZip", pkgConfig: "libzip",
      providers: [.apt(["libzip-dev"])]),
    .systemLibrary(
      name: "CSmaltiZlib", path: "Sources/CZlib", pkgConfig: "zlib",
      providers: [.apt(["zlib1g-dev"])]),
    cModule("CSmaltiChecks", "Sources/CChecks"),
    module(
      "TensorFiles", "Sources/Files",
      ["TensorCore", "CSmaltiPNG", "CSmaltiZip", "CSmaltiZlib", "CSmaltiChecks"]),
    module("SegmentationMetrics", "Sources/Metrics", ["TensorCore"]),
    .systemLibrary(
      name: "COpenBLAS", path: "Sources/COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"])]),
    .target(
      name: "CSmaltiBLAS", dependencies: ["COpenBLAS"], path: "Sources/CBLAS",
      publicHeadersPath: "include"),
    module("PageReports", "Sources/Reports", ["TensorCore", "TensorFiles"]),
    module("ClipData", "Sources/Data", ["TensorCore", "TensorFiles"]),
    module(
      "GraphCompiler", "Sources/Compiler",
      [
        "TensorCore", "GraphIR", "TileIR", "ExecutionPlan", "GraphLowering", "LLVMEmission",
        "LLVMBackend", "SmaltiRuntime", "CSmaltiBLAS",
      ]),
    module(
      "GraphTraining", "Sources/Training",
      ["TensorCore", "GraphIR", "GraphOps", "GraphAutodiff", real]),
    module(
      "TrainingRuns", "Sources/Runs",
      [
        "TensorCore", "GraphIR", "GraphLowering", "ModelZoo", "SmaltiRuntime", "TensorFiles",
        "SegmentationMetrics", "PageReports", "ClipData", "GraphCompiler", "GraphTraining",
        .product(name: "Yams", package: "Yams"),
      ]),
    cModule("CSmaltiSources", "Sources/CSources"),
    module(
      "ModelArtefacts", "Sources/Artefacts",
      [
        "TensorCore", "GraphIR", "TileIR", "ExecutionPlan", "GraphLowering", "LLVMEmission",
        "LLVMBackend", "CSmaltiRuntime", "SmaltiRuntime", "GraphCompiler", "CSmaltiSources",
      ]),
    module(
      "Smalti", "Sources/Smalti",
      [
        "TensorCore", "GraphIR", "GraphOps", "GraphAutodiff", "TileIR", "ExecutionPlan",
        "NeuralLayers", "ModelZoo", "SmaltiRuntime", "TensorFiles", "ClipData", "PageReports",
        "SegmentationMetrics", "GraphCompiler", "GraphTraining", "TrainingRuns", "ModelArtefacts",
      ]),

    // tools: what people run
    module("ModelRequests", "tools/requests", ["Smalti", "GraphLowering", "LLVMBackend"]),
    .target(
      name: "CSmaltiCompiler", dependencies: ["CSmaltiRuntime"], path: "tools/library/C",
      publicHeadersPath: "include"),
    module(
      "CompilerLibrary", "tools/library/Swift",
      ["Smalti", "ModelRequests", "GraphLowering", "CSmaltiCompiler"]),
    .executableTarget(
      name: "SmaltiCommand",
      dependencies: [
        "Smalti", "ModelRequests", "GraphLowering", "LLVMEmission", "LLVMBackend", "CSmaltiRuntime",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "tools/command"),

    // Tests: what we know to be true
    tests("HouseTests", []),
    tests("DocumentationTests", ["Smalti"]),
    module("Goldens", "Tests/Support/Goldens", []),
    module("Programs", "Tests/Support/Programs", []),
    module(
      "RandomGraphs", "Tests/Support/RandomGraphs",
      [
        "TensorCore", "GraphIR", "GraphOps", "TileIR", "ExecutionPlan", "GraphRegions",
        "GraphLowering", "LLVMEmission", "LLVMBackend", "SmaltiRuntime",
      ]),
    .executableTarget(
      name: "FuzzGraphs",
      dependencies: [
        "RandomGraphs", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "tools/fuzz-graphs"),
    tests("TensorCoreTests", ["TensorCore", "Goldens"], resources: [.copy("Fixtures")]),
    tests("GraphIRTests", ["TensorCore", "GraphIR", "Goldens"], resources: [.copy("Fixtures")]),
    tests("RuntimeTests", ["ExecutionPlan", "SmaltiRuntime", "CSmaltiRuntime"]),
    tests(
      "TensorFilesTests", ["TensorCore", "TensorFiles", "Programs"],
      resources: [.copy("Fixtures")]),
    tests(
      "SegmentationMetricsTests", ["TensorCore", "SegmentationMetrics"],
      resources: [.copy("Fixtures")]),
    tests(
      "PageReportsTests", ["TensorCore", "TensorFiles", "PageReports", "Goldens"],
      resources: [.copy("Fixtures")]),
    tests("ClipDataTests", ["TensorCore", "TensorFiles", "ClipData"]),
    tests(
      "NeuralLayersTests", ["TensorCore", "GraphIR", "GraphOps", "NeuralLayers", real]),
    tests(
      "ModelZooTests",
      [
        "TensorCore", "GraphIR", "GraphOps", "GraphAutodiff", "NeuralLayers", "ModelZoo",
        "TensorFiles",
        "GraphLowering", "GraphCompiler", "SmaltiRuntime", "Goldens",
      ],
      resources: [.copy("Fixtures")]),
    tests("GraphOpsTests", ["TensorCore", "GraphIR", "GraphOps", real]),
    tests(
      "GraphAutodiffTests", ["TensorCore", "GraphIR", "GraphOps", "GraphAutodiff", "RandomGraphs"],
      resources: [.copy("Fixtures")]),
    tests(
      "GraphTrainingTests",
      [
        "TensorCore", "GraphIR", "GraphOps", "GraphTraining", "GraphCompiler", "GraphLowering",
        "SmaltiRuntime",
        "ModelZoo",
      ],
      resources: [.copy("Fixtures")]),
    tests(
      "TrainingRunsTests",
      [
        "TensorCore", "GraphIR", "SmaltiRuntime", "TensorFiles", "ClipData", "GraphCompiler",
        "GraphTraining", "TrainingRuns",
      ]),
    tests("TileIRTests", ["TensorCore", "TileIR", real]),
    tests(
      "GraphRegionsTests",
      ["TensorCore", "GraphIR", "GraphOps", "GraphRegions", "ModelZoo", "Goldens"],
      resources: [.copy("Fixtures")]),
    tests(
      "GraphLoweringTests",
      [
        "TensorCore", "GraphIR", "GraphOps", "GraphRegions", "TileIR", "GraphLowering",
        "ExecutionPlan", "ModelZoo",
        "Goldens",
      ],
      resources: [.copy("Fixtures")]),
    tests(
      "LLVMEmissionTests", ["TensorCore", "TileIR", "LLVMEmission", "Goldens"],
      resources: [.copy("Fixtures")]),
    tests(
      "GraphCompilerTests",
      [
        "TensorCore", "GraphIR", "GraphOps", "TileIR", "LLVMEmission", "LLVMBackend",
        "SmaltiRuntime", "GraphCompiler",
      ]),
    tests("LLVMBackendTests", ["TensorCore", "TileIR", "LLVMBackend", "SmaltiRuntime"]),
    tests(
      "VectorMathTests",
      ["TensorCore", "TileIR", "LLVMEmission", "LLVMBackend", "SmaltiRuntime", real]),
    tests(
      "TileMachineTests",
      ["TensorCore", "TileIR", "LLVMEmission", "LLVMBackend", "SmaltiRuntime"]),
    tests(
      "MachineCodeTests",
      ["TensorCore", "GraphIR", "GraphOps", "TileIR", "GraphCompiler", "ModelZoo"]),
    tests(
      "RandomGraphTests",
      [
        "TensorCore", "GraphIR", "GraphOps", "GraphAutodiff", "TileIR", "ExecutionPlan",
        "GraphRegions",
        "GraphLowering", "RandomGraphs", "Goldens",
      ],
      resources: [.copy("Fixtures")]),
    tests(
      "SanitizedKernelTests",
      [
        "TensorCore", "GraphIR", "GraphOps", "TileIR", "ExecutionPlan", "GraphLowering",
        "LLVMEmission", "LLVMBackend", "SmaltiRuntime", "ModelZoo",
      ]),
    tests("CommandTests", ["Smalti", "Goldens", "Programs"], resources: [.copy("Fixtures")]),
    tests(
      "ArtefactTests",
      [
        "TensorCore", "GraphIR", "GraphOps", "TileIR", "ModelZoo", "GraphCompiler", "SmaltiRuntime",
        "ModelArtefacts", "Goldens", "Programs",
      ], resources: [.copy("Fixtures")]),
    tests("InstallTests", ["Programs"]),
    tests(
      "CrossTargetTests",
      [
        "TensorCore", "GraphIR", "GraphOps", "TileIR", "ExecutionPlan", "GraphLowering",
        "LLVMEmission", "LLVMBackend", "SmaltiRuntime", "GraphCompiler", "ModelZoo", "TensorFiles",
        "Programs",
      ]),
    tests(
      "MachineCodeShapeTests",
      [
        "TensorCore", "GraphIR", "GraphOps", "TileIR", "GraphLowering", "LLVMEmission",
        "LLVMBackend", "ModelZoo",
      ]),
  ],
  swiftLanguageModes: [.v6]
)

/// A Swift module at `path` that may import `imports` and nothing else.
func module(_ name: String, _ path: String, _ imports: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: imports, path: path)
}

/// A C module at `path`; its public headers lie in `include`.
func cModule(_ name: String, _ path: String, _ libraries: [LinkerSetting] = []) -> Target {
  .target(name: name, path: path, publicHeadersPath: "include", linkerSettings: libraries)
}

/// Tests of one module or one theme, under `Tests/`.
func tests(
  _ name: String, _ imports: [Target.Dependency], resources: [Resource] = []
) -> Target {
  .testTarget(name: name, dependencies: imports, path: "Tests/\(name)", resources: resources)
}
