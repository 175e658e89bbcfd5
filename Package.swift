// swift-tools-version: 6.3

import Foundation
import PackageDescription

/// Set for every target, so that one look tells what the compiler checks.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("ImmutableWeakCaptures"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

/// A type that stores a span, such as the decoder of a row, must declare its lifetime.
let lifetimes: SwiftSetting = .enableExperimentalFeature("Lifetimes")

/// What makes and folds virtual patients is optimised even where the rest is built for debugging, and so is what tests draw
/// their cases with.
///
/// Unoptimised it is some thirty times slower, and the tests simulate hundreds of thousands of patients.
let optimized: SwiftSetting = .unsafeFlags(["-O"], .when(configuration: .debug))

/// The processors that arithmetic on vectors is compiled for, such as `x86-64-v3`.
///
/// Without a name, all of the platform. Numbers are the same bits on either.
let processor: [SwiftSetting] =
    Context.environment["TROUGH_PROCESSOR"].map { $0.isEmpty ? [] : [.unsafeFlags(["-Xcc", "-march=\($0)"])] } ?? []

/// LLVM's linker, since the default one warns of a function of the C library that Foundation calls, where Swift's libraries
/// are linked statically.
let linker: [LinkerSetting] = [.unsafeFlags(["-use-ld=lld"], .when(platforms: [.linux]))]

let package = Package(
    name: "trough",
    platforms: [.macOS(.v26)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CXXHash", providers: [.apt(["libxxhash-dev"])]),
        .target(name: "Postgres", dependencies: ["CLibPQ"], swiftSettings: strict + [lifetimes]),
        .target(
            name: "StrictYAML",
            dependencies: [.product(name: "Yams", package: "Yams")],
            swiftSettings: strict
        ),
        .target(name: "Trial", dependencies: ["StrictYAML"], swiftSettings: strict + [optimized] + processor),
        .target(
            name: "Segments",
            dependencies: ["CXXHash", "Trial", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: strict + [optimized] + processor
        ),
        .target(
            name: "Schema",
            path: "Schema",
            resources: [
                .embedInCode("001_log.sql"), .embedInCode("002_vocabulary.sql"), .embedInCode("003_views.sql"),
                .embedInCode("004_projection.sql"), .embedInCode("005_disposable_study.sql"),
                .embedInCode("006_segment.sql"), .embedInCode("007_partition.sql"),
                .embedInCode("008_checksum.sql"),
                .embedInCode("009_moved_heads.sql"),
                .embedInCode("010_live_repairs.sql"),
                .embedInCode("011_retries.sql"),
                .embedInCode("012_withdrawn.sql"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "EventLog",
            dependencies: [
                "Postgres", "Schema", "Segments", "Trial", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Projection",
            dependencies: [
                "EventLog", "Postgres", "Segments", "Trial", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "LiveProjection",
            dependencies: [
                "EventLog", "Postgres", "Projection", "Trial", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "LocalServer",
            dependencies: [
                "Postgres", .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Telemetry",
            dependencies: [
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "trough",
            dependencies: [
                "CMalloc", "EventLog", "LiveProjection", "LoadTest", "LocalServer", "Postgres", "Projection", "Report",
                "Schema", "Simulation", "StrictYAML", "Survival", "Telemetry", "Trial", "VirtualCohort",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            resources: [.copy("Resources/roblin-replica.ndjson")],
            swiftSettings: strict,
            linkerSettings: linker
        ),
        .target(name: "Survival", swiftSettings: strict),
        .target(
            name: "VirtualCohort",
            dependencies: ["StrictYAML", "Trial"],
            swiftSettings: strict + [optimized] + processor
        ),
        .target(
            name: "Simulation",
            dependencies: ["Survival", "Trial", "VirtualCohort", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: strict + [optimized] + processor
        ),
        .target(
            name: "LoadTest",
            dependencies: ["Trial", "VirtualCohort", .product(name: "Histogram", package: "hdrhistogram-swift")],
            swiftSettings: strict + [optimized]
        ),
        .target(
            name: "Report",
            dependencies: ["LoadTest", "Projection", "Simulation", "Survival", "Trial", "VirtualCohort"],
            swiftSettings: strict
        ),

        .target(name: "TestData", path: "Tests/TestData", swiftSettings: strict + [optimized]),
        .target(
            name: "TestPostgres",
            dependencies: ["LocalServer", "Postgres"],
            path: "Tests/TestPostgres",
            swiftSettings: strict
        ),
        .target(
            name: "NaiveTrial",
            dependencies: [.product(name: "Yams", package: "Yams")],
            path: "Tests/NaiveTrial",
            swiftSettings: strict + [optimized]
        ),
        .target(
            name: "TestLog",
            dependencies: [
                "EventLog", "LocalServer", "Postgres", "TestData", "TestPostgres", "Trial",
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/TestLog",
            swiftSettings: strict
        ),
        .testTarget(
            name: "EventLogTests",
            dependencies: [
                "EventLog", "LocalServer", "Postgres", "Schema", "Segments", "TestData", "TestLog", "TestPostgres",
                "Trial",
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SegmentsTests", dependencies: ["Segments", "TestData", "Trial"], swiftSettings: strict),
        .testTarget(name: "NaiveTrialTests", dependencies: ["NaiveTrial", "TestData"], swiftSettings: strict),
        .testTarget(name: "StrictYAMLTests", dependencies: ["StrictYAML"], swiftSettings: strict),
        .testTarget(
            name: "TrialTests", dependencies: ["NaiveTrial", "StrictYAML", "TestData", "Trial"], swiftSettings: strict),
        .testTarget(
            name: "SurvivalTests",
            dependencies: ["Survival", "TestData"],
            resources: [.copy("Reference")],
            swiftSettings: strict
        ),
        .testTarget(
            name: "VirtualCohortTests",
            dependencies: ["StrictYAML", "Survival", "TestData", "Trial", "VirtualCohort"],
            swiftSettings: strict
        ),
        .testTarget(name: "PostgresTests", dependencies: ["Postgres", "TestPostgres"], swiftSettings: strict),
        .testTarget(
            name: "LoadTestTests",
            dependencies: ["LoadTest", "TestData", "Trial", "VirtualCohort"],
            swiftSettings: strict
        ),
        .testTarget(name: "LocalServerTests", dependencies: ["LocalServer", "Postgres"], swiftSettings: strict),
        .testTarget(
            name: "TelemetryTests",
            dependencies: [
                "Telemetry", "TestData", .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ProjectionTests",
            dependencies: [
                "EventLog", "NaiveTrial", "Postgres", "Projection", "Segments", "TestData", "TestLog", "Trial",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "LiveProjectionTests",
            dependencies: [
                "EventLog", "LiveProjection", "NaiveTrial", "Postgres", "Projection", "TestData", "TestLog",
                "TestPostgres",
                "Trial",
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TroughTests",
            dependencies: [
                "EventLog", "LocalServer", "Postgres", "TestData", "TestLog", "TestPostgres", "Trial", "trough",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ReportTests",
            dependencies: [
                "LoadTest", "NaiveTrial", "Projection", "Report", "Simulation", "Survival", "TestData", "TestLog",
                "Trial", "VirtualCohort",
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "NaiveTrial", "Simulation", "Survival", "TestData", "Trial", "VirtualCohort",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict
        ),
    ]
)

// Built only when asked for: `swift build` makes every target of the package.
if Context.environment["TROUGH_BENCHMARKS"] != nil {
    package.targets += [
        .target(
            name: "Measuring",
            dependencies: [
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Benchmarks/Measuring",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "BenchmarkReport",
            dependencies: ["Measuring", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            path: "Benchmarks/BenchmarkReport",
            swiftSettings: strict,
            linkerSettings: linker
        ),
        .executableTarget(
            name: "LogBenchmark",
            dependencies: [
                "CLibPQ", "CMalloc", "EventLog", "LiveProjection", "LocalServer", "Measuring", "Postgres", "Projection",
                "Segments", "Trial",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Benchmarks/LogBenchmark",
            swiftSettings: strict,
            linkerSettings: linker
        ),
        .executableTarget(
            name: "SimulationBenchmark",
            dependencies: [
                "Measuring", "Simulation", "Trial", "VirtualCohort",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Benchmarks/SimulationBenchmark",
            swiftSettings: strict,
            linkerSettings: linker
        ),
    ]
}

// Needs a library of its own, so that it is apart from the programs above.
if Context.environment["TROUGH_INNER_LOOPS"] != nil {
    package.dependencies.append(.package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []))
    package.targets += [
        .target(
            name: "Loops",
            dependencies: ["EventLog", "Segments", "Trial", "VirtualCohort"],
            path: "Benchmarks/Loops",
            swiftSettings: strict
        ),
        .target(name: "CountedAllocations", path: "Benchmarks/CountedAllocations"),
        .executableTarget(
            name: "LoopOnce",
            dependencies: ["Loops"],
            path: "Benchmarks/LoopOnce",
            swiftSettings: strict,
            // Valgrind gives up on what the compiler tells debuggers.
            linkerSettings: [.unsafeFlags(["-Xlinker", "--strip-debug"])]
        ),
        .executableTarget(
            name: "InnerLoops",
            dependencies: [
                "CountedAllocations", "Loops",
                .product(name: "Benchmark", package: "benchmark"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Benchmarks/InnerLoops",
            swiftSettings: strict,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
        ),
    ]
}
