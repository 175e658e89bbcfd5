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

let package = Package(
    name: "trough",
    platforms: [.macOS(.v26)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(name: "Postgres", dependencies: ["CLibPQ"], swiftSettings: strict + [lifetimes]),
        .target(
            name: "Trial",
            dependencies: [.product(name: "Yams", package: "Yams")],
            swiftSettings: strict
        ),
        .target(
            name: "Schema",
            path: "Schema",
            resources: [
                .embedInCode("001_log.sql"), .embedInCode("002_vocabulary.sql"), .embedInCode("003_views.sql"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "EventLog",
            dependencies: [
                "Postgres", "Schema", "Trial", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Projection",
            dependencies: ["EventLog", "Postgres", "Trial", .product(name: "Crypto", package: "swift-crypto")],
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
        .executableTarget(
            name: "trough",
            dependencies: [
                "EventLog", "LocalServer", "Postgres", "Projection", "Report", "Schema", "Survival", "Trial",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            resources: [.copy("Resources/roblin-replica.ndjson")],
            swiftSettings: strict
        ),
        .target(name: "Survival", swiftSettings: strict),
        .target(name: "Report", dependencies: ["Projection", "Survival", "Trial"], swiftSettings: strict),

        .target(name: "TestData", path: "Tests/TestData", swiftSettings: strict),
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
            swiftSettings: strict
        ),
        .target(
            name: "TestLog",
            dependencies: [
                "EventLog", "Postgres", "TestData", "TestPostgres", "Trial",
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "Logging", package: "swift-log"),
            ],
            path: "Tests/TestLog",
            swiftSettings: strict
        ),
        .testTarget(
            name: "EventLogTests",
            dependencies: [
                "EventLog", "LocalServer", "Postgres", "Schema", "TestData", "TestLog", "TestPostgres", "Trial",
                .product(name: "Crypto", package: "swift-crypto"), .product(name: "Logging", package: "swift-log"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strict
        ),
        .testTarget(name: "NaiveTrialTests", dependencies: ["NaiveTrial", "TestData"], swiftSettings: strict),
        .testTarget(name: "TrialTests", dependencies: ["TestData", "Trial"], swiftSettings: strict),
        .testTarget(
            name: "SurvivalTests",
            dependencies: ["Survival", "TestData"],
            resources: [.copy("Reference")],
            swiftSettings: strict
        ),
        .testTarget(name: "PostgresTests", dependencies: ["Postgres", "TestPostgres"], swiftSettings: strict),
        .testTarget(name: "LocalServerTests", dependencies: ["LocalServer", "Postgres"], swiftSettings: strict),
        .testTarget(
            name: "ProjectionTests",
            dependencies: ["EventLog", "NaiveTrial", "Postgres", "Projection", "TestData", "TestLog", "Trial"],
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
            dependencies: ["Projection", "Report", "Survival", "TestData", "Trial"],
            swiftSettings: strict
        ),
    ]
)

// Built only when asked for: `swift build` makes every target of the package.
if Context.environment["TROUGH_BENCHMARKS"] != nil {
    package.targets.append(
        .executableTarget(
            name: "LogBenchmark",
            dependencies: [
                "CLibPQ", "EventLog", "LocalServer", "Postgres", "Projection", "Trial",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Benchmarks/LogBenchmark",
            swiftSettings: strict
        )
    )
}
