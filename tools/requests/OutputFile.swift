import Foundation
import Smalti

/// Files that a command writes: refused before the work, written whole or not at all.
package enum OutputFile {
  /// Looks at once whether `path` can be written, so that nobody waits for a run in vain.
  ///
  /// - Errors: `file.unwritable`.
  package static func check(_ path: String) throws(Diagnostic) {
    // Not by NSString, which traps on names of one character (swift-corelibs-foundation 6.3).
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
    var isFolder: ObjCBool = false
    let files = FileManager.default
    if files.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      throw .fileUnwritable(path, "it is a directory")
    }
    let place = folder.isEmpty ? "." : folder == "/" ? "/" : String(folder.dropLast())
    guard files.fileExists(atPath: place, isDirectory: &isFolder) else {
      throw .fileUnwritable(path, "there is no directory \(place)")
    }
    guard isFolder.boolValue else { throw .fileUnwritable(path, "\(place) is not a directory") }
    guard access(place, W_OK) == 0 else {
      throw .fileUnwritable(path, String(cString: strerror(errno)))
    }
  }

  /// Lets whoever may read the file run it.
  ///
  /// - Errors: `file.unwritable`.
  package static func makeExecutable(_ path: String) throws(Diagnostic) {
    var status = stat()
    guard stat(path, &status) == 0,
      chmod(path, status.st_mode | (status.st_mode & 0o444) >> 2) == 0
    else { throw .fileUnwritable(path, String(cString: strerror(errno))) }
  }
}
