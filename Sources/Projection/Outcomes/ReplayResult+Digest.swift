import Crypto
import Trial

extension ReplayResult {
    /// The digest of the replay: SHA-256, in hexadecimal, over the lines without their findings, each ended by a line
    /// feed; the replay must have kept what lines name.
    ///
    /// - Throws: ``SpillError`` where outcomes were put aside and cannot be read.
    package func digest() async throws(SpillError) -> String { try await Self.digests(of: [self])[0] }

    /// The digests of all results of one replay, in order.
    ///
    /// Lines are spelled side by side, stretch by stretch, and each result's are hashed in order while the next ones are
    /// spelled and the patients after those are looked for. Most patients have the same line under every protocol, which
    /// is then spelled once.
    ///
    /// - Throws: ``SpillError`` where outcomes were put aside and cannot be read.
    package static func digests(of results: [ReplayResult]) async throws(SpillError) -> [String] {
        guard let first = results.first else { return [] }
        var hashes = [SHA256](repeating: SHA256(), count: results.count)
        let lines = max(1, Limits.linesPerStretch / results.count)
        let round = lines * Limits.stretchesAhead
        var order = try await first.order()
        var texts = await spelled(results, try await order.next(round), lines)
        var patients = try await order.next(round)
        while !texts.isEmpty {
            let coming = patients
            // Hashing first: it is the longest piece that cannot be divided.
            async let taken = hashed(texts, by: hashes)
            async let next = spelled(results, coming, lines)
            patients = try await order.next(round)
            hashes = await taken
            texts = await next
        }
        return hashes.map { $0.finalize().hexadecimalText }
    }

    /// The digested lines of patients, stretch by stretch, and in a stretch by result.
    private static func spelled(
        _ results: [ReplayResult], _ patients: [OrderedPatient], _ lines: Int
    ) async -> [[StretchText]] {
        await withTaskGroup(of: (start: Int, texts: [StretchText]).self) { group in
            for start in stride(from: 0, to: patients.count, by: lines) {
                group.addTask(name: "lines from \(start)") {
                    (start, spelled(results, patients[start..<min(start + lines, patients.count)]))
                }
            }
            var texts: [(start: Int, texts: [StretchText])] = []
            for await text in group { texts.append(text) }
            return texts.sorted { $0.start < $1.start }.map(\.texts)
        }
    }

    /// Takes stretches into the hashes of the results, side by side.
    private static func hashed(_ stretches: [[StretchText]], by hashes: [SHA256]) async -> [SHA256] {
        await withTaskGroup(of: (number: Int, hash: SHA256).self) { group in
            for (number, hash) in hashes.enumerated() {
                group.addTask {
                    var hash = hash
                    for stretch in stretches {
                        for run in stretch[number].runs {
                            hash.update(data: stretch[run.isOfFirst ? 0 : number].own.bytes(run.range))
                        }
                    }
                    return (number, hash)
                }
            }
            var hashes = hashes
            for await (number, hash) in group { hashes[number] = hash }
            return hashes
        }
    }

    /// The names that lines take from the protocol, as bytes: texts may be equal that are spelled in different ones.
    private var names: [[[UInt8]]] {
        trial.endpoints.map { endpoint in ([endpoint.name] + endpoint.criteria.map(\.name)).map { Array($0.utf8) } }
    }

    /// The digested lines of patients, by result.
    private static func spelled(_ results: [ReplayResult], _ patients: ArraySlice<OrderedPatient>) -> [StretchText] {
        let first = results[0]
        // Under the other protocols few lines are their own.
        let other = StretchText(expecting: patients.count / 4)
        var texts = [StretchText](repeating: other, count: results.count)
        texts[0] = StretchText(expecting: patients.count)
        let mayShare = results.map { first.number == 0 && $0.names == first.names }
        let numbers = results.map(\.number)
        for index in patients.indices {
            let start = texts[0].own.count
            texts[0].add(patients[index], numbers[0])
            let line = start..<texts[0].own.count
            for place in texts.indices.dropFirst() {
                if mayShare[place], patients[index].isLikeFirst(numbers[place]) {
                    texts[place].add(ofFirst: line)
                } else {
                    texts[place].add(patients[index], numbers[place])
                }
            }
        }
        return texts
    }
}

extension OrderedPatient {
    /// Whether times and evidence under a protocol are known to be those under the first.
    fileprivate func isLikeFirst(_ number: Int) -> Bool { stretch.lines[number].isLikeFirst(entry) }
}
