import Crypto
import EventLog
import Trial

/// A part as a file for `trough merge`.
///
/// The words `trough-replay 1` and a line feed; the version of the fold; the origin; for each slice position and digest;
/// the names of the arms and of the sources; for each slice that is not empty its randomised patients, and what each
/// protocol gave; and the SHA-256 of all that, so that a torn or changed file is found. Numbers and texts are spelled as
/// `PartWriter` says. One part has one spelling, whatever the number of shards.
extension ReplayPart {
    private static let word = Array("trough-replay ".utf8)
    private static let magic = word + Array("1\n".utf8)
    /// Years that are spelled with four digits, and some more.
    private static let instants = -(Int64(1) << 58)...(Int64(1) << 58)

    /// Whether a file says that it is a partial replay, of any version.
    package static func isMeant(by bytes: [UInt8]) -> Bool { bytes.starts(with: word) }

    /// The bytes of the part.
    package func encoded() -> [UInt8] {
        var names = SharedNames()
        var columns = PartWriter()
        for slice in outcomes {
            slice[0].randomised.write(to: &columns, &names)
            for outcomes in slice { outcomes.write(to: &columns, &names, first: slice[0]) }
        }
        var writer = PartWriter()
        writer.append(bytes: Self.magic)
        writer.append(FoldVersion.current)
        write(origin, to: &writer)
        writer.append(slices.lowerBound)
        writer.append(slices.count)
        for head in heads {
            writer.append(Int(head.position))
            writer.append(bytes: head.digest)
        }
        writer.append(names.arms)
        writer.append(names.sources)
        writer.append(bytes: columns.bytes)
        return writer.bytes + SHA256.hash(data: writer.bytes)
    }

    private func write(_ origin: Origin, to writer: inout PartWriter) {
        writer.append(text: origin.study)
        writer.append(signed: origin.created)
        writer.append(origin.sliceCount)
        writer.append(optional: origin.asOf)
        writer.append(optional: origin.until)
        writer.append(origin.protocols.count)
        for stated in origin.protocols {
            writer.append(text: stated.file)
            writer.append(text: stated.text)
        }
    }

    /// The part that a file holds.
    ///
    /// - Throws: ``ReplayPartError`` where the file is none, torn or changed, or made by another version of the fold.
    package init(_ bytes: [UInt8]) throws(ReplayPartError) {
        guard Self.isMeant(by: bytes) else {
            throw ReplayPartError("is no partial replay; expected a file that \"trough replay --partial\" wrote.")
        }
        let body = bytes.dropLast(SHA256.byteCount)
        guard bytes.count >= Self.magic.count + SHA256.byteCount,
            SHA256.hash(data: body).elementsEqual(bytes.suffix(SHA256.byteCount))
        else {
            throw ReplayPartError(
                "is torn or was changed: its checksum does not fit; expected the file as \"trough replay\" wrote it.")
        }
        guard body.starts(with: Self.magic) else {
            throw ReplayPartError("is a partial replay of another format; expected one of this program's version.")
        }
        var reader = PartReader(body.dropFirst(Self.magic.count))
        let version = try reader.number(0...Int.max)
        guard version == FoldVersion.current else {
            throw ReplayPartError(
                "was made by version \(version) of the fold; expected version \(FoldVersion.current), which this program "
                    + "has.")
        }
        let origin = try Self.origin(&reader)
        let first = try reader.place(in: origin.sliceCount)
        let slices = first..<first + (try reader.number(1...origin.sliceCount - first))
        var heads: [Head] = []
        for _ in slices {
            let position = Int64(try reader.number(0...Limits.greatestCount))
            heads.append(Head(position: position, digest: Array(try reader.bytes(SHA256.byteCount))))
        }
        let names = SharedNames(arms: try reader.names(), sources: try reader.names())
        var outcomes: [[SliceOutcomes]] = []
        for head in heads where head.position > 0 {
            let randomised = try RandomisedPatients(&reader, names)
            var slice: [SliceOutcomes] = []
            for stated in origin.protocols {
                slice.append(
                    try SliceOutcomes(
                        &reader, names, of: randomised, events: Int(head.position), protocol: stated.trial))
            }
            outcomes.append(slice)
        }
        try reader.finish()
        self.init(origin, slices, heads, outcomes)
    }

    private static func origin(_ reader: inout PartReader) throws(ReplayPartError) -> Origin {
        let study = try reader.string()
        let created = try instant(try reader.signed())
        let sliceCount = try reader.number(1...EventLog.Limits.greatestSlices)
        let asOf = try reader.optional()
        let until = try reader.optional()
        for time in [asOf, until] { if let time { _ = try instant(time) } }
        var protocols: [StatedProtocol] = []
        for _ in 0..<(try reader.number(1...Limits.protocols)) {
            let file = try reader.string()
            let text = try reader.string()
            guard let trial = try? ProtocolFile.parse(text, fileName: file) else { throw .unfitting }
            protocols.append(StatedProtocol(file: file, text: text, trial: trial))
        }
        return Origin(
            study: study, created: created, sliceCount: sliceCount, asOf: asOf, until: until, protocols: protocols)
    }

    private static func instant(_ time: Int64) throws(ReplayPartError) -> Int64 {
        guard instants.contains(time) else { throw .unfitting }
        return time
    }
}
