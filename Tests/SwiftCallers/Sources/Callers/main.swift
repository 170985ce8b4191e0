// Eight threads call one library over one pool, each with a session of its own; all results have the
// bits of a lone run. Then everything that must be refused is.
//
//     callers LIBRARY

import Dispatch
import SmaltiRuntime
import Synchronization

func bytes(_ outputs: [String: AlignedBytes]) -> [String: [UInt8]] {
  outputs.mapValues { [UInt8]($0.bytes) }
}

func input(_ session: Session) -> [String: AlignedBytes] {
  var inputs: [String: AlignedBytes] = [:]
  for slot in session.inputs {
    inputs[slot.name] = AlignedBytes((0..<slot.byteCount / 4).map { Float($0 % 83) / 83 })
  }
  return inputs
}

/// How many calls went wrong.
func callFromEightThreads(_ path: String) throws -> Int {
  let artefact = try LoadedArtefact(path)
  let pool = try ThreadPool(threads: 3)
  let entries = artefact.entries.map(\.name).filter { !$0.contains("train") }
  let alone = try entries.map { entry in
    let session = try Session(artefact, entry: entry)
    return bytes(try session.run(input(session)))
  }
  let wrong = Atomic(0)
  DispatchQueue.concurrentPerform(iterations: 8) { caller in
    for round in 0..<3 {
      let number = (caller + round) % entries.count
      do {
        let session = try Session(artefact, entry: entries[number], pool: pool)
        let outputs = bytes(try session.run(input(session)))
        if outputs != alone[number] { wrong.add(1, ordering: .relaxed) }
        _ = try LoadedArtefact(path)
        let short = session.inputs.reduce(into: [String: AlignedBytes]()) {
          $0[$1.name] = AlignedBytes(byteCount: 4)
        }
        if (try? session.run(short)) != nil { wrong.add(1, ordering: .relaxed) }
      } catch {
        print("\(error)")
        wrong.add(1, ordering: .relaxed)
      }
    }
  }
  return wrong.load(ordering: .relaxed)
}

let count = try callFromEightThreads(CommandLine.arguments[1])
print(count == 0 ? "all right" : "\(count) calls were wrong")
