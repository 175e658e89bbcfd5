package import EventLog
package import Postgres

extension TestLog {
    /// Seals what is finished of a study.
    ///
    /// - Parameters:
    ///   - eventsPerSegment: How many events a segment packs at most, so that small studies have many.
    ///   - size: How much a segment packs at most, where more than events is to be bound.
    @discardableResult
    package func seal(
        _ study: Study, until: Int64? = nil, eventsPerSegment: Int = 65_536, size: SegmentSize? = nil, shards: Int = 2,
        as role: ConnectionConfiguration? = nil
    ) async throws -> Sealing.Result {
        let address = role ?? configuration
        let sealing = try await connection.perform { session throws(LogError) in
            try Sealing(
                study, until: until, by: "sealer", at: address, size: size ?? SegmentSize(events: eventsPerSegment),
                session)
        }
        return try await sealing.run(shards: shards)
    }

    /// Seals everything that a study has, and removes the rows as the program does, while appends go on.
    ///
    /// - Parameter sealing: Whether it is sealed first; else only rows of what is sealed already go.
    /// - Returns: How many rows have gone.
    @discardableResult
    package func sealAndRemove(
        _ study: Study, because reason: String? = nil, eventsPerSegment: Int = 65_536,
        as role: ConnectionConfiguration? = nil, sealing: Bool = true
    ) async throws -> Int {
        let address = role ?? configuration
        let asking = try await Connection.open(address)
        var removal = try await asking.perform { session throws(LogError) in
            try RowRemoval(of: study, by: "remover", because: reason, at: address, session)
        }
        await asking.close()
        while true {
            if sealing { try await seal(study, eventsPerSegment: eventsPerSegment, as: role) }
            if let removed = try await removal.attempt(shards: 2) { return Int(removed) }
        }
    }

    /// Takes the rows of sealed events away, as if they had never been: from here on only a reader of segments can replay.
    ///
    /// - Parameter condition: Of which segments, in SQL, whose row is `s`.
    package func dropSealedRows(where condition: String = "true") async throws(PostgresError) {
        try await execute(Self.removingSealedRows(where: condition))
    }

    /// Broken promises of segments: they lie end to end from position 1, and end where the batch of their digest ends.
    package func segmentFaults() async throws(PostgresError) -> [String] {
        try await texts(
            """
            SELECT format('the segment of slice %s at %s follows one that ends at %s', slice, first_position, before)
            FROM (SELECT *, lag(last_position, 1, 0::bigint) OVER (PARTITION BY slice ORDER BY first_position) AS before
                  FROM trough.segment) s
            WHERE first_position <> before + 1
            UNION ALL
            SELECT format('the segment of slice %s at %s ends with no batch of its digest', slice, first_position)
            FROM trough.segment s WHERE NOT EXISTS (SELECT FROM trough.batch b
                WHERE b.slice = s.slice AND b.last_position = s.last_position AND b.digest = s.chain)
                OR s.digest <> sha256(s.data)
            """)
    }
}
