import ArgumentParser
import Foundation
import ModelRequests
import Smalti

/// `smalti inspect`: what a compiled file is, without running any of it.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Shows what a compiled file holds: names, shapes, levels, plans, weights, version.",
    discussion: """
      Reads shared libraries, executables, archives and objects of any processor; runs
      none of their code. A library or executable is compared with its checksum first.

      Example: smalti inspect simone.so
      """)

  @Argument(help: "A file of smalti compile.")
  var file: String

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let page = InspectPage(try InspectedFile(file))
    options.report(page, page.text)
  }
}

/// What `inspect` says.
struct InspectPage: Encodable {
  var path: String
  var byteCount: Int
  /// Of libraries and executables: whether length and checksum are right.
  var isVerified: Bool
  var description: ArtefactDescription

  init(_ file: InspectedFile) {
    path = file.path
    byteCount = file.byteCount
    isVerified = file.isVerified
    description = file.description
  }

  var text: String {
    let verified = isVerified ? "length and checksum are right" : "not checked: it has no checksum"
    var lines = [
      "\(path): \(description.model) as \(description.form), \(Quantity.bytes(byteCount)); \(verified)",
      "  name       \(description.name), by Smalti \(description.version), ABI \(description.abi)",
      "  levels     \(description.levels.joined(separator: ", ")), \(description.precision)",
      "  weights    \(weights)",
    ]
    for entry in description.entries {
      lines.append("  \(entry.name): int32_t \(entry.function)(const smalti_call *)")
      for signature in entry.signatures {
        if !signature.specialisation.isEmpty { lines.append("    \(signature.specialisation)") }
        lines += signature.inputs.map { "    in   \(Self.line($0))" }
        lines += signature.outputs.map { "    out  \(Self.line($0))" }
        lines += signature.plans.map { plan in
          "    plan \(plan.level): \(plan.steps) steps, \(Quantity.flops(signature.flops)), arena "
            + "\(Quantity.bytes(plan.arenaBytes)), scratch "
            + "\(Quantity.bytes(plan.scratchBytesPerWorker)) a worker"
        }
      }
    }
    return lines.joined(separator: "\n")
  }

  private var weights: String {
    let facts = description.weights
    let size = "\(Quantity.bytes(facts.bytes)) prepared in layout \(facts.layout)"
    switch facts.place {
    case "none": return "none: the model has no parameters"
    case "nowhere": return "none inside: \(description.name)_prepare makes them, \(size)"
    default:
      let place = facts.place == "inside" ? "inside" : "in a file of their own"
      return "\(place), from \(facts.origin), hash \(facts.hash), \(size), CRC-32 \(facts.checksum)"
    }
  }

  private static func line(_ tensor: ArtefactDescription.Tensor) -> String {
    let shape = tensor.shape.map(String.init).joined(separator: ", ")
    return "\(tensor.name): \(tensor.element)[\(shape)], \(tensor.bytes) bytes, aligned to "
      + "\(tensor.alignment)"
  }
}
