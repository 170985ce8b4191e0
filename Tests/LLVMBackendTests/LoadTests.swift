import Glibc
import LLVMBackend
import TensorCore
import Testing
import TileIR

/// Objects in memory.
@Suite("Objects are loaded")
struct LoadTests {
  @Test("saxpy runs on every level of this machine", arguments: levelsHere)
  func runsSaxpy(_ level: TargetLevel) throws {
    let loaded = try LoadedObject([try ObjectCompiler(level).object(saxpy(level))])
    let function = unsafeBitCast(try #require(loaded.address(of: "saxpy")), to: Saxpy.self)
    let x = (0..<64).map { Float($0) * 0.1 }
    var y = (0..<64).map { Float($0) - 7 }
    let expected = zip(x, y).map { $1.addingProduct(1.7, $0) }
    function(1.7, x, &y, 64)
    #expect(y == expected)
    withExtendedLifetime(loaded) {}
    #expect(loaded.address(of: "saxpi") == nil)
  }

  @Test("this machine runs at least one level")
  func someLevelRuns() { #expect(!levelsHere.isEmpty) }

  @Test("objects find each other, the symbols given and memcpy")
  func linksAcrossObjects() throws {
    let compiler = ObjectCompiler(try #require(levelsHere.first))
    let caller = """
      declare i64 @callee(i64)
      declare i64 @given(i64)
      declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
      define i64 @caller(ptr %to, ptr %from, i64 %count) {
        call void @llvm.memcpy.p0.p0.i64(ptr %to, ptr %from, i64 %count, i1 false)
        %a = call i64 @callee(i64 %count)
        %b = call i64 @given(i64 %a)
        ret i64 %b
      }
      """
    let callee = "define i64 @callee(i64 %x) {\n %y = add i64 %x, 1\n ret i64 %y\n}"
    let given: @convention(c) (Int) -> Int = { $0 * 100 }
    let loaded = try LoadedObject(
      [try compiler.object(caller), try compiler.object(callee)],
      symbols: ["given": unsafeBitCast(given, to: UnsafeRawPointer.self)])
    let function = unsafeBitCast(
      try #require(loaded.address(of: "caller")),
      to: (@convention(c) (UnsafeMutablePointer<Int8>, UnsafePointer<Int8>, Int) -> Int).self)
    var target: [Int8] = [0, 0, 0, 0]
    #expect(function(&target, [1, 2, 3, 4], 3) == 400)
    #expect(target == [1, 2, 3, 0])
    withExtendedLifetime(loaded) {}
  }

  @Test(
    "what is not allowed is refused, even if the process has it",
    arguments: ["getpid", "expf", "no_such_function"])
  func refusesStrangeSymbols(_ name: String) throws {
    let text =
      "declare i32 @\(name)()\ndefine i32 @f() {\n %r = call i32 @\(name)()\n ret i32 %r\n}"
    let object = try ObjectCompiler(try #require(levelsHere.first)).object(text)
    let error = diagnostic { () throws(Diagnostic) in try LoadedObject([object]) }
    #expect(error?.code == "llvm.missing-symbol")
    #expect(error?.message == "object code calls '\(name)', which nobody defines")
  }

  @Test("two functions of one name are refused")
  func refusesDuplicates() throws {
    let level = try #require(levelsHere.first)
    let object = try ObjectCompiler(level).object(saxpy(level))
    let error = diagnostic { () throws(Diagnostic) in try LoadedObject([object, object]) }
    #expect(error?.message == "two objects define 'saxpy'")
  }

  @Test("an object of another architecture is refused")
  func refusesForeignObjects() throws {
    let level = try #require(TargetLevel.all.first { $0.triple != levelsHere.first?.triple })
    let object = try ObjectCompiler(level).object(saxpy(level))
    let error = diagnostic { () throws(Diagnostic) in try LoadedObject([object]) }
    #expect(error?.code == "llvm.foreign-object")
  }

  @Test("cut or overwritten bytes are refused or harmless, never read beyond their end")
  func survivesDamage() throws {
    let level = try #require(levelsHere.first)
    let object = try ObjectCompiler(level).object(saxpy(level))
    for length in stride(from: 0, to: object.count, by: 37) {
      #expect(
        diagnostic { () throws(Diagnostic) in
          try LoadedObject([Array(object[..<length])])
        } != nil)
    }
    // Every field of the header that holds an offset or a count, made as large as it can be.
    for field in [40..<48, 58..<60, 60..<62] {
      var damaged = object
      damaged.replaceSubrange(field, with: [UInt8](repeating: 0xFF, count: field.count))
      let error = diagnostic { () throws(Diagnostic) in try LoadedObject([damaged]) }
      #expect(error?.code == "llvm.not-an-object")
    }
    #expect(
      diagnostic { () throws(Diagnostic) in try LoadedObject([Array("not code".utf8)]) }?.code
        == "llvm.not-an-object")
  }

  /// In a process of its own, so that no other test maps memory meanwhile.
  @Test("memory is freed with the object")
  func freesMemory() async {
    await #expect(processExitsWith: .success) {
      let level = try #require(levelsHere.first)
      let object = try ObjectCompiler(level).object(saxpy(level))
      var address: UnsafeRawPointer?
      do {
        let loaded = try LoadedObject([object])
        address = loaded.address(of: "saxpy")
        #expect(isMapped(try #require(address)))
        withExtendedLifetime(loaded) {}
      }
      #expect(!isMapped(try #require(address)))
    }
  }
}

/// Whether there is memory at `address`: the kernel refuses to synchronise what is not mapped.
private func isMapped(_ address: UnsafeRawPointer) -> Bool {
  let pageByteCount = Int(getpagesize())
  let page = UInt(bitPattern: address) / UInt(pageByteCount) * UInt(pageByteCount)
  return msync(UnsafeMutableRawPointer(bitPattern: page), pageByteCount, MS_ASYNC) == 0
}
