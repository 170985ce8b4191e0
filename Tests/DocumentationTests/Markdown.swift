// What the tests read out of pages, as functions from text.

/// Where links of a page lead: files only, without anchors, addresses of the network left out.
func linkedFiles(in page: String) -> [String] {
  page.matches(of: #/\]\(([^)\s#]+)[^)\s]*\)/#).map { String($0.1) }
    .filter { !$0.contains("://") }
}

/// The lines of the fenced block of a language, the first one.
func fencedBlock(_ language: String, in page: String) -> [Substring]? {
  let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
  guard let first = lines.firstIndex(of: "```\(language)") else { return nil }
  return Array(lines[(first + 1)...].prefix { $0 != "```" })
}

/// Commands that a page shows: indented lines, and inline code, that start with `program`; without
/// comments.
func commands(_ program: String, in page: String) -> [String] {
  let indented = page.split(separator: "\n").filter { $0.hasPrefix("    ") }.map {
    $0.drop { $0 == " " }
  }
  let inline = page.matches(of: /`([^`\n]+)`/).map(\.1)
  return (indented + inline).filter { $0.hasPrefix(program + " ") }.map { line in
    let text = line.split(separator: " # ", maxSplits: 1)[0]
    return text.split(separator: " ").joined(separator: " ")
  }
}

/// A module and where it lies.
struct ModulePlace: Equatable {
  var name: String
  var path: String
}

/// Rows of the table of modules: `` | `Name` | [path](path) | … ``.
func moduleRows(in page: String) -> [ModulePlace] {
  page.matches(of: #/\n\| `(\w+)` \| \[([^\]]+)\]\(([^)]+)\) \| /#).map {
    ModulePlace(name: String($0.1), path: $0.2 == $0.3 ? String($0.2) : "\($0.2) ≠ \($0.3)")
  }
}

/// Modules of a manifest in its order; tests and what serves only them are left out.
func modules(in manifest: String) -> [ModulePlace] {
  let short = #/(?:module|cModule)\(\s*"(\w+)",\s*"([^"]+)"/#
  let long = #/name: "(\w+)",(?:[^"\)]|"[^"]*"|\.product\([^)]*\))*?path: "([^"]+)"/#
  var found = manifest.matches(of: short).map { ($0.range.lowerBound, $0.1, $0.2) }
  found += manifest.matches(of: long).map { ($0.range.lowerBound, $0.1, $0.2) }
  return found.sorted { $0.0 < $1.0 }.map { ModulePlace(name: String($0.1), path: String($0.2)) }
    .filter { !$0.path.hasPrefix("Tests/") }
}

/// Targets of a Makefile that say in `##` what they do.
func makeTargets(in makefile: String) -> [String] {
  makefile.matches(of: #/(?:^|\n)([a-z-]+):[^\n#]*## /#).map { String($0.1) }
}

/// The command of a Makefile's target that starts with `program`, variables replaced.
func makeCommand(_ program: String, of target: String, in makefile: String) -> String? {
  let lines = makefile.split(separator: "\n", omittingEmptySubsequences: false)
  guard let first = lines.firstIndex(where: { $0.hasPrefix("\(target):") }) else { return nil }
  let recipe = lines[(first + 1)...].prefix { $0.hasPrefix("\t") }.map { $0.dropFirst() }
  guard var command = recipe.first(where: { $0.hasPrefix(program) }).map(String.init) else {
    return nil
  }
  var isChanged = true
  while isChanged {
    isChanged = false
    for line in lines {
      guard let (_, name, value) = line.wholeMatch(of: /(\w+) := (.*)/)?.output else { continue }
      let replaced = command.replacing("$(\(name))", with: value)
      isChanged = isChanged || replaced != command
      command = replaced
    }
  }
  return command
}
