import Foundation
import GraphCompiler
import Synchronization
import TensorCore
import Testing

/// The cache shares nothing in memory, so objects of it on threads act as processes do.
@Suite("The object cache under many hands")
struct ObjectCacheConcurrencyTests {
  /// What is stored for a key: long enough that a write takes several pages.
  private static func object(_ key: Int) -> [UInt8] {
    [UInt8](repeating: UInt8(key), count: 10_000 + key)
  }

  @Test("a hit is always the whole object, while others store, evict and clear")
  func hitsAreWhole() throws {
    try withCacheFolder { folder in
      let caches = try (0..<8).map { _ in try ObjectCache(folder: folder, byteLimit: 35_000) }
      let hitCount = Atomic(0)
      let wrong = Mutex<[Int]>([])
      DispatchQueue.concurrentPerform(iterations: caches.count) { worker in
        let cache = caches[worker]
        for step in 0..<200 {
          let key = (step * 7 + worker) % 5
          if let hit = cache.lookup("key \(key)") {
            hitCount.add(1, ordering: .relaxed)
            if hit.object != Self.object(key) { wrong.withLock { $0.append(key) } }
          }
          cache.store("key \(key)", Self.object(key))
          if worker == 0, step % 50 == 49 { cache.clear() }
        }
      }
      #expect(wrong.withLock { $0 } == [])
      #expect(hitCount.load(ordering: .relaxed) > 0)
      #expect(caches.flatMap(\.complaints) == [])
      caches[0].store("last", [1])
      #expect(caches[1].list().byteCount <= 35_000)
      #expect(try names(in: folder).allSatisfy { $0.hasSuffix(".object") })
    }
  }

  @Test("one cache serves many threads")
  func oneCacheManyThreads() throws {
    try withCache { cache, _ in
      DispatchQueue.concurrentPerform(iterations: 200) { index in
        cache.store("key \(index % 20)", Self.object(index % 20))
      }
      let found = Mutex(0)
      DispatchQueue.concurrentPerform(iterations: 20) { key in
        if cache.lookup("key \(key)")?.object == Self.object(key) { found.withLock { $0 += 1 } }
      }
      #expect(found.withLock { $0 } == 20)
      #expect(cache.list().count == 20)
      #expect(cache.complaints == [])
    }
  }
}
