import Trial

/// What no two events of a slice have in common.
struct EventName: Equatable {
    /// The patient's number within the slice.
    var patient: Int32
    /// The address of the source.
    var source: [UInt8]
    var id: [UInt8]

    /// The name of an event.
    init(_ record: EventRecord, in batch: EventBatch) {
        patient = record.patient
        source = Array(batch.sources[Int(record.source)])
        id = Array(batch.bytes(record.id))
    }
}

/// The names (patient, source, id) of a slice's events, remembered as 64-bit hashes.
///
/// A hash that comes twice only makes a name suspected. Of a slice with very many events each pass remembers a part of
/// the names, so that memory is bounded.
struct EventNames {
    private let passes: Int
    private let pass: Int
    /// Open addressing; 0 marks a free slot.
    private var slots: [UInt64]

    /// Remembers no name yet.
    ///
    /// - Parameters:
    ///   - events: How many events the slice has at most.
    ///   - pass: Which part of the names is remembered, from 0.
    ///   - limit: How many names are remembered at a time, about.
    init(of events: Int64, pass: Int, limit: Int64) {
        passes = Self.passes(over: events, limit: limit)
        self.pass = pass
        var capacity = 64
        while capacity < 2 * Int(min(events, limit)) { capacity *= 2 }
        slots = [UInt64](repeating: 0, count: capacity)
    }

    /// How many passes over a slice of so many events it takes to remember all names once.
    static func passes(over events: Int64, limit: Int64) -> Int {
        max(1, Int(events / limit + (events % limit).signum()))
    }

    /// Remembers the names of a stretch, and tells the positions of those events whose name seems to have been there.
    ///
    /// The slots lie all over a table that no cache holds. So they are looked at a block of events at a time, one look not
    /// waiting for another, before each event in its turn is decided.
    mutating func suspects(in stretch: ChainStretch) -> [Int64] {
        let (records, arena) = (stretch.events.records.span, stretch.events.arena.span)
        let count = min(records.count, stretch.positions.count)
        var suspects: [Int64] = []
        var hashes = InlineArray<64, UInt64>(repeating: 0)
        var seen = InlineArray<64, UInt64>(repeating: 0)
        for start in stride(from: 0, to: count, by: hashes.count) {
            let block = 0..<min(hashes.count, count - start)
            for index in block {
                let record = records[start + index]
                hashes[index] = Self.hash(
                    patient: record.patient, source: record.source, arena.extracting(record.id.indices))
                seen[index] = slots[slot(of: hashes[index])]
            }
            for index in block where isOfPass(hashes[index]) {
                if seen[index] == hashes[index] || remembers(hashes[index]) {
                    suspects.append(stretch.positions[start + index])
                }
            }
        }
        return suspects
    }

    private func isOfPass(_ hash: UInt64) -> Bool { passes == 1 || Int(hash % UInt64(passes)) == pass }

    /// The slot in which a hash is looked for first.
    ///
    /// The upper bits choose it: the lower ones are alike in all names of one of many passes.
    private func slot(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> 32) & (slots.count - 1) }

    /// Whether a hash was there; if not, it is from now on.
    private mutating func remembers(_ hash: UInt64) -> Bool {
        var slot = slot(of: hash)
        var probes = 0
        while slots[slot] != 0 {
            if slots[slot] == hash { return true }
            slot = (slot + 1) & (slots.count - 1)
            probes += 1
            // A full table: more names than the slice has events by its head. They are suspected, one by one.
            if probes == slots.count { return true }
        }
        slots[slot] = hash
        return false
    }

    /// FNV-1a with MurmurHash3's finaliser, over patient, source and id; never 0.
    static func hash(patient: Int32, source: Int32, _ id: Span<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        hash ^= UInt64(UInt32(bitPattern: patient)) << 32 | UInt64(UInt32(bitPattern: source))
        hash ^= hash >> 31
        hash = hash &* 0x9e37_79b9_7f4a_7c15
        for index in id.indices { hash = (hash ^ UInt64(id[index])) &* 0x100_0000_01b3 }
        hash ^= hash >> 33
        hash = hash &* 0xff51_afd7_ed55_8ccd
        hash ^= hash >> 33
        hash = hash &* 0xc4ce_b9fe_1a85_ec53
        hash ^= hash >> 33
        return max(hash, 1)
    }
}
