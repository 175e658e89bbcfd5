import Benchmark
import CountedAllocations
import Loops

/// Registers every inner loop; called by the entry point that the library's plug-in writes.
///
/// - Returns: how many there are.
func benchmarks() -> Int {
    for loop in InnerLoop.allCases {
        Benchmark(loop.rawValue, configuration: .counted) { (benchmark, work: Work) in
            let before = counted_allocations()
            let items = try work.prepared.run()
            let after = counted_allocations()
            guard items == work.prepared.items else { return benchmark.error("\(loop.rawValue) left work undone.") }
            benchmark.measurement(.allocations, after - before)
            if let instructions = work.instructions { benchmark.measurement(.instructionsInValgrind, instructions) }
        } setup: {
            let prepared = try loop.prepared()
            return Work(prepared: prepared, instructions: await InstructionCount.of(loop))
        }
    }
    return InnerLoop.allCases.count
}

/// What a benchmark has before its first round.
private struct Work {
    var prepared: InnerLoop.Prepared
    /// `nil` where they cannot be counted.
    var instructions: Int?
}

extension BenchmarkMetric {
    /// Blocks of memory that a run asks for.
    fileprivate static var allocations: BenchmarkMetric { .custom("allocations") }
    /// Instructions of a run, as valgrind counts them.
    fileprivate static var instructionsInValgrind: BenchmarkMetric { .custom("instructionsInValgrind") }
}

extension Benchmark.Configuration {
    /// A few rounds after the first two, which make the room that later ones use again.
    ///
    /// Allocations must be exactly those that are stored. Instructions depend on the versions of compiler and C library,
    /// and may be two hundredths more or fewer.
    fileprivate static var counted: Benchmark.Configuration {
        Benchmark.Configuration(
            metrics: [.wallClock, .allocations, .instructionsInValgrind], warmupIterations: 2, maxDuration: .seconds(2),
            maxIterations: 100,
            thresholds: [
                .allocations: BenchmarkThresholds(absolute: [.p90: 0]),
                .instructionsInValgrind: BenchmarkThresholds(relative: [.p90: 2]),
            ])
    }
}
