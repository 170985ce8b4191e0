import CSmaltiRuntime
import Glibc

/// The memory of this machine: what is asked beyond it is refused before it is allocated, since an
/// allocation that fails ends the process.
package enum MachineMemory {
  /// Bytes of physical memory.
  static let byteCount = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))

  /// Returns to the system what was freed, before much more is allocated.
  package static func giveBack() { smalti_give_back_memory() }

  /// - Errors: `noMemory`.
  static func require(_ byteCount: Int, _ what: String) throws(RunError) {
    guard byteCount <= Self.byteCount else {
      throw RunError(
        .noMemory,
        "\(what) needs \(byteCount) bytes, this machine has \(Self.byteCount); work in smaller parts"
      )
    }
  }
}
