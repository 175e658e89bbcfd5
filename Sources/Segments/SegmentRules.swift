package import Trial

/// Which events of one segment matter to outcomes: what ``Relevance`` says of its shapes and details, looked up once.
package struct SegmentRules: Sendable {
    /// By shape.
    let shapes: [Entry]
    /// By detail: whether it may make a score matter.
    let details: [Bool]

    /// A shape's rule, as a reader of events wants it.
    struct Entry: BitwiseCopyable {
        /// The drugs that were given in the lowest 16 bits, those assayed in the next 16, then the flags.
        var marks: UInt64
        var factor: Double
        var low: Double
        var high: Double

        /// Says that the event has a detail; one bit, which is counted.
        static let detailShift: UInt64 = 32
        /// Says that no event of the shape matters.
        static let never: UInt64 = 1 << 33
        /// Says that its detail may make the event matter.
        static let asksForDetail: UInt64 = 1 << 34

        /// Says that the event corrects another one.
        static let correction: UInt64 = 1 << 35

        init(_ shape: EventRecord, _ rule: Relevance.Rule) {
            (factor, low, high) = (rule.factor, rule.low, rule.high)
            marks = UInt64(rule.given) | UInt64(rule.assayed) << 16
            let isDetailed = !shape.detail.isEmpty
            if isDetailed { marks |= 1 << Self.detailShift }
            if shape.kind == .correction { marks |= Self.correction }
            if isDetailed, rule.asksForDetail {
                marks |= Self.asksForDetail
            } else if rule.isNever {
                marks |= Self.never
            }
        }
    }

    /// The rules for the events of a segment.
    package init(_ relevance: Relevance, for segment: Segment) {
        let columns = segment.columns
        shapes = columns.shapes.map { Entry($0, relevance.rule(for: $0)) }
        let asksForDetails = shapes.contains { $0.marks & Entry.asksForDetail != 0 }
        var details = [Bool](repeating: false, count: columns.details.count)
        if asksForDetails {
            let arena = segment.batch.arena
            for (index, detail) in columns.details.enumerated() {
                details[index] = relevance.detailMatters(arena.span.extracting(detail.indices))
            }
        }
        self.details = details
    }
}
