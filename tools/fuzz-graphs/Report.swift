// What a worker says, one line each; the fleet reads it back.

/// A line of a worker's output.
enum Report: Equatable {
  /// These seeds come next: whoever dies after this died of one of them.
  case begins(UInt64, count: Int)
  case done(graphs: Int, undecided: Int, interpreted: Int)
  /// A finding was saved under this path.
  case found(String)
  /// Still at work.
  case alive

  var line: String {
    switch self {
    case .begins(let seed, let count): "begins \(seed) \(count)"
    case .done(let graphs, let undecided, let interpreted):
      "done \(graphs) \(undecided) \(interpreted)"
    case .found(let path): "found \(path)"
    case .alive: "alive"
    }
  }

  init?(_ line: Substring) {
    let words = line.split(separator: " ", maxSplits: 1)
    let numbers = words.dropFirst().first?.split(separator: " ").compactMap { Int($0) } ?? []
    switch (words.first, numbers.count) {
    case ("begins", 2): self = .begins(UInt64(numbers[0]), count: numbers[1])
    case ("done", 3):
      self = .done(graphs: numbers[0], undecided: numbers[1], interpreted: numbers[2])
    case ("found", _) where words.count == 2: self = .found(String(words[1]))
    case ("alive", _): self = .alive
    default: return nil
    }
  }
}

/// Sums over everything so far.
struct Tally {
  var graphCount = 0
  var undecidedCount = 0
  var interpretedCount = 0
  var findingCount = 0
}
