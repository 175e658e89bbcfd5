/// Every key that an event line may have by the event format, in the envelope, in `data` and in the objects within.
enum EventKey: Int16, CaseIterable {
    case specversion, id, source, type, subject, time, data, recordedtime, sequence, dataBase64
    case disease, sex, birthYear, weightKg, albuminGPerL, crpMgPerL, diseaseDurationYears, hlaDQA105, firstDrug
    case arm, drug, amount, unit, route
    case analyte, value, comparator, method
    case instrument, total, endoscopy, items
    case term, grade, serious, action, reason
    case corrects, replacement

    /// The key as it is spelled.
    var name: String {
        switch self {
        case .specversion: "specversion"
        case .id: "id"
        case .source: "source"
        case .type: "type"
        case .subject: "subject"
        case .time: "time"
        case .data: "data"
        case .recordedtime: "recordedtime"
        case .sequence: "sequence"
        case .dataBase64: "data_base64"
        case .disease: "disease"
        case .sex: "sex"
        case .birthYear: "birthYear"
        case .weightKg: "weightKg"
        case .albuminGPerL: "albuminGPerL"
        case .crpMgPerL: "crpMgPerL"
        case .diseaseDurationYears: "diseaseDurationYears"
        case .hlaDQA105: "hlaDQA105"
        case .firstDrug: "firstDrug"
        case .arm: "arm"
        case .drug: "drug"
        case .amount: "amount"
        case .unit: "unit"
        case .route: "route"
        case .analyte: "analyte"
        case .value: "value"
        case .comparator: "comparator"
        case .method: "method"
        case .instrument: "instrument"
        case .total: "total"
        case .endoscopy: "endoscopy"
        case .items: "items"
        case .term: "term"
        case .grade: "grade"
        case .serious: "serious"
        case .action: "action"
        case .reason: "reason"
        case .corrects: "corrects"
        case .replacement: "replacement"
        }
    }
}

/// A set of keys.
struct EventKeySet: Sendable, Equatable, ExpressibleByArrayLiteral {
    private var bits: UInt64 = 0

    /// The set of these keys.
    init(arrayLiteral keys: EventKey...) {
        for key in keys { insert(key) }
    }

    /// Whether the key is in the set.
    func contains(_ key: EventKey) -> Bool { bits & 1 << UInt64(key.rawValue) != 0 }
    /// Adds a key.
    mutating func insert(_ key: EventKey) { bits |= 1 << UInt64(key.rawValue) }
    /// Whether every key of this set is in the other.
    func isSubset(of other: EventKeySet) -> Bool { bits & ~other.bits == 0 }

    /// The keys in the order in which the event format lists them.
    var keys: [EventKey] { EventKey.allCases.filter(contains) }
}

/// Where the values of one object's known keys stand on the tape.
struct EventMembers {
    /// The keys that the object has.
    private(set) var keys: EventKeySet = []
    /// A line of the greatest length has fewer than 2^16 tokens.
    private var tokens = InlineArray<40, UInt16>(repeating: 0)

    /// The token of a key's value, or `nil` where the object does not have the key.
    subscript(key: EventKey) -> Int? {
        keys.contains(key) ? Int(tokens[Int(key.rawValue)]) : nil
    }

    /// Notes where the value of a key stands.
    mutating func insert(_ key: EventKey, at token: Int) {
        keys.insert(key)
        tokens[Int(key.rawValue)] = UInt16(truncatingIfNeeded: token)
    }
}

/// The word lists that parsing looks words up in; one object, so that a parser is passed on without copying them.
final class EventWords: Sendable {
    let keys = WordTable(EventKey.allCases.map { ($0.name, $0.rawValue) })
    let kinds = WordTable(EventKind.self)
    let diseases = WordTable(Disease.self)
    let sexes = WordTable(Sex.self)
    let drugs = WordTable(Drug.self)
    let routes = WordTable(Route.self)
    let analytes = WordTable(Analyte.self)
    let units = WordTable(Unit.self)
    let comparators = WordTable(Comparator.self)
    let methods = WordTable(AssayMethod.self)
    let instruments = WordTable(Instrument.self)
    let actions = WordTable(AdverseEventAction.self)
    let stopReasons = WordTable(TreatmentStopReason.self)
    let withdrawalReasons = WordTable(WithdrawalReason.self)
}
