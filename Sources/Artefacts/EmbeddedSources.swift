import CSmaltiSources

/// The C that every compiled file is made from, as it stands in this program.
enum EmbeddedSources {
  static var runtime: [(name: String, bytes: [UInt8])] {
    var count: UInt64 = 0
    return files(smalti_runtime_sources(&count), count)
  }

  static var executable: [(name: String, bytes: [UInt8])] {
    var count: UInt64 = 0
    return files(smalti_executable_sources(&count), count)
  }

  /// The text of the header `smalti_abi.h`.
  static var abi: String {
    String(decoding: runtime.first { $0.name == "smalti_abi.h" }!.bytes, as: UTF8.self)
  }

  private static func files(
    _ sources: UnsafePointer<smalti_source>?, _ count: UInt64
  ) -> [(name: String, bytes: [UInt8])] {
    UnsafeBufferPointer(start: sources, count: Int(count)).map { source in
      let bytes = UnsafeBufferPointer(start: source.bytes, count: Int(source.byte_count))
      return (String(cString: source.name), Array(bytes))
    }
  }
}
