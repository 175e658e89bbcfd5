package import Trial

/// Which events of one segment matter to outcomes: what ``Relevance`` says of its shapes, values and details, looked up once.
///
/// A class, though nothing in it changes, for the same reason as ``Segment``.
package final class SegmentRules: Sendable {
    let tables: RuleTables

    /// The rules for the events of a segment.
    package init(_ relevance: Relevance, for segment: Segment) { tables = RuleTables(relevance, for: segment) }
}

/// The tables of rules for a segment.
///
/// A segment has each value once, and few different bounds that values are held against, so that all of that is decided
/// before its events are looked at.
struct RuleTables: Sendable {
    /// How many shapes the segment has.
    let shapeCount: Int
    /// By shape: what is known of all its events, see ``Shape``; one row for whoever the patient may be, and then one for each
    /// variant (see ``Relevance``).
    let shapes: [UInt64]
    /// In the same rows: how long after the midnight before randomisation such an event may matter first, in microseconds.
    let firstTimes: [Int64]
    /// By value: which of the bounds it lies beyond, a bit for each.
    let beyond: [UInt32]
    /// By detail: whether it may make a score matter.
    let details: [Bool]

    /// The bits of what is known of a shape: the drugs that were given in the lowest 16, those assayed in the next 16, then
    /// flags, and from ``boundsShift`` on the number of the bounds for its values.
    enum Shape {
        /// The drugs that were given.
        static let given: UInt64 = 0xffff
        /// Says that the event has a detail; one bit, which is counted.
        static let detailShift: UInt64 = 32
        /// Says that its detail may make the event matter.
        static let askingShift: UInt64 = 33
        /// Says that the event corrects another one.
        static let correction: UInt64 = 1 << 34
        /// Says that the event tells who the patient is: enrolled, or randomised.
        static let group: UInt64 = 1 << 35
        static let boundsShift: UInt64 = 40
    }

    /// Bounds within which a value makes no difference.
    private struct Bounds: Equatable {
        var factor: Double
        var low: Double
        var high: Double

        /// Within them lies everything.
        static let never = Bounds(factor: 0, low: -.infinity, high: .infinity)
        /// Within them lies nothing.
        static let always = Bounds(factor: 0, low: .infinity, high: -.infinity)

        init(factor: Double, low: Double, high: Double) { (self.factor, self.low, self.high) = (factor, low, high) }

        init(_ rule: Relevance.Rule) { self.init(factor: rule.factor, low: rule.low, high: rule.high) }
    }

    init(_ relevance: Relevance, for segment: Segment) {
        let columns = segment.columns
        var bounds = Self.firstBounds
        shapeCount = columns.shapes.count
        let rules =
            relevance.rules(for: columns.shapes)
            + (0..<relevance.variantCount).flatMap { relevance.rules(for: columns.shapes, ofVariant: $0) }
        shapes = rules.indices.map { Self.word(rules[$0], for: columns.shapes[$0 % columns.shapes.count], &bounds) }
        firstTimes = rules.enumerated().map { place, rule in
            let day = place < columns.shapes.count ? -Self.beyondAllDays : rule.from
            return Int64(min(max(day, -Self.beyondAllDays), Self.beyondAllDays)) * Instant.day
        }
        beyond = Self.beyond(bounds, columns.values)
        var details = [Bool](repeating: false, count: columns.details.count)
        if rules.contains(where: \.asksForDetail) {
            let arena = segment.batch.arena
            for (index, detail) in columns.details.enumerated() {
                details[index] = relevance.detailMatters(arena.span.extracting(detail.indices))
            }
        }
        self.details = details
    }

    /// More days than lie between any two events.
    private static let beyondAllDays = 1 << 22

    /// What a rule says of a shape.
    private static func word(_ rule: Relevance.Rule, for shape: EventRecord, _ bounds: inout [Bounds]) -> UInt64 {
        var word = UInt64(rule.given) | UInt64(rule.assayed) << 16
        if !shape.detail.isEmpty {
            word |= 1 << Shape.detailShift
            if rule.asksForDetail { word |= 1 << Shape.askingShift }
        }
        switch shape.kind {
        case .correction: word |= Shape.correction
        case .enrolment, .randomisation: word |= Shape.group
        default: break
        }
        return word | number(rule.isNever ? .never : Bounds(rule), in: &bounds) << Shape.boundsShift
    }

    /// Whether a value lies beyond the bounds of a shape's word.
    static func isBeyond(_ word: UInt64, _ beyond: UInt32) -> Bool {
        beyond &>> UInt32(truncatingIfNeeded: word >> Shape.boundsShift) & 1 != 0
    }

    /// Whether a shape's word says that the details of its events may make them matter.
    static func asks(_ word: UInt64) -> Bool { word >> Shape.askingShift & 1 != 0 }

    /// The bounds that every segment has.
    private static let firstBounds: [Bounds] = [.never, .always]
    /// The number of those beyond which everything lies.
    private static let always: UInt64 = 1

    /// The number of bounds; where there are more than a word has bits, that of bounds beyond which everything lies: too much
    /// may be kept, and never too little.
    private static func number(_ own: Bounds, in bounds: inout [Bounds]) -> UInt64 {
        if let number = bounds.firstIndex(of: own) { return UInt64(number) }
        guard bounds.count < UInt32.bitWidth else { return always }
        bounds.append(own)
        return UInt64(bounds.count - 1)
    }

    /// For each value a word with a bit for each of the bounds that it lies beyond.
    private static func beyond(_ bounds: [Bounds], _ values: [Double]) -> [UInt32] {
        var beyond = [UInt32](repeating: 0, count: values.count)
        for (number, own) in bounds.enumerated() where own != .never {
            let bit = UInt32(1) << UInt32(number)
            for index in beyond.indices {
                let scaled = values[index] * own.factor
                beyond[index] |= scaled > own.low && scaled < own.high ? 0 : bit
            }
        }
        return beyond
    }
}
