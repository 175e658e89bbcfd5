import CXXHash

/// XXH3 in its form of 128 bits: tells bytes from what chance has made of them, several times as fast as SHA-256.
///
/// Not what somebody has made of them who wants to deceive: that is for digests.
package struct Checksum: Sendable, Equatable {
    /// The checksum as the library's canonical form has it, 16 bytes.
    package let bytes: [UInt8]

    /// The checksum of bytes.
    package init(of bytes: [UInt8]) {
        // The address does not outlive the call; no bytes at all are no address, which the function allows.
        let hash = unsafe bytes.withUnsafeBytes { unsafe troughXXH3($0.baseAddress, $0.count) }
        self.bytes = [hash.high, hash.low].flatMap { word in
            stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
        }
    }

    /// The checksum of bytes and of the digest that is said of them, so that a change of either is found.
    package init(of bytes: [UInt8], and digest: [UInt8]) {
        self.init(of: Checksum(of: bytes).bytes + digest)
    }

    /// A checksum that was kept; `nil` where these are no 16 bytes.
    package init?(kept bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        self.bytes = bytes
    }
}
