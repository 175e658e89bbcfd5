import Crypto
package import Postgres
import Trial

/// The heads of studies at one moment, for keeping outside the database: whatever is done to the log later, with whatever
/// rights, a log that does not extend them is told from one that does.
package struct Anchor: Sendable, Equatable {
    /// How far the chain of a slice had come.
    package struct Head: Sendable, Equatable {
        /// The slice's number within its study.
        package let slice: Int
        /// The position of the last event, which ends a batch; 0 where the slice was empty.
        package let position: Int64
        /// The digest of the chain up to there, 32 bytes.
        package let digest: [UInt8]
    }

    /// A study's heads.
    package struct Study: Sendable, Equatable {
        /// The study's name.
        package let name: String
        /// A head for each slice, in order.
        package let heads: [Head]

        /// How many events there were.
        package var events: Int64 { heads.reduce(0) { $0 &+ $1.position } }
    }

    /// When the heads were taken, in microseconds since 1970, by the clock of the program.
    package let time: Int64
    /// The studies, in the order in which they were made.
    package let studies: [Study]

    /// Takes the heads of studies as they are.
    ///
    /// - Parameters:
    ///   - names: The studies; `nil` for all of the database.
    ///   - time: The instant now, in microseconds since 1970.
    /// - Throws: ``LogError/damaged(_:)`` where a slice has no head.
    package init(of names: [String]?, at time: Int64, _ session: Session) throws(LogError) {
        let read = try session.snapshot { () throws(LogError) in
            var read: [(EventLog.Study, [(slice: Int32, head: ChainHead?)])] = []
            for study in try Studies.named(names, session) {
                do throws(PostgresError) {
                    read.append((study, try ChainHead.all(of: study, session)))
                } catch {
                    throw reading(error)
                }
            }
            return read
        }
        var studies: [Study] = []
        for (study, heads) in read {
            var taken: [Head] = []
            for (slice, head) in heads {
                let index = Int(slice - study.firstSlice)
                guard let head, head.digest.count == BatchDigest.origin.count, head.position >= 0, taken.count == index
                else {
                    throw .damaged("Slice \(index) of study \"\(study.name)\" has not one sound head.")
                }
                taken.append(Head(slice: index, position: head.position, digest: head.digest))
            }
            studies.append(Study(name: study.name, heads: taken))
        }
        self.time = time
        self.studies = studies
    }

    init(time: Int64, studies: [Study]) {
        self.time = time
        self.studies = studies
    }

    /// The study of this name.
    package func study(_ name: String) -> Study? { studies.first { $0.name.utf8.elementsEqual(name.utf8) } }
}

/// Why a file is no anchor.
package struct AnchorError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The rest of a sentence that begins with the file's name.
    package let description: String

    init(_ description: String) { self.description = description }
}

// MARK: - The file

extension Anchor {
    /// The largest file that is taken for an anchor, in bytes.
    package static let greatestSize = 64 << 20

    private static let format = "trough-anchor-1"

    /// The anchor as a file: JSON with a line for each slice, which ends with the SHA-256 of all lines before the last.
    ///
    /// `head -n -1 FILE | sha256sum` computes it again.
    package var file: [UInt8] {
        let body = lines
        return body + Array("\"sha256\":\"\(SHA256.hash(data: body).hexadecimalText)\"}\n".utf8)
    }

    private var lines: [UInt8] {
        var text: [UInt8] = []
        text.append(text: "{\"format\":\"\(Self.format)\",\"time\":\"\(Instant.text(time))\",\"studies\":[\n")
        for (number, study) in studies.enumerated() {
            text.append(text: "{\"study\":")
            CanonicalJSON.append(string: study.name, to: &text)
            text.append(text: ",\"slices\":\(study.heads.count),\"heads\":[\n")
            for head in study.heads {
                text.append(
                    text: "{\"slice\":\(head.slice),\"position\":\(head.position),"
                        + "\"digest\":\"\(head.digest.hexadecimalText)\"}"
                        + (head.slice == study.heads.count - 1 ? "]}" : ",\n"))
            }
            text.append(text: number == studies.count - 1 ? "],\n" : ",\n")
        }
        if studies.isEmpty { text.append(text: "],\n") }
        return text
    }

    /// Reads an anchor back.
    ///
    /// A file that was altered or torn is refused, and never taken for a log that does not fit.
    package init(file: [UInt8]) throws(AnchorError) {
        let start = Array("{\"format\":\"".utf8)
        guard file.starts(with: start) else {
            throw AnchorError("is no anchor; expected a file that \"trough anchor\" printed.")
        }
        guard file.starts(with: start + Array(Self.format.utf8) + [UInt8(ascii: "\"")]) else {
            throw AnchorError("is an anchor of a format that this program does not know; expected \(Self.format).")
        }
        guard let end = file.dropLast().lastIndex(of: UInt8(ascii: "\n")),
            case let body = file[...end],
            file[(end + 1)...].elementsEqual("\"sha256\":\"\(SHA256.hash(data: body).hexadecimalText)\"}\n".utf8)
        else {
            throw AnchorError(
                "is torn or was changed: its checksum does not fit; expected the file as \"trough anchor\" printed it.")
        }
        // The spelling is the only one, so whatever was read must give the same file again.
        guard let anchor = AnchorText.read(file), anchor.file == file else {
            throw AnchorError("has contents that do not fit together; expected a file that \"trough anchor\" printed.")
        }
        self = anchor
    }
}
