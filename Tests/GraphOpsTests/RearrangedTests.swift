import GraphIR
import GraphOps
import TensorCore
import Testing

@Suite("Rearranged") struct RearrangedTests {
  /// Every grouping of three named axes on the left, every order and grouping on the right.
  @Test("every pattern of three names agrees with the definition")
  func sweepPatterns() throws {
    let lengths = ["a": 2, "b": 3, "c": 4]
    let names = ["a", "b", "c"]
    var count = 0
    for left in Self.groupings(names) {
      for order in Self.orders(names) {
        for right in Self.groupings(order) {
          try check(left, right, lengths)
          count += 1
        }
      }
    }
    #expect(count == 4 * 6 * 4)
  }

  /// Position by position: the value at names (a, b, c) stands where each side puts it.
  private func check(_ left: [[String]], _ right: [[String]], _ lengths: [String: Int]) throws {
    let merged = { (groups: [[String]]) in
      Shape(trusted: groups.map { $0.reduce(1) { $0 * lengths[$1]! } })
    }
    let pattern = Self.text(left) + " -> " + Self.text(right)
    let x = HostTensor.counting(merged(left))
    let y = try result(x) { tensors in
      tensors[0].rearranged.dynamicallyCall(
        withKeywordArguments: ["": pattern, "a": 2, "b": 3, "c": 4])
    }
    #expect(y.shape == merged(right), "\(pattern)")
    for indices in Shape(trusted: lengths.keys.sorted().map { lengths[$0]! }).positions {
      let at = Dictionary(uniqueKeysWithValues: zip(lengths.keys.sorted(), indices))
      let linear = { (groups: [[String]]) in
        groups.flatMap { $0 }.reduce(0) { $0 * lengths[$1]! + at[$1]! }
      }
      #expect(y.reals[linear(right)] == x.reals[linear(left)], "\(pattern) at \(at)")
    }
  }

  private static func text(_ groups: [[String]]) -> String {
    groups.map { $0.count == 1 ? $0[0] : "(\($0.joined(separator: " ")))" }.joined(separator: " ")
  }

  /// The ways to cut a list into runs.
  private static func groupings(_ names: [String]) -> [[[String]]] {
    guard names.count > 1 else { return [[names]] }
    return groupings(Array(names.dropFirst())).flatMap { rest in
      [[[names[0]]] + rest, [[names[0]] + rest[0]] + rest.dropFirst()]
    }
  }

  private static func orders(_ names: [String]) -> [[String]] {
    guard names.count > 1 else { return [names] }
    return names.flatMap { first in orders(names.filter { $0 != first }).map { [first] + $0 } }
  }

  @Test func findLengths() throws {
    let video = HostTensor.counting([2, 3, 8, 5])
    let split = try result(video) { $0[0].rearranged("b t (h w) c -> (b t) h w c", h: 4) }
    #expect(split.shape == [6, 4, 2, 5])
    #expect(split.reals == video.reals)
    let heads = try result(.counting([2, 6])) { $0[0].rearranged("t (h d) -> h t d", h: 3) }
    #expect(heads == .f32([3, 2, 2], [0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11]))
  }

  @Test func onesComeAndGo() throws {
    let added = try result(.counting([2, 3])) { $0[0].rearranged("a b -> 1 b 1 a") }
    #expect(added == .f32([1, 3, 1, 2], [0, 3, 1, 4, 2, 5]))
    let removed = try result(.counting([1, 3, 1, 2])) { $0[0].rearranged("1 b () a -> (b a)") }
    #expect(removed == .counting([6]))
    let scalar = try result(.counting([])) { $0[0].rearranged("-> 1 1") }
    #expect(scalar.shape == [1, 1])
  }

  @Test(
    "wrong patterns say what is wrong",
    arguments: [
      ("a b", "there must be one -> in \"a b\""),
      ("a -> b -> a", "there must be one -> in \"a -> b -> a\""),
      ("a b -> a", "the sides name different axes in \"a b -> a\""),
      ("a a -> a a", "a stands twice in \"a a -> a a\""),
      ("a b c -> a", "the sides name different axes in \"a b c -> a\""),
      ("c -> c", "the left side has 1 dimensions, the tensor is [2, 6] in \"c -> c\""),
      ("a (b c) -> a b c", "the lengths of b and c are open in \"a (b c) -> a b c\""),
      ("a (b (c) -> a b c", "groups do not nest in \"a (b (c) -> a b c\""),
      ("a b) -> a b", ") has no ( in \"a b) -> a b\""),
      ("a (b -> a b", "( has no ) in \"a (b -> a b\""),
      ("a 2 -> a 2", "2 is not a name in \"a 2 -> a 2\""),
      ("a b* -> a b*", "b* is not a name in \"a b* -> a b*\""),
      ("a 1 -> a", "() is 1, the dimension is 6 in \"a 1 -> a\""),
    ])
  func refuseWrongPatterns(_ pattern: String, _ message: String) {
    let found = mistake(.f32([2, 6])) { $0[0].rearranged(pattern) }
    #expect(found?.message == message)
    #expect(found?.code == "rearrange.pattern")
  }

  @Test func refuseWrongLengths() {
    let pattern = "a (b c) -> a b c"
    let wrong: [(String, (Tensor) -> Tensor)] = [
      ("6 does not divide by 4", { $0.rearranged("a (b c) -> a b c", b: 4) }),
      ("(b c) is 8, the dimension is 6", { $0.rearranged("a (b c) -> a b c", b: 4, c: 2) }),
      ("6 does not divide by 0", { $0.rearranged("a (b c) -> a b c", b: 0) }),
      (
        "the length b: -1 is not a whole number",
        { $0.rearranged("a (b c) -> a b c", b: -1) }
      ),
      (
        "the length b: two is not a whole number",
        { $0.rearranged("a (b c) -> a b c", b: "two") }
      ),
      ("d has a length and does not stand", { $0.rearranged("a (b c) -> a b c", b: 2, d: 2) }),
      ("b has two lengths", { $0.rearranged("a (b c) -> a b c", b: 2, b: 3) }),
      ("the lengths are too large", { $0.rearranged("a (b c) -> a b c", b: Int.max, c: Int.max) }),
    ]
    for (message, formula) in wrong {
      let found = mistake(.f32([2, 6])) { formula($0[0]) }
      #expect(found?.message == "\(message) in \"\(pattern)\"")
    }
    #expect(mistake(.f32([2])) { $0[0].rearranged(3) }?.message == "the pattern is missing in \"\"")
    #expect(mistake(.f32([2])) { $0[0].rearranged() }?.code == "rearrange.pattern")
  }

  /// Lengths beside one of 0 multiply to anything; they are bounded before they are multiplied.
  @Test func refuseLengthsBeyondMemory() {
    let found = mistake(.f32([0, 2])) { $0[0].rearranged("(a b) c -> (a c) b", a: Int.max) }
    #expect(found?.code == "shape.too-large")
    let deep = mistake(.f32([2, 6])) {
      $0[0].rearranged(
        "a (b c d e f g h i) -> a b c d e f g h i", b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1)
    }
    #expect(deep?.code == "shape.rank")
  }

  @Test func wholeMessage() {
    let found = mistake(.f32([2, 6])) { $0[0].rearranged("a (b c) -> a b c") }
    #expect(
      found?.description == """
        error[rearrange.pattern]: the lengths of b and c are open in "a (b c) -> a b c"
          at main
          help: write names and groups on both sides, as in b (h w) c -> b h w c, and h: 8
        """)
  }
}
