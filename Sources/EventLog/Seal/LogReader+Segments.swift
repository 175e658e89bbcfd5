package import Postgres
package import Segments

extension LogReader {
    /// The segments with events up to a head, ascending by position; the last one may reach beyond it.
    package func segments(of head: SliceHead) -> [SegmentPlace] {
        segments(ofSlice: head.slice).filter { $0.firstPosition <= head.position }
    }

    /// Reads a segment and opens it.
    ///
    /// - Throws: ``LogError/damaged(_:)`` where its bytes are not those that were written.
    package func segment(_ place: SegmentPlace, _ session: Session) throws(LogError) -> Segment {
        let sources = storedSources
        do throws(PostgresError) {
            return try place.segment(sources: sources.names, number: { sources[$0] }, cache: cache, session)
        } catch {
            throw reading(error)
        }
    }

    /// Reads and opens the second part of a segment.
    ///
    /// - Throws: ``LogError/damaged(_:)`` where its bytes are not those that were written.
    package func rest(of segment: Segment, at place: SegmentPlace, _ session: Session) throws(LogError) -> SegmentRest {
        do throws(PostgresError) { return try place.rest(of: segment, session) } catch { throw reading(error) }
    }
}
