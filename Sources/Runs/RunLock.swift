import Glibc
import TensorCore

/// Keeps a second run out of a run's folder as long as it lives; the system lets go of it when a process
/// ends, however it ends.
final class RunLock {
  private let descriptor: Int32

  /// - Errors: `run.locked`, `run.folder`.
  init(_ folder: RunFolder) throws(Diagnostic) {
    let path = "\(folder.path)/.lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw .runFolder(folder.path, reason: String(cString: strerror(errno)))
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      throw .runLocked(folder.path)
    }
  }

  deinit { close(descriptor) }
}
