// The package as SwiftPM sees it, and the rules of the house as functions over it.

import Foundation

/// What `swift package dump-package` says, as far as the house cares.
struct Manifest: Decodable {
  var targets: [Target]

  struct Target: Decodable {
    var name: String
    var path: String?
    var dependencies: [Dependency]
  }

  /// A target or product that a target's line names.
  struct Dependency: Decodable {
    var name: String

    /// SwiftPM writes `{"byName": ["TensorCore", null]}` or `{"product": ["RealModule", …]}`.
    init(from decoder: any Decoder) throws {
      let kinds = try decoder.singleValueContainer().decode([String: [Part?]].self)
      guard let first = kinds.values.first?.first, let name = first?.text else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "dependency without a name"))
      }
      self.name = name
    }

    init(name: String) { self.name = name }

    /// A string, or something else that we do not read (conditions are objects).
    private struct Part: Decodable {
      var text: String?
      init(from decoder: any Decoder) throws {
        text = try? decoder.singleValueContainer().decode(String.self)
      }
    }
  }
}

extension Manifest.Target {
  /// The names on this target's line.
  var imports: Set<String> { Set(dependencies.map(\.name)) }

  /// The first folder of its path: the room of the house it lies in.
  var room: String { String((path ?? "").split(separator: "/").first ?? "") }
}

/// What a Swift file may import beside its target's line.
struct SystemModules {
  /// Rooms and targets that may import a module which is not ours; an empty list means everyone.
  var allowed: [String: Set<String>]

  func permits(_ module: String, in target: Manifest.Target) -> Bool {
    guard let places = allowed[module] else { return false }
    return places.isEmpty || places.contains(target.name) || places.contains(target.room)
  }
}

/// Complaints about the imports of one file: each module must be on its target's line.
func strangeImports(
  in text: String, file: String, of target: Manifest.Target, beside system: SystemModules
) -> [String] {
  importLines(in: text).compactMap { line in
    if line.module == "Swift" || target.imports.contains(line.module) { return nil }
    if system.permits(line.module, in: target) { return nil }
    return "\(file):\(line.line): \(target.name) imports \(line.module), which its line in "
      + "Package.swift does not name"
  }
}

/// Complaints about the direction of dependencies: `tools, Tests → Sources → codegen → graphs`.
func backwardDependencies(in manifest: Manifest) -> [String] {
  let floors = ["graphs": 0, "codegen": 1, "Sources": 2, "tools": 3, "Tests": 3]
  let targets = Dictionary(uniqueKeysWithValues: manifest.targets.map { ($0.name, $0) })
  return manifest.targets.flatMap { target -> [String] in
    guard let floor = floors[target.room] else {
      return ["\(target.name) lies in '\(target.path ?? "")', which is no room of the house"]
    }
    return target.dependencies.compactMap { dependency in
      guard let other = targets[dependency.name], let otherFloor = floors[other.room] else {
        return nil  // another package's, or complained about above
      }
      guard otherFloor > floor else { return nil }
      return "\(target.name) in \(target.room) depends on \(other.name) in \(other.room)"
    }
  }
}

/// Complaints about the order of the map: a line names only modules of lines above it.
func forwardReferences(in manifest: Manifest) -> [String] {
  let ours = Set(manifest.targets.map(\.name))
  var seen: Set<String> = []
  return manifest.targets.flatMap { target -> [String] in
    defer { seen.insert(target.name) }
    return target.imports.intersection(ours).subtracting(seen).sorted().map {
      "\(target.name) depends on \($0), whose line comes later"
    }
  }
}

/// Names of all modules that `target` reaches through lines of the manifest.
func reach(of target: String, in manifest: Manifest) -> Set<String> {
  let targets = Dictionary(uniqueKeysWithValues: manifest.targets.map { ($0.name, $0) })
  var found: Set<String> = []
  var open = [target]
  while let name = open.popLast() {
    for next in targets[name]?.imports ?? [] where found.insert(next).inserted {
      open.append(next)
    }
  }
  return found
}
