/// Which slice of a study a subject lives in, for ever.
///
/// FNV-1a over the subject's bytes, finished with the 64-bit mixer of MurmurHash3 so that the low bits depend on all of
/// them. The choice is part of the stored format: no seed, no platform, no version of Swift changes it.
package enum SliceHash {
    /// The 64-bit hash of a subject.
    package static func hash(_ subject: ArraySlice<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in subject { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash ^= hash >> 33
        hash = hash &* 0xff51_afd7_ed55_8ccd
        hash ^= hash >> 33
        hash = hash &* 0xc4ce_b9fe_1a85_ec53
        return hash ^ (hash >> 33)
    }

    /// The index of the subject's slice within a study of so many slices.
    package static func slice(of subject: ArraySlice<UInt8>, among slices: Int) -> Int {
        Int(hash(subject) % UInt64(slices))
    }
}
