// swift-tools-version: 6.1
// What it costs. A package of its own, so that nothing here stands in users' graphs.
import PackageDescription

let package = Package(
  name: "smalti-benchmarks",
  dependencies: [.package(name: "smalti", path: "..")],
  targets: [
    .executableTarget(
      name: "spine",
      dependencies: [
        .product(name: "GraphCompiler", package: "smalti"),
        .product(name: "ModelZoo", package: "smalti"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
