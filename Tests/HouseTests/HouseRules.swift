// The tables that a person edits: who may see what is not ours.

/// Modules of the system and the toolchain, and the targets or rooms that may import them; an empty
/// set means everyone. A new line wants a reason.
let systemModules = SystemModules(allowed: [
  "Synchronization": [],  // atomics and locks
  "Testing": ["Tests"],
  // Files, processes, JSON. The runtime, the graph and the code generator do without: Foundation
  // is large, and an embedded runtime must not drag it along.
  "Foundation": [
    "Tests", "tools", "TensorFiles", "PageReports", "ClipData", "GraphCompiler",
    "ModelArtefacts", "TrainingRuns",
  ],
  // Kernels of one program compile side by side.
  "Dispatch": ["GraphCompiler"],
  // Mathematics and memory of the C library.
  "Glibc": [
    "Tests", "tools", "TensorCore", "TensorFiles", "ClipData", "GraphCompiler", "SmaltiRuntime",
    "ModelArtefacts", "TrainingRuns",
  ],
])

/// Modules that only the targets named may depend on.
let keepers: [String: Set<String>] = [
  "CSmaltiLLVM": ["LLVMBackend"],
  "CSmaltiBLAS": ["GraphCompiler"],
]

/// All that the runtime may reach: plans, never the compiler.
let runtimeReach: Set = ["ExecutionPlan", "TensorCore", "CSmaltiRuntime", "RealModule"]
