package import Postgres
import Trial

/// Where something cannot be read. It is looked for once it has failed: what a fold reads has no positions, and needs none.
extension LogReader {
    /// The first position of a slice after another one, up to its head, that is missing or cannot be read, and why; `nil` where
    /// none is found.
    func firstFault(of head: SliceHead, after position: Int64, _ session: Session) -> PostgresError? {
        let slice = index(of: head)
        var last = position
        var arena: [UInt8] = []
        do throws(PostgresError) {
            let statement = Self.copy("position, \(Self.replayColumns)", of: head, after: position, isInOrder: true)
            _ = try session.copyOut(statement) { row throws(PostgresError) in
                var decoder = try RowDecoder(row, fields: 12)
                let place = LogPlace(slice: slice, position: try decoder.nextInt64())
                guard place.position == last + 1 else { throw LogPlace(slice: slice, position: last + 1).missing }
                last = place.position
                arena.removeAll(keepingCapacity: true)
                do throws(PostgresError) { try check(event(&decoder, &arena), head) } catch {
                    throw place.unreadable(error)
                }
            }
            return last < head.position ? LogPlace(slice: slice, position: last + 1).missing : nil
        } catch {
            return error.kind == .misuse ? error : nil
        }
    }

    /// The error of an event that cannot be decoded, with its position, where that is found.
    package func located(_ error: LogError, over connection: Connection) async -> LogError {
        guard case .undecodable(let slice, nil, let subject, let reason) = error,
            let head = heads.first(where: { index(of: $0) == slice })
        else { return error }
        let bytes = Array(subject.utf8)
        let position = try? await connection.perform { session throws(LogError) in
            var reader = self
            return try reader.firstUndecodable(of: bytes, in: head, session)
        }
        return .undecodable(slice: slice, position: position ?? nil, subject: subject, reason)
    }

    /// The position of a patient's first event of which no line can be spelled.
    private mutating func firstUndecodable(
        of subject: [UInt8], in head: SliceHead, _ session: Session
    ) throws(LogError) -> Int64? {
        var position: Int64 = 0
        while position < head.position {
            let page = try page(of: head, after: position, subject: subject, session)
            for (index, record) in page.batch.records.enumerated() {
                var line: [UInt8] = []
                do throws(DetailError) {
                    try LineWriter.append(
                        record, of: page.batch, subject: subject[...],
                        source: page.batch.sources[Int(record.source)], recordedTime: page.recordedTimes[index],
                        sequence: (page.places[index].slice, page.places[index].position), to: &line)
                } catch {
                    return page.places[index].position
                }
            }
            position = page.through
        }
        return nil
    }
}

extension LogPlace {
    /// That there is nothing.
    var missing: PostgresError { PostgresError(.misuse, "Position \(position) of slice \(slice) is missing.") }

    /// That what is there has not the shape that was promised; errors of another kind stay as they are.
    func unreadable(_ error: PostgresError) -> PostgresError {
        guard error.kind == .misuse else { return error }
        return PostgresError(.misuse, "Position \(position) of slice \(slice) cannot be read: \(error.message)")
    }
}
