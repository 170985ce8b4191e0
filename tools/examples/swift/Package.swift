// swift-tools-version: 6.1
// A program that runs compiled models: it depends on the runtime, and no compiler is linked in.
import PackageDescription

let package = Package(
  name: "segment",
  dependencies: [.package(name: "smalti", path: "../../..")],
  targets: [
    .executableTarget(
      name: "segment", dependencies: [.product(name: "SmaltiRuntime", package: "smalti")])
  ],
  swiftLanguageModes: [.v6]
)
