import EventLog
import Testing

struct SliceHashTests {
    @Test(
        "Known subjects have known hashes and slices for ever",
        arguments: [
            ("", 0xefd01f60ba992926, 38, 1),
            ("SE-014", 0x20912ae1179e2550, 16, 4),
            ("P-1", 0xafedd14143ad0d1f, 31, 4),
            ("P-2", 0xa03d04b5fb627a95, 21, 4),
            ("FO-001", 0x59465ecce82943f9, 57, 0),
            ("\u{E9}", 0x9d55ccb9ba86763b, 59, 4),
            ("e\u{301}", 0x5b2b2844a45b76da, 26, 3),
            ("患者一", 0x509369b9058b396c, 44, 6),
            (String(repeating: "x", count: 64), 0x6a5defddb71a257d, 61, 0),
        ] as [(String, UInt64, Int, Int)])
    func known(subject: String, hash: UInt64, of64: Int, of7: Int) {
        let bytes = Array(subject.utf8)
        #expect(SliceHash.hash(bytes[...]) == hash)
        #expect(SliceHash.slice(of: bytes[...], among: 64) == of64)
        #expect(SliceHash.slice(of: bytes[...], among: 7) == of7)
        #expect(SliceHash.slice(of: bytes[...], among: 1) == 0)
    }

    @Test("A slice of a longer array hashes like the bytes alone")
    func ofSlice() {
        let bytes = Array("xxSE-014yy".utf8)
        #expect(SliceHash.hash(bytes[2..<8]) == SliceHash.hash(Array("SE-014".utf8)[...]))
    }

    @Test("A thousand slices are filled evenly by numbered subjects")
    func even() {
        var counts = [Int](repeating: 0, count: 1024)
        for number in 0..<102_400 { counts[SliceHash.slice(of: Array("P-\(number)".utf8)[...], among: 1024)] += 1 }
        // 100 expected in each; the chance of one below 50 or above 160 is under one in ten thousand.
        #expect(counts.min() ?? 0 > 50)
        #expect(counts.max() ?? 0 < 160)
    }
}
