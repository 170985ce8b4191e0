// swift-tools-version: 6.1
// Callers of a compiled model in many threads, to be built with a sanitizer.
import PackageDescription

let package = Package(
  name: "callers",
  dependencies: [.package(name: "smalti", path: "../..")],
  targets: [
    .executableTarget(
      name: "callers", dependencies: [.product(name: "SmaltiRuntime", package: "smalti")],
      path: "Sources/Callers")
  ],
  swiftLanguageModes: [.v6]
)
