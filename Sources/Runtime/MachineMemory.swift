import Glibc

/// The memory of this machine: what is asked beyond it is refused before it is allocated, since an
/// allocation that fails ends the process.
enum MachineMemory {
  /// Bytes of physical memory.
  static let byteCount = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))

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
