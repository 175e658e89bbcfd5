/// The events of a made-up trial, in the order in which they arrive.
///
/// Patients are recruited evenly over two years and followed for two. Each is enrolled with first assays, randomised two
/// to four weeks later, then given infliximab every eight weeks or adalimumab every two, and seen nine times for assays
/// and a score. That makes 95 events a patient: half assays, a third doses, a tenth scores. Everything is a function of
/// the seed, the patient and the event.
struct Workload {
    /// What an event is, with what its line needs to know.
    enum Kind: UInt8 {
        case enrolment, randomisation, infliximab, adalimumab, azathioprine
        case drugLevel, antibodiesSensitive, antibodiesTolerant, calprotectin, crp
        case harveyBradshaw, mayo, adverseEvent, completion
    }

    /// One event without its spelling.
    struct Stub: BitwiseCopyable {
        /// Seconds since 1970.
        var time: Int64
        var patient: Int32
        /// The event's number among its patient's.
        var number: Int16
        var kind: Kind
    }

    let seed: UInt64
    /// How many patients have events.
    let patients: Int
    /// All events, ascending by time.
    let stubs: [Stub]

    private static let recruitmentDays = 730
    private static let followUpDays = 730
    /// 2014-01-01, in seconds since 1970.
    private static let start: Int64 = 1_388_534_400
    private static let day: Int64 = 86_400

    /// Makes exactly `count` events: patients are added until there are enough, and the latest events left out.
    init(events count: Int, seed: UInt64) {
        self.seed = seed
        var stubs: [Stub] = []
        stubs.reserveCapacity(count + 256)
        let expected = max(1, count / 95)
        var patient = 0
        while stubs.count < count {
            Self.plan(Int32(patient), of: expected, seed: seed, into: &stubs)
            patient += 1
        }
        stubs.sort { ($0.time, $0.patient, $0.number) < ($1.time, $1.patient, $1.number) }
        stubs.removeLast(stubs.count - count)
        self.stubs = stubs
        patients = patient
    }

    /// Whether the patient is randomised to infliximab; the others get adalimumab.
    static func isOnInfliximab(_ patient: Int32, seed: UInt64) -> Bool {
        var random = SplitMix(seed: seed, UInt64(patient), 0)
        return random.chance(percent: 50)
    }

    /// Plans the history of one patient.
    private static func plan(_ patient: Int32, of expected: Int, seed: UInt64, into stubs: inout [Stub]) {
        var random = SplitMix(seed: seed, UInt64(patient), 1)
        let recruited = Int64(recruitmentDays) * day * Int64(Int(patient) % expected) / Int64(expected)
        let enrolled = start + recruited + Int64(random.below(43_200))
        var number: Int16 = 0
        func add(_ kind: Kind, day offset: Int, minute: Int) {
            number += 1
            stubs.append(
                Stub(
                    time: enrolled + Int64(offset) * day + Int64(minute) * 60, patient: patient, number: number,
                    kind: kind))
        }
        func addAssays(day: Int) {
            for kind in [Kind.drugLevel, .antibodiesSensitive, .antibodiesTolerant, .calprotectin, .crp] {
                add(kind, day: day, minute: 30)
            }
        }
        add(.enrolment, day: 0, minute: 0)
        addAssays(day: 1)
        let randomised = 14 + random.below(15)
        add(.randomisation, day: randomised, minute: 0)
        if random.chance(percent: 50) { add(.azathioprine, day: randomised, minute: 60) }
        let isOnInfliximab = isOnInfliximab(patient, seed: seed)
        for dose in stride(from: randomised, to: followUpDays, by: isOnInfliximab ? 56 : 14) {
            add(isOnInfliximab ? .infliximab : .adalimumab, day: dose, minute: 120)
        }
        let score = random.chance(percent: 60) ? Kind.harveyBradshaw : .mayo
        for visit in 1...9 {
            let day = randomised + visit * 76 + random.below(7)
            addAssays(day: day)
            add(score, day: day, minute: 45)
            if random.chance(percent: 13) { add(.adverseEvent, day: day, minute: 50 + random.below(600)) }
        }
        add(.completion, day: randomised + followUpDays, minute: 0)
    }
}
