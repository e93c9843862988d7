// swift-tools-version: 6.2
import PackageDescription

// Arrows point down only: each stage imports the stages above it in this list, and the validator imports none of them.
let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]

func stage(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tool(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name,
    dependencies: dependencies + [.product(name: "ArgumentParser", package: "swift-argument-parser")],
    swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let package = Package(
  name: "Halite",
  products: [
    .executable(name: "naclc", targets: ["naclc"]),
    .executable(name: "naclv", targets: ["naclv"]),
    .executable(name: "nacl-run", targets: ["nacl-run"]),
    .library(name: "Halite", targets: ["Halite"]),
    .library(name: "NaClValidator", targets: ["NaClValidator"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // The compiler, stage by stage.
    stage("Entities"),
    stage("Wasm", ["Entities"]),
    stage("IR", ["Entities"]),
    stage("WasmToIR", ["Entities", "Wasm", "IR"]),
    stage("Optimizer", ["Entities", "IR"]),
    stage("X86", ["Entities"]),
    stage("RegisterAllocation", ["Entities"]),
    stage("Nexe"),
    stage("CodeGeneration", ["Entities", "IR", "X86", "RegisterAllocation", "Nexe"]),
    .systemLibrary(
      name: "CMessageDigest", path: "Sources/CMessageDigest", pkgConfig: "libmd", providers: [.apt(["libmd-dev"])]),
    stage("Inspector", ["Entities", "Nexe", "Wasm", "CCapstone"]),
    stage(
      "Compiler",
      [
        "Entities", "Wasm", "IR", "WasmToIR", "Optimizer", "X86", "RegisterAllocation", "CodeGeneration", "Nexe",
        "Inspector", "CMessageDigest",
      ]),

    // The trusted core: proves a nexe safe from its bytes alone.
    .systemLibrary(
      name: "CCapstone", path: "Validator/Sources/CCapstone", pkgConfig: "capstone", providers: [.apt(["libcapstone-dev"])]),
    .target(
      name: "NaClValidator", dependencies: ["CCapstone"], path: "Validator/Sources/NaClValidator", swiftSettings: strict),
    .executableTarget(
      name: "naclv",
      dependencies: ["NaClValidator", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Validator", exclude: ["Benchmark", "size", "Sources/NaClValidator", "Sources/CCapstone"], sources: ["Sources/naclv"],
      // `naclv explain` prints it.
      resources: [.embedInCode("SPEC.md")], swiftSettings: strict),

    // The runtime: maps what the validator accepted, runs it, serves it.
    .target(name: "CSandbox"),
    stage("Runtime", ["Entities", "Wasm", "Nexe", "NaClValidator", "CSandbox"]),
    .target(name: "CHostSystem"),
    .target(name: "CDigest", linkerSettings: [.linkedLibrary("md")]),
    stage("WASI", ["Runtime", "CHostSystem"]),
    stage("Halite", ["Runtime", "WASI", "Compiler", "Nexe", "Optimizer", "CDigest", "CHostSystem"]),

    tool("naclc", ["Compiler", "Inspector", "Nexe"]),
    .target(name: "CDebuggerInterface"),
    tool("nacl-run", ["Halite", "Runtime", "WASI", "Compiler", "Nexe", "Inspector", "CDebuggerInterface"]),

    .executableTarget(
      name: "call-benchmark", dependencies: ["Halite"], path: "Benchmarks/calls/Sources", swiftSettings: strict),

    // Random functions and an interpreter, for the tests of everything that reads or changes IR.
    .target(name: "IRTesting", dependencies: ["Entities", "IR"], path: "Tests/IRTesting", swiftSettings: strict),

    .executableTarget(
      name: "conformance", dependencies: ["Halite", "Compiler", "Wasm"], path: "Tests/Conformance/Sources",
      swiftSettings: strict),

    // Random modules, with wasmtime as the oracle: our side of it.
    .executableTarget(
      name: "differential", dependencies: ["Halite"], path: "Tests/Differential/Sources", swiftSettings: strict),

    tests("EntitiesTests", ["Entities"]),
    tests("WasmTests", ["Wasm"]),
    tests("IRTests", ["IR", "IRTesting", "WasmToIR", "Wasm"]),
    tests("OptimizerTests", ["Optimizer", "IR", "IRTesting"]),
    tests("X86Tests", ["X86", "NaClValidator"]),
    tests("RegisterAllocationTests", ["RegisterAllocation"]),
    tests(
      "CodeGenerationTests",
      ["CodeGeneration", "Entities", "IR", "IRTesting", "X86", "RegisterAllocation", "Nexe", "NaClValidator", "Runtime"]),
    tests("NexeTests", ["Nexe"]),
    tests("InspectorTests", ["Inspector", "Compiler", "Nexe"]),
    tests("CompilerTests", ["naclc", "Compiler", "Entities", "IR", "Nexe", "NaClValidator"]),
    tests("ValidatorTests", ["NaClValidator", "naclv"], exclude: ["allow-list.txt"]),
    .target(name: "SandboxFixtures", path: "Tests/SandboxFixtures"),

    // The validator's decoder against Zydis, iced-x86 and the processor.
    .testTarget(
      name: "DecoderDifferentialTests", dependencies: ["NaClValidator"], path: "Tests/DecoderDifferential",
      exclude: ["record.h", "zydis_check.c", "native_check.c", "iced_check.py"], swiftSettings: strict),

    // Attacks on the validator: mutants run natively, see Tests/ValidatorFuzz.
    .target(name: "CProbe", path: "Tests/ValidatorFuzz/CProbe"),
    .target(
      name: "ValidatorFuzzing", dependencies: ["NaClValidator", "CCapstone", "CProbe", "Compiler", "Nexe", "Runtime"],
      path: "Tests/ValidatorFuzz/Fuzzing", swiftSettings: strict),
    .executableTarget(
      name: "validator-fuzz",
      dependencies: ["ValidatorFuzzing", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Tests/ValidatorFuzz/Tool", swiftSettings: strict),
    .testTarget(
      name: "ValidatorFuzzTests", dependencies: ["ValidatorFuzzing", "NaClValidator"], path: "Tests/ValidatorFuzz/Tests",
      swiftSettings: strict),
    tests("RuntimeTests", ["Runtime", "Halite", "CSandbox", "SandboxFixtures", "NaClValidator", "Compiler"]),
    tests("WASITests", ["Halite", "WASI", "Runtime", "CHostSystem", "NaClValidator"]),
    tests("HaliteTests", ["Halite"]),
    tests("NaClRunTests", ["nacl-run", "Compiler", "Halite"], exclude: ["Fixtures"]),
    tests("EndToEndTests", ["Halite", "NaClValidator"]),
    tests("ArchitectureTests", ["CodeGeneration", "Nexe", "Runtime", "NaClValidator"]),
  ]
)
