// What a Swift user imports: `import Smalti` brings the modules below, and no type of its own.
//
//     import Smalti
//
//     let program = try Zoo.model("simone:tiny").program(entries: ["whole"])
//     let loaded = try LoadedProgram(Compiler.compile(program), seed: Key(0))
//     let outputs = try loaded.run("whole", ["video": video])

@_exported import ClipData
@_exported import ExecutionPlan
@_exported import GraphAutodiff
@_exported import GraphCompiler
@_exported import GraphIR
@_exported import GraphOps
@_exported import GraphTraining
@_exported import ModelArtefacts
@_exported import ModelZoo
@_exported import NeuralLayers
@_exported import PageReports
@_exported import SegmentationMetrics
@_exported import SmaltiRuntime
@_exported import TensorCore
@_exported import TensorFiles
@_exported import TileIR
@_exported import TrainingRuns
