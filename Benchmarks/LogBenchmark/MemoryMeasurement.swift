import Measuring

/// How much memory the program holds at most, and how that grows with the log.
struct MemoryMeasurement {
    let server: BenchmarkServer
    let program: TroughProgram
    let seed: UInt64

    /// The most that either command may hold for ten million events.
    private static let bound = Bound.below(300)

    /// Appends and replays a workload of each size.
    func run(sizes: [Int]) async throws -> Section {
        var section = Section(title: "peak resident memory")
        for events in sizes {
            let file = server.folder + "/memory.ndjson"
            try LineFile.write(Workload(events: events, seed: seed), to: file)
            try await server.makeLog("memory")
            let append = try await AppendMeasurement.append(file, to: "memory", connections: 2, events, server, program)
            let replay = try await program.run([
                "replay", "--database", server.url("memory"), "--shards", "2", "--output", "json",
            ])
            try await server.drop("memory")
            let millions = Double(events) / 1e6
            for (name, run) in [("append", append), ("replay", replay)] {
                let series = Series(
                    name: "\(name), \(millions) million events", unit: "MB", samples: [run.peakMegabytes])
                section.lines.append(Line(series, Self.bound))
            }
        }
        return section
    }
}
