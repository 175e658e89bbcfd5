import Crypto

/// The first 64 bytes of the first part of a segment; the second part begins with the first 32 of them.
///
/// | bytes | what |
/// |---|---|
/// | 8 | `troughSG` |
/// | 2 | version of the format, 1 |
/// | 2 | part: 1 what a fold needs, 2 the rest |
/// | 4 | slice |
/// | 8 | position of the first event |
/// | 4 | events |
/// | 4 | patients |
/// | 32 | SHA-256 of the second part (in the first part alone) |
struct SegmentHeader: Equatable {
    static let magic = Array("troughSG".utf8)
    static let version: UInt16 = 1
    /// The bytes that both parts begin with.
    static let sharedBytes = 32

    /// The two parts of a segment.
    enum Part: UInt16 {
        case data = 1
        case rest = 2
    }

    var slice: Int32
    var firstPosition: Int64
    var events: Int
    var patients: Int

    func write(_ part: Part, to bytes: inout [UInt8]) {
        bytes += Self.magic
        LittleEndian.append([Self.version, part.rawValue], to: &bytes)
        LittleEndian.append([slice], to: &bytes)
        LittleEndian.append([firstPosition], to: &bytes)
        LittleEndian.append([UInt32(truncatingIfNeeded: events), UInt32(truncatingIfNeeded: patients)], to: &bytes)
    }

    init(slice: Int32, firstPosition: Int64, events: Int, patients: Int) {
        self.slice = slice
        self.firstPosition = firstPosition
        self.events = events
        self.patients = patients
    }

    /// Reads a header, and checks what every segment must hold to.
    init(_ part: Part, _ reader: inout PartReader) throws(SegmentError) {
        guard try reader.bytes(Self.magic.count).elementsEqual(Self.magic) else {
            throw SegmentError("The bytes are no segment: they do not begin with its mark.")
        }
        let version = try reader.number(UInt16.self)
        guard version == Self.version else {
            throw SegmentError("The segment is of format \(version); this program reads format \(Self.version).")
        }
        guard try reader.number(UInt16.self) == part.rawValue else {
            throw SegmentError("The bytes are the other part of a segment.")
        }
        slice = try reader.number()
        firstPosition = try reader.number()
        events = Int(try reader.number(UInt32.self))
        patients = Int(try reader.number(UInt32.self))
        guard (1...Limits.events).contains(events), (1...events).contains(patients), slice >= 0, firstPosition > 0,
            firstPosition <= Int64.max - Int64(events)
        else {
            throw SegmentError(
                "A segment cannot have \(events) events of \(patients) patients from position \(firstPosition) on "
                    + "in slice \(slice).")
        }
    }
}

/// SHA-256 of bytes.
package func segmentDigest(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }
