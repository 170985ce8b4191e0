import Foundation
import Glibc
import GraphCompiler
import SmaltiRuntime
import TensorCore
import TileIR

/// From parts to a file: objects of the kernels, tables and functions in C, data, the C runtime; all
/// of them one relocatable object in which only the functions of the header are seen; of it what was
/// asked for.
struct ArtefactLink {
  private let packaged: PackagedModel
  private let description: ArtefactDescription
  private let options: ArtefactOptions
  private let toolchain: Toolchain
  private let folder: TemporaryFolder
  private let block: PreparedBlock

  init(
    _ packaged: PackagedModel, _ description: ArtefactDescription, _ options: ArtefactOptions,
    _ toolchain: Toolchain, _ folder: TemporaryFolder, _ block: PreparedBlock
  ) {
    self.packaged = packaged
    self.description = description
    self.options = options
    self.toolchain = toolchain
    self.folder = folder
    self.block = block
  }

  /// - Errors: the backend's; `artefact.c-compiler-failed`; those of the temporary folder.
  func artefact() throws -> Artefact {
    let header = HeaderText(description, abi: EmbeddedSources.abi).text
    let tables = TableText(packaged, description)
    try folder.write(Data(header.utf8), to: "\(options.name).h")
    try folder.write(Data(tables.text.utf8), to: "tables.c")
    for source in EmbeddedSources.runtime { try folder.write(source.bytes, to: source.name) }
    let objects = try kernelObjects() + cObjects() + [dataObject(tables.constants)]
    try toolchain.compile(["-r", "-nostdlib", "-o", "model.o"] + objects)
    let bytes = try linked()
    let isBeside = description.weights.place == "beside"
    return Artefact(
      description: description, file: bytes, header: options.form == .exe ? nil : header,
      weightsFile: isBeside ? block.file(packaged.layout, model: description.model) : nil)
  }
}

// MARK: - Objects
extension ArtefactLink {
  /// Without `-march`: the runtime runs on every machine, to say that the kernels do not.
  ///
  /// No asynchronous unwind tables, since nothing here unwinds.
  private static let flags = [
    "-std=c11", "-O2", "-fPIC", "-fno-asynchronous-unwind-tables", "-ffunction-sections",
    "-fdata-sections", "-I.",
  ]

  private func kernelObjects() throws -> [String] {
    var names: [String] = []
    for (level, kernels) in zip(packaged.levels, packaged.runKernels) {
      names += try objects(PackagedModel.texts(kernels), level, "run")
      guard description.prepares else { continue }
      let own = packaged.prepareKernels.map { kernel in
        var kernel = kernel
        kernel.symbol = TableText.prepareSymbol(kernel.symbol, level)
        return kernel
      }
      names += try objects(PackagedModel.texts(own), level, "prepare")
    }
    return names
  }

  /// Machine code of `texts`, from the cache where it is there, as files.
  private func objects(
    _ texts: [String], _ level: TargetLevel, _ kind: String
  ) throws -> [String] {
    var compiler = options.compiler
    compiler.level = level
    let objects = try Compiler.objectCode(texts, compiler).objects
    return try objects.enumerated().map { index, bytes in
      let name = "\(kind)-\(level.name)-\(index).o"
      try folder.write(bytes, to: name)
      return name
    }
  }

  private func cObjects() throws -> [String] {
    let sources = EmbeddedSources.runtime.map(\.name).filter { $0.hasSuffix(".c") }
    try toolchain.compile(["-c", "-fvisibility=hidden"] + Self.flags + sources)
    try toolchain.compile(["-c"] + Self.flags + ["tables.c"])
    return (sources + ["tables.c"]).map { $0.dropLast(2) + ".o" }
  }

  private func dataObject(_ constants: [[UInt8]]) throws -> String {
    var parts: [DataText.Part] = []
    for (index, bytes) in constants.enumerated() {
      try folder.write(bytes, to: "constant_\(index).bin")
      parts.append(
        DataText.Part(name: "constant_\(index)", path: "constant_\(index).bin", alignment: 64))
    }
    try folder.write(descriptionText, to: "description.json")
    parts.append(
      DataText.Part(name: "description", path: "description.json", alignment: 8, isText: true))
    if description.weights.place == "inside", let bytes = block.bytes {
      try folder.write(Data(bytes.bytes), to: "weights.bin")
      // Whole pages of their own, which the system maps as they are.
      parts.append(DataText.Part(name: "weights", path: "weights.bin", alignment: 4096))
    }
    try folder.write(Data(DataText.text(parts).utf8), to: "data.S")
    try toolchain.compile(["-c", "data.S"])
    return "data.o"
  }

  private var descriptionText: Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return try encoder.encode(description)
    } catch {
      preconditionFailure("internal: \(error)")
    }
  }
}

// MARK: - Files
extension ArtefactLink {
  private func linked() throws -> [UInt8] {
    switch options.form {
    case .obj:
      try keep(description.functionNames)
      return try folder.read("model.o")
    case .a:
      try keep(description.functionNames)
      try toolchain.tool("ar", ["rcsD", "model.a", "model.o"])
      return try folder.read("model.a")
    case .so:
      try keep(description.functionNames + ["smalti_this_model"])
      try toolchain.compile(
        Self.linkFlags + [
          "-shared", "-Wl,-soname,\(options.name).so", "-Wl,-z,defs", "-o", "model", "model.o",
          "-lm",
        ])
      return try trailed("model")
    case .exe:
      // A folder of their own: they may be called as the runtime's are.
      try folder.makeFolder("executable")
      let sources = EmbeddedSources.executable.map { ("executable/\($0.name)", $0.bytes) }
      for (name, bytes) in sources { try folder.write(bytes, to: name) }
      try toolchain.compile(
        Self.flags + Self.linkFlags + ["-fvisibility=hidden", "-o", "model"]
          + sources.map(\.0).filter { $0.hasSuffix(".c") } + ["model.o", "-lm"])
      return try trailed("model")
    }
  }

  /// Without symbols and build numbers; addresses that are found once are read-only afterwards.
  private static let linkFlags = [
    "-pthread", "-s", "-Wl,--build-id=none", "-Wl,--gc-sections", "-Wl,-z,relro", "-Wl,-z,now",
    "-Wl,-z,noexecstack",
  ]

  /// Hides all of the object but these functions, so that two models fit into one program.
  private func keep(_ functions: [String]) throws {
    let lines = functions.joined(separator: "\n") + "\n"
    try folder.write(Data(lines.utf8), to: "functions")
    try toolchain.tool(
      "objcopy", ["--keep-global-symbols=functions", "--strip-unneeded", "model.o"])
  }

  /// The file with its trailer.
  private func trailed(_ name: String) throws -> [UInt8] {
    var bytes = try folder.read(name)
    let text = [UInt8](descriptionText)
    guard let start = Self.start(of: text, in: bytes) else {
      preconditionFailure("internal: the linker lost the description")
    }
    let range = start..<start + text.count
    bytes += ArtefactTrailer(description: range).bytes(after: bytes)
    return bytes
  }

  /// Where `part` begins in `bytes`, which may be weights of many megabytes.
  private static func start(of part: [UInt8], in bytes: [UInt8]) -> Int? {
    bytes.withUnsafeBytes { bytes in
      var next = 0
      while next + part.count <= bytes.count,
        let found = memchr(bytes.baseAddress! + next, Int32(part[0]), bytes.count - next)
      {
        next = UnsafeRawPointer(found) - bytes.baseAddress!
        if next + part.count > bytes.count { return nil }
        if memcmp(found, part, part.count) == 0 { return next }
        next += 1
      }
      return nil
    }
  }
}
