import Measuring

/// How much memory the program holds at most while it simulates, and how that grows with the cohort.
struct MemoryMeasurement: Sendable {
    let program: TroughProgram
    let seed: UInt64

    /// The sizes of the cohort, the second ten times the first.
    private static let sizes = [200_000, 2_000_000]
    /// The most that the program may hold, whatever the size.
    private static let bound = Bound.below(150)

    /// Simulates a cohort of each size.
    func run() async throws -> Section {
        var section = Section(title: "peak resident memory")
        for patients in Self.sizes {
            let run = try await program.run([
                "simulate", "--patients", "\(patients)", "--seed", "\(seed)", "--workers", "2", "--output", "json",
                "--quiet",
            ])
            guard run.output.contains("\"patients\":\(patients),") else {
                throw Failure("The report does not speak of \(patients) patients: \(run.output)")
            }
            let series = Series(
                name: "trough simulate, \(patients) patients", unit: "MB", samples: [run.peakMegabytes])
            section.lines.append(Line(series, Self.bound))
        }
        return section
    }
}
