/// An inner loop of the program that is counted on its own.
package enum InnerLoop: String, CaseIterable, Sendable {
    /// Event lines parsed and validated.
    case parse
    /// A packed segment opened, and every patient's events taken out of it.
    case decode
    /// Every patient's events that matter to the default protocol found in an opened segment.
    case relevant
    /// Patients' histories loaded and folded under the default protocol.
    case fold
    /// The digest that chains a batch of events to the one before.
    case chain
    /// Drug level and inflammation of eight virtual patients, day by day: the kernel of the simulator.
    case trajectory
    /// Virtual patients made as events, visits and spelling of names included.
    case patients

    /// A loop with its data, ready to run; what it needs of memory is kept from run to run, as in the program.
    package struct Prepared {
        /// How many lines, events or patients a run goes through.
        package let items: Int
        /// Runs it once and gives back how many it has gone through.
        package let run: () throws -> Int
    }

    /// Makes the loop's data.
    package func prepared() throws -> Prepared {
        switch self {
        case .parse: try Self.parse(Sample(patients: 24))
        case .decode: try Self.decode(Sample(patients: 192))
        case .relevant: try Self.relevant(Sample(patients: 192))
        case .fold: Self.fold(Sample(patients: 96))
        case .chain: Self.chain(Sample(patients: 96))
        case .trajectory: Self.trajectory(Sample(patients: 8))
        case .patients: Self.patients(Sample(patients: 8))
        }
    }
}
