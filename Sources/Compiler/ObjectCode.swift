import Dispatch
import LLVMBackend
import TensorCore
import TileIR

extension Compiler {
  /// Object code of each text, from the cache where it is there. The texts compile side by side.
  static func objectCode(
    _ texts: [String], _ options: CompilerOptions
  ) throws(Diagnostic) -> (objects: [[UInt8]], cacheHits: Int) {
    let cache: NoCache? = nil
    let results = Results<([UInt8], Bool)>(count: texts.count)
    DispatchQueue.concurrentPerform(iterations: texts.count) { index in
      results.set(
        index,
        Result { () throws(Diagnostic) -> ([UInt8], Bool) in
          try object(texts[index], options.level, cache)
        })
    }
    var objects: [[UInt8]] = []
    var hits = 0
    for result in results.all {
      let (object, isHit) = try result.get()
      objects.append(object)
      hits += isHit ? 1 : 0
    }
    return (objects, hits)
  }

  private static func object(
    _ text: String, _ level: TargetLevel, _ cache: NoCache?
  ) throws(Diagnostic) -> ([UInt8], Bool) {
    let key = "\(level.name)\n\(ObjectCompiler.version)\n\(text)"
    if let hit = cache?.lookup(key) { return (hit.object, true) }
    let object = try ObjectCompiler(level).object(text)
    cache?.store(key, object)
    return (object, false)
  }
}
