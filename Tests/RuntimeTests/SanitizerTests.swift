import Foundation
import Testing

@Suite("Sanitizers")
struct SanitizerTests {
  @Test("the C runtime is clean under gcc's sanitizers and allocates nothing during a run")
  func runsCleanly() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let script = Process()
    let output = Pipe()
    script.executableURL = root.appending(path: "tools/sanitize-runtime")
    script.standardOutput = output
    script.standardError = output
    try script.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    script.waitUntilExit()
    let text = String(decoding: bytes, as: UTF8.self)
    // 77: this machine's gcc has no sanitizers, and the script says so.
    if script.terminationStatus == 77 {
      #expect(text.contains("has no sanitizers") || text.contains("is missing"))
    } else {
      #expect(script.terminationStatus == 0, "\(text)")
      #expect(text == "no allocation during a run: ok\naddress,undefined: ok\nthread: ok\n")
    }
  }
}
