import Segments
import TestData
import Testing
import Trial

/// Checksums of bytes.
struct ChecksumTests {
    /// So many bytes, 0 to 250 again and again.
    private func counted(_ count: Int) -> [UInt8] { (0..<count).map { UInt8($0 % 251) } }

    /// Answers of the reference program, `xxhsum -H2`.
    @Test("Known bytes have the checksums that the reference program gives them")
    func knownAnswers() {
        let known: [(bytes: [UInt8], checksum: String)] = [
            ([], "99aa06d3014798d86001c324468d497f"),
            (Array("a".utf8), "a96faf705af16834e6c632b61e964e1f"),
            (Array("abc".utf8), "06b05ab6733a618578af5f94892f3950"),
            (counted(100), "da95ef16fd9566f329b20ba5f03ec01e"),
            (counted(200), "cb0395310643ba0edd97e9af3609d9f5"),
            (counted(1_000), "18bf41bc8229e27733ef703fb2b20ed1"),
            (counted(5_000), "b92ec02c39d33ce7b418500fc42320ee"),
            (counted(20_000), "80f2a30f4e268b1d1d7286988c9c84ad"),
        ]
        for (bytes, checksum) in known {
            #expect(Checksum(of: bytes).bytes.hexadecimalText == checksum, "\(bytes.count) bytes")
        }
    }

    @Test("Every bit of bytes and digest that changes is found")
    func singleBits() throws {
        let seed = UInt64(20)
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        let bytes = (0..<3_000).map { _ in UInt8(random.below(256)) }
        let digest = segmentDigest(bytes)
        let checksum = Checksum(of: bytes, and: digest)
        for bit in 0..<8 * bytes.count {
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(Checksum(of: changed, and: digest) != checksum, "bit \(bit) of the bytes")
        }
        for bit in 0..<8 * digest.count {
            var changed = digest
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(Checksum(of: bytes, and: changed) != checksum, "bit \(bit) of the digest")
        }
        #expect(Checksum(kept: Array(checksum.bytes.dropLast())) == nil)
    }
}
