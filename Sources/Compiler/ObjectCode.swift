import Dispatch
import GraphLowering
import LLVMBackend
import TensorCore
import TileIR

/// Object files of a program's texts.
package struct ObjectCode {
  package var objects: [[UInt8]]
  package var cacheHits: Int
  /// What the cache had to say.
  package var notes: [Diagnostic]
}

extension Compiler {
  /// Object code of each text, from the cache where it is there. The texts compile side by side.
  package static func objectCode(
    _ texts: [String], _ options: CompilerOptions
  ) throws(Diagnostic) -> ObjectCode {
    var notes: [Diagnostic] = []
    let cache = options.usesCache ? openCache(&notes) : nil
    let results = Results<([UInt8], Bool)>(count: texts.count)
    DispatchQueue.concurrentPerform(iterations: texts.count) { index in
      results.set(
        index,
        Result { () throws(Diagnostic) -> ([UInt8], Bool) in
          try object(texts[index], options, cache)
        })
    }
    var objects: [[UInt8]] = []
    var hits = 0
    for result in results.all {
      let (object, isHit) = try result.get()
      objects.append(object)
      hits += isHit ? 1 : 0
    }
    return ObjectCode(objects: objects, cacheHits: hits, notes: notes + (cache?.complaints ?? []))
  }

  /// Without a cache a compilation only takes longer, so what is wrong with it is a note.
  private static func openCache(_ notes: inout [Diagnostic]) -> ObjectCache? {
    do {
      return try ObjectCache()
    } catch {
      notes.append(error)
      return nil
    }
  }

  private static func object(
    _ text: String, _ options: CompilerOptions, _ cache: ObjectCache?
  ) throws(Diagnostic) -> ([UInt8], Bool) {
    let key = options.objectKey(text)
    if let hit = cache?.lookup(key) { return (hit.object, true) }
    let object = try ObjectCompiler(options.level).object(text)
    cache?.store(key, object)
    return (object, false)
  }
}

extension CompilerOptions {
  /// All that object code of `text` is made from: its key in the cache.
  package func objectKey(_ text: String) -> String {
    let tuning = lowering.tuning.map { "tuning \($0.hash)\n" } ?? ""
    return "\(level.name)\n\(ObjectCompiler.version)\n\(tuning)\(text)"
  }
}
