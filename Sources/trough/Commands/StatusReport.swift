import EventLog
import LiveProjection
import Report
import Trial

/// What `trough status` shows, as table and as JSON.
struct StatusReport: Sendable {
    /// A study's log and the sets of outcomes made of it.
    struct StudyPart: Sendable {
        var log: StudyState
        var sets: [ProjectionStatus]

        /// The set that is shown, `nil` where no worker ever ran.
        var current: ProjectionStatus? { sets.first { $0.set.state == .current } }
    }

    var studies: [StudyPart] = []

    // MARK: - JSON

    /// One object, and the end of the line.
    var json: String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("studies")
            writer.array(studies) { writer, study in writer.object { Self.write(study, to: &$0) } }
        }
        writer.endLine()
        return writer.text
    }

    private static func write(_ study: StudyPart, to writer: inout JSONWriter) {
        writer.member("name", study.log.study.name)
        writer.member("events", Int(study.log.events))
        writer.member("patients", study.log.patients)
        writer.member("sealed", Int(study.log.sealed))
        writer.member("withoutRows", Int(study.log.withoutRows))
        writer.member("recorded", optional: study.log.lastRecorded.map(Instant.text))
        writer.key("slices")
        writer.array(Array(study.log.slices.enumerated())) { writer, entry in
            let (index, slice) = (entry.offset, entry.element)
            writer.object { writer in
                writer.member("slice", slice.index)
                writer.member("position", Int(slice.position))
                writer.member("patients", slice.patients)
                writer.member("digest", slice.digest)
                writer.member("sealed", Int(slice.sealed))
                writer.member("withoutRows", Int(slice.withoutRows))
                if let current = study.current { write(current.slices[index], to: &writer) }
            }
        }
        writer.key("sets")
        writer.array(study.sets) { writer, set in writer.object { write(set, to: &$0) } }
    }

    private static func write(_ slice: ProjectionStatus.Slice, to writer: inout JSONWriter) {
        writer.member("checkpoint", Int(slice.checkpoint))
        writer.member("lagEvents", Int(slice.lagEvents))
        writer.member("lagSeconds", slice.lagSeconds)
        if let owner = slice.owner { writer.member("owner", Int(owner)) } else { writer.null("owner") }
        writer.member("epoch", Int(slice.epoch))
    }

    private static func write(_ status: ProjectionStatus, to writer: inout JSONWriter) {
        writer.member("set", Int(status.set.number))
        writer.member("state", status.set.state.rawValue)
        writer.member("protocol", status.set.protocolName)
        writer.member("foldVersion", status.set.foldVersion)
        writer.member("protocolDigest", status.set.protocolDigest)
        writer.member("made", Instant.text(status.set.createdAt))
        writer.member("checkpoint", Int(status.projectedEvents))
        writer.member("lagEvents", Int(status.lagEvents))
        writer.member("lagSeconds", status.lagSeconds)
        writer.key("workers")
        writer.array(status.workers) { writer, worker in
            writer.object { writer in
                writer.member("worker", Int(worker.number))
                writer.member("name", worker.name)
                writer.member("slices", worker.slices)
                writer.member("silentSeconds", worker.silentSeconds)
                writer.member("alive", worker.isAlive)
            }
        }
        writer.member("parkedPatients", status.parkedCount)
        writer.key("parked")
        writer.array(status.parked) { writer, parked in
            writer.object { writer in
                writer.member("subject", parked.subject)
                writer.member("slice", parked.slice)
                writer.member("reason", parked.reason)
            }
        }
    }

    // MARK: - Table

    /// Lines of at most 80 columns, but for long names and reasons.
    func table(withSlices: Bool, _ style: Style) -> String {
        if studies.isEmpty { return "The log holds no study yet.\n" }
        var columns = FixedColumns(
            [
                .text("study", width: 22), .number("events", width: 9), .number("patients"), .number("slices"),
                .text("last recorded", width: 27),
            ], gap: 2, style)
        let rows = studies.map { study in
            [
                study.log.study.name, String(study.log.events), String(study.log.patients),
                String(study.log.study.slices), study.log.lastRecorded.map(Instant.text) ?? "-",
            ]
        }
        for row in rows { columns.widen(for: row) }
        var text = columns.head
        for (study, row) in zip(studies, rows) {
            text += columns.line(row)
            if let line = Self.sealed(study.log) { text += "  \(line)\n" }
            for set in study.sets {
                for line in Self.lines(of: set, among: study.sets) { text += line.printable(style) + "\n" }
            }
            if study.sets.isEmpty { text += "  not projected: no worker has run\n" }
            if withSlices { text += Self.slices(of: study, style) }
        }
        return text
    }

    /// How much of a study lies in segments; `nil` where nothing does.
    private static func sealed(_ log: StudyState) -> String? {
        guard log.sealed > 0 else { return nil }
        let share = log.sealed == log.events ? "all" : counted(Int(log.sealed), "event")
        switch log.withoutRows {
        case 0: return "sealed: \(share), each also a row"
        case log.sealed: return "sealed: \(share), none of them a row"
        default: return "sealed: \(share), \(log.withoutRows) of them no rows"
        }
    }

    private static func lines(of status: ProjectionStatus, among sets: [ProjectionStatus]) -> [String] {
        let total = status.projectedEvents + status.lagEvents
        let share = total == 0 ? 100 : Int(100 * Double(status.projectedEvents) / Double(total))
        var first = "  set \(status.set.number) (\(status.set.protocolName)), \(status.set.state.rawValue): "
        if status.lagEvents == 0 {
            first += "up to date"
        } else {
            first += counted(Int(status.lagEvents), "event")
            first += " behind (\(seconds(status.lagSeconds))), \(share) % projected"
        }
        if status.parkedCount > 0 { first += ", \(status.parkedCount) parked" }
        var lines = [first]
        // Protocols that differ may have one name. Who drops a set must know which one it is.
        if sets.count(where: { $0.set.protocolName == status.set.protocolName }) > 1 {
            lines.append(
                "    made \(Instant.text(status.set.createdAt)), protocol \(status.set.protocolDigest.prefix(12)), "
                    + "fold version \(status.set.foldVersion)")
        }
        for worker in status.workers {
            let state = worker.isAlive ? counted(worker.slices, "slice") : "dead"
            lines.append(
                "    worker \(worker.number) \(worker.name): \(state), last heard of \(seconds(worker.silentSeconds)) ago"
            )
        }
        if status.workers.isEmpty, status.set.state != .retired { lines.append("    no worker") }
        lines += status.parked.map {
            let who = $0.subject.isEmpty ? "a patient without a subject" : $0.subject
            return "    parked: \(who) (slice \($0.slice)): \($0.reason)"
        }
        if status.parkedCount > status.parked.count {
            lines.append("    parked: \(status.parkedCount - status.parked.count) more")
        }
        return lines
    }

    private static func slices(of study: StudyPart, _ style: Style) -> String {
        var columns = FixedColumns(
            [
                .number("slice", width: 7), .number("head", width: 7), .number("patients"), .number("checkpoint"),
                .number("behind"), .number("lag", width: 6), .number("owner"), .number("epoch"),
                .text("chain", width: 9),
            ], gap: 2, style)
        let rows: [[String]] = study.log.slices.enumerated().map { index, slice in
            [String(slice.index), String(slice.position), String(slice.patients)]
                + cells(of: study.current?.slices[index]) + [slice.digest]
        }
        // The beginning of a digest is enough to tell it from another.
        for row in rows { columns.widen(for: row.dropLast()) }
        return columns.head + rows.map(columns.line).joined()
    }

    /// Checkpoint, lag, owner and epoch of a slice, as far as it is projected.
    private static func cells(of live: ProjectionStatus.Slice?) -> [String] {
        guard let live else { return Array(repeating: "-", count: 5) }
        let owner = live.owner.map { String($0) } ?? "-"
        return [String(live.checkpoint), String(live.lagEvents), seconds(live.lagSeconds), owner, String(live.epoch)]
    }

    private static func seconds(_ value: Double) -> String {
        value < 100 ? "\((value * 10).rounded() / 10) s" : "\(Int(value)) s"
    }
}
