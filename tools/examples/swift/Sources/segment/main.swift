// Runs a compiled model from Swift: says how many pixels of a clip each slot of SIMONe owns.
//
//     smalti compile simone:tiny -o simone.so
//     swift run -c release segment
import Glibc
import SmaltiRuntime

/// What `simone:tiny` was compiled for: `smalti inspect simone.so` shows all sizes.
let (frames, slots, side) = (6, 16, 32)

/// A yellow square that moves to the right over a grey ground; colours are in [0, 1].
func movingSquare() -> [Float] {
  var video: [Float] = []
  for frame in 0..<frames {
    for row in 0..<side {
      for column in 0..<side {
        let isInside = row / 8 == 1 && (3 * frame..<3 * frame + 8).contains(column)
        video += isInside ? [0.9, 0.8, 0.1] : [0.3, 0.3, 0.3]
      }
    }
  }
  return video
}

/// How many pixels of all frames each slot owns: those where its weight is the largest.
func ownedPixels(_ weights: [Float]) -> [Int] {
  let size = side * side
  var owned = [Int](repeating: 0, count: slots)
  for frame in 0..<frames {
    for pixel in 0..<size {
      let ofSlot = (0..<slots).map { weights[(frame * slots + $0) * size + pixel] }
      owned[ofSlot.indices.max { ofSlot[$0] < ofSlot[$1] }!] += 1
    }
  }
  return owned
}

do {
  // Damaged files are refused before they are loaded.
  let artefact = try LoadedArtefact("simone.so")
  let session = try Session(artefact, pool: ThreadPool())
  let outputs = try session.run(["video": AlignedBytes(movingSquare())])
  let owned = ownedPixels(outputs["weights"]!.elements(as: Float.self))
  for (slot, count) in owned.enumerated() where count > 0 {
    print("slot \(slot) owns \(count) of \(frames * side * side) pixels")
  }
} catch {
  let words = "\(error)\n"
  write(STDERR_FILENO, words, words.utf8.count)
  exit(EXIT_FAILURE)
}
