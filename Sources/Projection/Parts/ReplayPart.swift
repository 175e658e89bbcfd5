package import EventLog
package import Trial

/// A protocol as a replay was given it.
package struct StatedProtocol: Sendable {
    /// What the user called it: a file, or a word for the one that is built in; empty where nothing was given.
    package let file: String
    /// The protocol file, whole.
    package let text: String
    /// What it says.
    package let trial: TrialProtocol

    /// A protocol from its parts.
    package init(file: String, text: String, trial: TrialProtocol) {
        self.file = file
        self.text = text
        self.trial = trial
    }

    /// Everything that it says, byte for byte the same only where it says the same.
    var content: [UInt8] { Array("\(trial)".utf8) }
}

/// The outcomes of a stretch of a study's slices, which parts from other processes make whole.
///
/// Slices share nothing, so that it does not matter where, when and in how many processes each was folded. Parts that were
/// made at different moments hold what their slices held then; `asOf` cuts all of them alike.
package struct ReplayPart: Sendable {
    /// What all parts of one replay share.
    package struct Origin: Sendable {
        /// The study's name.
        package let study: String
        /// When the study was made, in microseconds since 1970: tells studies of one name in different databases apart.
        package let created: Int64
        /// How many slices the study has.
        package let sliceCount: Int
        /// What was recorded later is not there; microseconds since 1970.
        package let asOf: Int64?
        /// What happened later does not count; microseconds since 1970.
        package let until: Int64?
        /// The protocols, of which there is at least one.
        package let protocols: [StatedProtocol]

        /// An origin from its parts.
        package init(
            study: Study, created: Int64, asOf: Int64?, until: Int64?, protocols: [StatedProtocol]
        ) {
            self.init(
                study: study.name, created: created, sliceCount: study.slices, asOf: asOf, until: until,
                protocols: protocols)
        }

        init(
            study: String, created: Int64, sliceCount: Int, asOf: Int64?, until: Int64?, protocols: [StatedProtocol]
        ) {
            self.study = study
            self.created = created
            self.sliceCount = sliceCount
            self.asOf = asOf
            self.until = until
            self.protocols = protocols
        }
    }

    /// How far a slice was read.
    package struct Head: Sendable, Equatable {
        /// The position of the last event, 0 where the slice is empty.
        package let position: Int64
        /// The digest of the chain there, 32 bytes: what an anchor says of the same position.
        package let digest: [UInt8]
    }

    /// What all parts share.
    package let origin: Origin
    /// The slices that are in it.
    package let slices: Range<Int>
    /// How far each of them was read.
    package let heads: [Head]
    /// For each of them that is not empty the outcomes under each protocol.
    let outcomes: [[SliceOutcomes]]

    /// What a replay of a reader's slices gave, which lie side by side.
    ///
    /// - Parameters:
    ///   - digests: Of the chain at each of the reader's heads.
    ///   - outcomes: What ``Replay/outcomes(_:progress:)`` gave; the replay must have kept what lines name.
    package init(_ origin: Origin, _ reader: LogReader, digests: [[UInt8]], outcomes: [[SliceOutcomes]]) {
        let first = reader.heads.first.map { reader.index(of: $0) } ?? 0
        self.init(
            origin, first..<first + reader.heads.count,
            zip(reader.heads, digests).map { Head(position: $0.position, digest: $1) }, outcomes)
    }

    init(_ origin: Origin, _ slices: Range<Int>, _ heads: [Head], _ outcomes: [[SliceOutcomes]]) {
        self.origin = origin
        self.slices = slices
        self.heads = heads
        self.outcomes = outcomes
    }

    /// Whether every slice of the study is in it.
    package var isWhole: Bool { slices == 0..<origin.sliceCount }

    /// The results under each protocol, in order.
    ///
    /// - Parameter shards: how many parts it was joined from, which stands where a replay has its shards.
    package func results(shards: Int) -> [ReplayResult] {
        ReplayResult.results(outcomes, protocols: origin.protocols.map(\.trial), shards: shards)
    }

    /// Joins parts of one replay, given in any order, into the part of all their slices.
    package static func joining(_ parts: [ReplayPart]) throws(ReplayJoinError) -> ReplayPart {
        guard let first = parts.first else { throw .nothing }
        for (place, part) in parts.enumerated() {
            if let difference = part.origin.difference(from: first.origin) {
                throw .otherReplay(part: place, difference: difference)
            }
        }
        let ordered = parts.enumerated().sorted { $0.element.slices.lowerBound < $1.element.slices.lowerBound }
        var end = ordered[0].element.slices.lowerBound
        var last = ordered[0].offset
        for (place, part) in ordered {
            if part.slices.lowerBound < end {
                throw .doubled(slice: part.slices.lowerBound, part: place, other: last)
            }
            if part.slices.lowerBound > end {
                throw .missing(end..<part.slices.lowerBound, of: first.origin.sliceCount)
            }
            (end, last) = (part.slices.upperBound, place)
        }
        return ReplayPart(
            first.origin, ordered[0].element.slices.lowerBound..<end, ordered.flatMap(\.element.heads),
            ordered.flatMap(\.element.outcomes))
    }

    /// Checks that every slice of the study is in it.
    package func requireWhole() throws(ReplayJoinError) {
        if slices.lowerBound > 0 { throw .missing(0..<slices.lowerBound, of: origin.sliceCount) }
        if slices.upperBound < origin.sliceCount {
            throw .missing(slices.upperBound..<origin.sliceCount, of: origin.sliceCount)
        }
    }
}

/// Why partial replays do not make one replay.
package enum ReplayJoinError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Nothing was given.
    case nothing
    /// A part is of another replay than the first: its place among those given, and what is different.
    case otherReplay(part: Int, difference: String)
    /// A slice is in two parts, told by their places among those given.
    case doubled(slice: Int, part: Int, other: Int)
    /// Slices are in no part.
    case missing(Range<Int>, of: Int)

    /// What is wrong and what was expected; where a part is meant, it is called by the name of its file before.
    package var description: String {
        switch self {
        case .nothing: "No partial replays were given; expected one or more."
        case .otherReplay(_, let difference):
            "It belongs to another replay: \(difference). Expected parts of one replay."
        case .doubled(let slice, _, _): "Slice \(slice) is in another part already; expected each slice once."
        case .missing(let slices, let count):
            (slices.count == 1
                ? "Slice \(slices.lowerBound) is" : "The slices \(slices.lowerBound) to \(slices.upperBound - 1) are")
                + " in no part; expected each of the slices 0 to \(count - 1) once."
        }
    }
}

extension ReplayPart.Origin {
    /// The first thing that is different, as a phrase.
    fileprivate func difference(from other: Self) -> String? {
        if !study.utf8.elementsEqual(other.study.utf8) { return "the study \"\(study)\", not \"\(other.study)\"" }
        if created != other.created {
            return "a study \"\(study)\" made at \(Instant.text(created)), not the one made at "
                + Instant.text(other.created)
        }
        if sliceCount != other.sliceCount { return "a study of \(sliceCount) slices, not \(other.sliceCount)" }
        if asOf != other.asOf { return Self.difference("as of", asOf, other.asOf) }
        if until != other.until { return Self.difference("until", until, other.until) }
        if protocols.count != other.protocols.count {
            return "\(protocols.count) protocols, not \(other.protocols.count)"
        }
        for (one, two) in zip(protocols, other.protocols) where one.content != two.content {
            return one.trial.name.utf8.elementsEqual(two.trial.name.utf8)
                ? "a protocol \"\(one.trial.name)\" that says something else"
                : "the protocol \"\(one.trial.name)\", not \"\(two.trial.name)\""
        }
        return nil
    }

    private static func difference(_ word: String, _ one: Int64?, _ two: Int64?) -> String {
        func phrase(_ time: Int64?) -> String { time.map { "\(word) \(Instant.text($0))" } ?? "without such a cut" }
        return "\(phrase(one)), not \(phrase(two))"
    }
}
