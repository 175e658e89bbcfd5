/// Something stored that does not fit what the chain and the head of its slice promise.
package struct ChainFault: Sendable, Equatable {
    /// What does not fit; the raw value is a stable code for programs.
    package enum Kind: String, Sendable {
        /// The events of a batch do not give its digest.
        case digest
        /// Positions are not 1, 2, 3, … up to the head.
        case position
        /// Batches do not lie end to end up to the head.
        case batch
        /// A time of recording is not that of the batch, or goes back.
        case time
        /// A patient is missing, out of turn, named twice or in the wrong slice.
        case patient
        /// A source is missing or named twice.
        case source
        /// A name of an event (subject, source, id) is used twice.
        case name
        /// An event is none that an event line can have.
        case content
        /// A head is missing, or does not say what the last batch says.
        case head
        /// A study's row does not fit its slices.
        case study
        /// A segment does not hold the events of its positions, or not as its row says.
        case segment
        /// Rows were removed in another way than the log's record says.
        case removal
        /// The log does not extend the anchor.
        case anchor
    }

    /// A fault within a slice, before it is said which.
    struct Place: Equatable {
        var kind: Kind
        var positions: ClosedRange<Int64>?
        var reason: String

        init(_ kind: Kind, at position: Int64? = nil, _ reason: String) {
            self.init(kind, in: position.map { $0...$0 }, reason)
        }

        init(_ kind: Kind, in positions: ClosedRange<Int64>?, _ reason: String) {
            self.kind = kind
            self.positions = positions
            self.reason = reason
        }
    }

    /// What does not fit.
    package let kind: Kind
    /// The study's name.
    package let study: String
    /// The slice's number within its study; `nil` where the study as a whole does not fit.
    package let slice: Int?
    /// The positions that are concerned, the first of which no reader should go beyond; `nil` where there are none.
    package let positions: ClosedRange<Int64>?
    /// What was found and what was expected.
    package let reason: String

    init(_ place: Place, study: String, slice: Int? = nil) {
        kind = place.kind
        self.study = study
        self.slice = slice
        positions = place.positions
        // A name that was altered may hold anything; a finding stays one line, and does nothing to a terminal.
        var line = String.UnicodeScalarView()
        line.append(
            contentsOf: place.reason.unicodeScalars.map {
                $0.properties.generalCategory == .control ? "\u{FFFD}" : $0
            })
        reason = String(line)
    }

    /// One line for people, with its place.
    package var description: String {
        let place = slice.map { "slice \($0) of study \"\(study)\"" } ?? "study \"\(study)\""
        return "\(place): \(reason)"
    }
}
