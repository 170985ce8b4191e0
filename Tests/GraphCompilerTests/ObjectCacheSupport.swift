import Foundation
import GraphCompiler
import TensorCore
import Testing

/// Calls `body` with the path of an empty folder, mode 0700, that is gone afterwards.
func withCacheFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appending(path: "smalti-cache-\(UUID().uuidString)").path
  try makeFolder(folder)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

/// Calls `body` with an empty cache and its folder.
func withCache(
  byteLimit: Int = 1 << 20, _ body: (ObjectCache, String) throws -> Void
) throws {
  try withCacheFolder { folder in
    try body(ObjectCache(folder: folder, byteLimit: byteLimit), folder)
  }
}

func makeFolder(_ path: String, mode: mode_t = 0o700) throws {
  try #require(mkdir(path, 0o700) == 0 && chmod(path, mode) == 0)
}

/// The names in a folder, sorted.
func names(in folder: String) throws -> [String] {
  try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
}

/// The path of the only file in a folder.
func onlyFile(in folder: String) throws -> String {
  let names = try names(in: folder)
  try #require(names.count == 1)
  return "\(folder)/\(names[0])"
}

func bytes(of path: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: URL(filePath: path)))
}

/// Writes in place, as a damaged disk would; a new file gets mode 0600.
func overwrite(_ path: String, _ bytes: [UInt8]) throws {
  let file = try #require(fopen(path, "w"))
  defer { fclose(file) }
  try #require(fwrite(bytes, 1, bytes.count, file) == bytes.count)
  try #require(chmod(path, 0o600) == 0)
}

/// The entry was used last so many seconds after 1970.
func setUse(_ path: String, seconds: Int) throws {
  let time = timespec(tv_sec: seconds, tv_nsec: 0)
  try #require(utimensat(AT_FDCWD, path, [time, time], AT_SYMLINK_NOFOLLOW) == 0)
}

func mode(of path: String) throws -> mode_t {
  var status = stat()
  try #require(lstat(path, &status) == 0)
  return status.st_mode & 0o7777
}

/// The diagnostic that opening a cache here ends with; it names the place and a remedy.
func refusal(of folder: String, user: UInt32 = geteuid()) throws -> Diagnostic {
  let diagnostic = try #require(throws: Diagnostic.self) {
    try ObjectCache(folder: folder, byteLimit: 1 << 20, user: user)
  }
  #expect(diagnostic.place == folder)
  #expect(diagnostic.help != nil)
  return diagnostic
}

extension ObjectCache {
  var codes: [Diagnostic.Code] { complaints.map(\.code) }
}
