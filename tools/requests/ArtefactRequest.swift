import Foundation
import GraphLowering
import Smalti

/// What a compiled file is to be, in the words of a caller.
package struct ArtefactWish {
  package var model: String
  package var settings: [String] = []
  /// One entry point; nil means all.
  package var entry: String?
  package var form: ArtefactOptions.Form
  /// The file to write.
  package var output: String
  /// Levels, with commas; nil means this machine's.
  package var target: String?
  /// What functions begin with; nil means the output's name.
  package var name: String?
  /// `batch=1,8`
  package var specialise: String?
  /// Where prepared weights go; nil means into the file.
  package var weightsFile: String?
  /// Whether there are to be no weights at all.
  package var hasNoWeights = false
  package var cCompiler: String?
  /// Of its level nothing is read.
  package var compiler = CompilerOptions()

  package init(
    _ form: ArtefactOptions.Form, of model: String, _ settings: [String], to output: String
  ) {
    self.form = form
    self.model = model
    self.settings = settings
    self.output = output
  }
}

/// A wish with everything checked before the work begins.
package struct ArtefactRequest {
  package let chosen: ChosenModel
  package let model: ModelToPackage
  package let options: ArtefactOptions
  package let weights: WeightsSource
  private let output: String
  private let header: String?

  /// - Parameter weights: what the model gets, and where that comes from; not asked without need.
  /// - Errors: those of the model, the weights and the files; `call.target`, `call.specialise`,
  ///   `call.weights-place`, `call.tuning-levels`, `call.not-in-file`.
  package init(
    _ wish: ArtefactWish,
    weights source: (ChosenModel) throws -> (source: WeightsSource, origin: String)
  ) throws {
    output = wish.output
    let file = output.split(separator: "/").last.map(String.init) ?? output
    let stem = file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
    let folder = output.dropLast(file.count)
    header = wish.form == .exe ? nil : "\(folder)\(stem).h"
    for file in [output, header, wish.weightsFile] {
      if let file { try OutputFile.check(file) }
    }
    if let path = wish.weightsFile, [output, header].contains(path) {
      throw Diagnostic.callOutputRepeated(path, ["-o", "--weights-file"])
    }
    let levels = try Self.levels(wish.target)
    var options = ArtefactOptions(
      wish.form, name: wish.name ?? ArtefactOptions.name(of: stem), levels: levels,
      compiler: wish.compiler)
    let lowering = wish.compiler.lowering
    guard lowering.matmul == .smalti else {
      throw Diagnostic.callNotInFile("--unfused-matmul \(lowering.matmul)")
    }
    if lowering.tuning != nil, levels.count > 1 { throw Diagnostic.callTuningLevels() }
    options.cCompiler = wish.cCompiler
    options.weights = try Self.place(wish)
    (chosen, model) = try Self.model(wish)
    if options.weights == .nowhere {
      weights = .made(Key(0))
    } else {
      (weights, options.weightsOrigin) = try source(chosen)
    }
    self.options = options
  }

  /// Compiles and links.
  ///
  /// - Errors: those of ``Artefact``.
  package func build(threads: Int) throws -> Artefact {
    try Artefact.build(model, options, threads: threads, parameter: weights.bytes)
  }

  /// The files to write, the compiled one last: whoever waits for it finds the others.
  package func files(_ artefact: Artefact) -> [(path: String, bytes: [UInt8])] {
    var files: [(path: String, bytes: [UInt8])] = []
    if case .beside(let path) = options.weights, let bytes = artefact.weightsFile {
      files.append((path, bytes))
    }
    if let header, let text = artefact.header { files.append((header, Array(text.utf8))) }
    return files + [(output, artefact.file)]
  }
}

// MARK: - Parts of the wish
package extension ArtefactRequest {
  /// The levels of a list with commas; nil means this machine's.
  ///
  /// - Errors: `call.target`.
  private static func levels(_ text: String?) throws(Diagnostic) -> [TargetLevel] {
    guard let text else { return [.host] }
    var levels: [TargetLevel] = []
    for word in text.split(separator: ",", omittingEmptySubsequences: false) {
      let level = try TargetLevel(called: String(word))
      if !levels.contains(level) { levels.append(level) }
    }
    // The better ones later, however they were written.
    return TargetLevel.all.filter(levels.contains)
  }

  private static func place(_ wish: ArtefactWish) throws(Diagnostic) -> WeightsPlace {
    guard let path = wish.weightsFile else { return wish.hasNoWeights ? .nowhere : .inside }
    if wish.hasNoWeights { throw .callWeightsPlace("--weights-file", "--no-weights") }
    return .beside(path)
  }

  /// The model for each value of `--specialise`, or once.
  private static func model(_ wish: ArtefactWish) throws -> (ChosenModel, ModelToPackage) {
    let entries = wish.entry.map { Entries.one($0) } ?? .all
    let (name, settings) = (wish.model, wish.settings)
    guard let specialise = wish.specialise else {
      let chosen = try ChosenModel(name, settings, entries)
      return (chosen, ModelToPackage(chosen.name, [.init("", chosen.program)]))
    }
    let parts = specialise.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let values = parts.count == 2 ? parts[1].split(separator: ",") : []
    guard !parts[0].isEmpty, !values.isEmpty, Set(values).count == values.count else {
      throw Diagnostic.callSpecialise(specialise)
    }
    let models = try values.map { value in
      try ChosenModel(name, settings + ["\(parts[0])=\(value)"], entries)
    }
    var chosen = try ChosenModel(name, settings, entries)
    chosen.program = models[0].program
    chosen.parameters = models[0].parameters
    for (value, other) in zip(values, models) where other.parameters != models[0].parameters {
      throw Diagnostic.callSpecialiseParameters("\(parts[0])=\(value)", "\(parts[0])=\(values[0])")
    }
    return (
      chosen,
      ModelToPackage(
        chosen.name,
        zip(values, models).map { .init("\(parts[0])=\($0)", $1.program) })
    )
  }
}
