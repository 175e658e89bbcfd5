import Crypto
import Trial

extension ReplayResult {
    /// The digest of the replay: SHA-256, in hexadecimal, over the lines without their findings, each ended by a line
    /// feed; the replay must have kept what lines name.
    package func digest() async -> String { await Self.digests(of: [self])[0] }

    /// The digests of all results of one replay, in order.
    ///
    /// Lines are spelled side by side, stretch by stretch, and each result's are hashed in order while the next ones are
    /// spelled. Most patients have the same line under every protocol, which is then spelled once.
    package static func digests(of results: [ReplayResult]) async -> [String] {
        guard let first = results.first else { return [] }
        var hashes = [SHA256](repeating: SHA256(), count: results.count)
        let lines = max(1, Limits.linesPerStretch / results.count)
        let round = lines * Limits.stretchesAhead
        var texts = await spelled(results, 0..<min(round, first.order.count), lines)
        var end = round
        while !texts.isEmpty {
            let following = min(end, first.order.count)..<min(end + round, first.order.count)
            async let next = spelled(results, following, lines)
            hashes = await hashed(texts, by: hashes)
            texts = await next
            end += round
        }
        return hashes.map { $0.finalize().hexadecimalText }
    }

    /// The digested lines of patients, stretch by stretch, and in a stretch by result.
    private static func spelled(_ results: [ReplayResult], _ patients: Range<Int>, _ lines: Int) async -> [[[UInt8]]] {
        await withTaskGroup(of: (start: Int, texts: [[UInt8]]).self) { group in
            for start in stride(from: patients.lowerBound, to: patients.upperBound, by: lines) {
                group.addTask(name: "lines from \(start)") {
                    (start, spelled(results, start..<min(start + lines, patients.upperBound)))
                }
            }
            var texts: [(start: Int, texts: [[UInt8]])] = []
            for await text in group { texts.append(text) }
            return texts.sorted { $0.start < $1.start }.map(\.texts)
        }
    }

    /// Takes stretches into the hashes of the results, side by side.
    private static func hashed(_ stretches: [[[UInt8]]], by hashes: [SHA256]) async -> [SHA256] {
        await withTaskGroup(of: (number: Int, hash: SHA256).self) { group in
            for (number, hash) in hashes.enumerated() {
                group.addTask {
                    var hash = hash
                    for stretch in stretches { hash.update(data: stretch[number]) }
                    return (number, hash)
                }
            }
            var hashes = hashes
            for await (number, hash) in group { hashes[number] = hash }
            return hashes
        }
    }

    /// The names that lines take from the protocol.
    private var names: [[String]] { trial.endpoints.map { [$0.name] + $0.criteria.map(\.name) } }

    /// The digested lines of a stretch of patients, by result.
    private static func spelled(_ results: [ReplayResult], _ patients: Range<Int>) -> [[UInt8]] {
        var texts = [[UInt8]](repeating: [], count: results.count)
        let (first, others) = (results[0], results.indices.dropFirst())
        let mayShare = results.map { $0.names == first.names }
        var line: [UInt8] = []
        for place in first.order[patients] {
            let lines = first.slices[place.slice]
            line.removeAll(keepingCapacity: true)
            lines.appendDigested(place.entry, to: &line)
            texts[0].append(line.span)
            for number in others {
                let own = results[number].slices[place.slice]
                if mayShare[number], own.hasSameLine(as: lines, of: place.entry) {
                    texts[number].append(line.span)
                } else {
                    own.appendDigested(place.entry, to: &texts[number])
                }
            }
        }
        return texts
    }
}
