import Foundation
import Trial

/// The contents of an anchor's file, for the decoder.
struct AnchorText: Decodable {
    private struct Study: Decodable {
        var study: String
        var slices: Int
        var heads: [Head]
    }

    private struct Head: Decodable {
        var slice: Int
        var position: Int64
        var digest: String
    }

    private var time: String
    private var studies: [Study]

    /// What a file says; `nil` where that is no anchor.
    static func read(_ file: [UInt8]) -> Anchor? {
        guard let text = try? JSONDecoder().decode(AnchorText.self, from: Data(file)) else { return nil }
        return text.anchor
    }

    private var anchor: Anchor? {
        guard let time = Instant.parse(Array(time.utf8).span) else { return nil }
        var read: [Anchor.Study] = []
        for study in studies {
            var heads: [Anchor.Head] = []
            for head in study.heads {
                guard head.slice == heads.count, head.position >= 0, let digest = Self.bytes(head.digest) else {
                    return nil
                }
                heads.append(Anchor.Head(slice: head.slice, position: head.position, digest: digest))
            }
            guard heads.count == study.slices, (1...Limits.greatestSlices).contains(heads.count),
                !read.contains(where: { $0.name.utf8.elementsEqual(study.study.utf8) })
            else { return nil }
            read.append(Anchor.Study(name: study.study, heads: heads))
        }
        return Anchor(time: time, studies: read)
    }

    /// The 32 bytes that 64 hexadecimal digits spell.
    private static func bytes(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count == 2 * BatchDigest.origin.count else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }
}
