import Segments
import Testing
import Trial

/// The bytes of format 1, spelled here by hand from its description.
struct FormatTests {
    /// Three events of two patients at the positions 40 to 42 of slice 7, all of source 9.
    private func small() throws -> SegmentParts {
        var batch = EventBatch()
        let site = batch.sources.intern(Array("/site".utf8).span)
        func record(_ time: Int64, _ id: String, _ kind: EventKind, patient: Int32) -> EventRecord {
            let id = batch.store(Array(id.utf8).span)
            return EventRecord(time: time, patient: patient, source: site, id: id, kind: kind)
        }
        var assay = record(1_000, "b", .assay, patient: 2)
        assay.code = 3
        assay.unit = 10
        assay.value = 1
        var withdrawal = record(3_000, "c", .withdrawal, patient: 2)
        withdrawal.code = 1
        withdrawal.attributes = batch.store(Array("{}".utf8).span)
        var stop = record(2_000, "a", .treatmentStop, patient: 5)
        stop.code = 1
        stop.detail = batch.store(Array("{1}".utf8).span)
        batch.records = [stop, assay, withdrawal]
        var writer = SegmentWriter(slice: 7)
        writer.begin(at: 40)
        writer.add(patient: 2, subject: Array("P".utf8).span, [1, 2], of: batch, from: 0, sources: [9])
        writer.add(patient: 5, subject: Array("QR".utf8).span, [0], of: batch, from: 0, sources: [9])
        return try writer.finish()
    }

    private func shared(_ part: UInt8) -> [UInt8] {
        Array("troughSG".utf8) + [1, 0, part, 0, 7, 0, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0]
    }

    @Test("A small segment has exactly the bytes that the format says")
    func bytes() throws {
        let parts = try small()
        var rest = shared(2) + [2, 0, 0, 0]
        rest += [1, 0, 2, 0, 0, 0]  // positions 41, 42, 40
        rest += [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0] + Array("{}".utf8)
        #expect(parts.rest == rest)
        var data = shared(1) + segmentDigest(rest)
        data += [2, 0, 0, 0, 5, 0, 0, 0]  // patients
        data += [2, 0, 0, 0, 1, 0, 0, 0]  // events of each
        data += [0xE8, 3, 0, 0, 0, 0, 0, 0, 0xD0, 7, 0, 0, 0, 0, 0, 0]  // first times
        data += [2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0] + Array("PQR".utf8)  // subjects
        data += [2, 0, 0, 0, 1, 0, 0, 0]  // steps
        data += [0, 0, 0, 0, 0, 0, 0, 0, 0xD0, 7, 0, 0, 0, 0, 0, 0, 0, 1, 0]
        data += [3, 0, 0, 0, 1, 0, 0, 0]  // shapes
        data += [9, 0, 0, 0, 4, 0, 3, 0, 10, 0, 0, 0, 0, 0, 0, 0]
        data += [9, 0, 0, 0, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0]
        data += [9, 0, 0, 0, 7, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2]
        data += [2, 0, 0, 0, 1, 0, 0, 0]  // values
        data += [0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]
        data += [3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0] + Array("bca".utf8)  // ids
        data += [1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0] + Array("{1}".utf8)  // details
        #expect(parts.data == data)
        #expect(parts.digest == segmentDigest(parts.data))
    }

    @Test("Format 1 is what it was: the digest of a segment that never changes")
    func digest() throws {
        #expect(
            try small().digest.hexadecimalText
                == "97a765c43dcf093d6c6eaf690314fbb3e066cf1946fd9c048c2659eca47ec87e")
    }
}
