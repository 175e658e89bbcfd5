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
        writer.member("recorded", optional: study.log.lastRecorded.map(Instant.text))
        writer.key("slices")
        writer.array(Array(study.log.slices.enumerated())) { writer, entry in
            let (index, slice) = (entry.offset, entry.element)
            writer.object { writer in
                writer.member("slice", slice.index)
                writer.member("position", Int(slice.position))
                writer.member("patients", slice.patients)
                writer.member("digest", slice.digest)
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
    func table(withSlices: Bool) -> String {
        if studies.isEmpty { return "The log holds no study yet.\n" }
        var text = Self.row("study", "events", "patients", "slices", "last recorded")
        for study in studies {
            let log = study.log
            text += Self.row(
                log.study.name, String(log.events), String(log.patients), String(log.study.slices),
                log.lastRecorded.map(Instant.text) ?? "-")
            for set in study.sets { text += Self.lines(of: set) }
            if study.sets.isEmpty { text += "  not projected: no worker has run\n" }
            if withSlices { text += Self.slices(of: study) }
        }
        return text
    }

    private static func lines(of status: ProjectionStatus) -> String {
        let total = status.projectedEvents + status.lagEvents
        let share = total == 0 ? 100 : Int(100 * Double(status.projectedEvents) / Double(total))
        var text = "  set \(status.set.number) (\(status.set.protocolName)), \(status.set.state.rawValue): "
        if status.lagEvents == 0 {
            text += "up to date"
        } else {
            text += "\(status.lagEvents) events behind (\(seconds(status.lagSeconds))), \(share) % projected"
        }
        if status.parkedCount > 0 { text += ", \(status.parkedCount) parked" }
        text += "\n"
        for worker in status.workers {
            text += "    worker \(worker.number) \(worker.name): "
            text += worker.isAlive ? "\(worker.slices) slices" : "dead"
            text += ", last heard of \(seconds(worker.silentSeconds)) ago\n"
        }
        if status.workers.isEmpty, status.set.state != .retired { text += "    no worker\n" }
        for parked in status.parked {
            text += "    parked: \(parked.subject) (slice \(parked.slice)): \(parked.reason)\n"
        }
        if status.parkedCount > status.parked.count {
            text += "    parked: \(status.parkedCount - status.parked.count) more\n"
        }
        return text
    }

    private static func slices(of study: StudyPart) -> String {
        var text = sliceRow("slice", "head", "patients", "checkpoint", "behind", "lag", "owner", "epoch", "chain")
        for (index, slice) in study.log.slices.enumerated() {
            let live = study.current?.slices[index]
            text += sliceRow(
                String(slice.index), String(slice.position), String(slice.patients),
                live.map { String($0.checkpoint) } ?? "-", live.map { String($0.lagEvents) } ?? "-",
                live.map { seconds($0.lagSeconds) } ?? "-", live?.owner.map { String($0) } ?? "-",
                live.map { String($0.epoch) } ?? "-", slice.digest.prefix(8) + "…")
        }
        return text
    }

    private static func seconds(_ value: Double) -> String {
        value < 100 ? "\((value * 10).rounded() / 10) s" : "\(Int(value)) s"
    }

    private static func row(
        _ name: String, _ events: String, _ patients: String, _ slices: String, _ last: String
    ) -> String {
        name.padded(to: 23) + events.padded(to: -11) + patients.padded(to: -10) + slices.padded(to: -7) + "  " + last
            + "\n"
    }

    private static func sliceRow(_ fields: String...) -> String {
        let widths = [-7, -9, -9, -11, -8, -8, -6, -6]
        return zip(fields, widths).map { $0.padded(to: $1) }.joined() + "  " + (fields.last ?? "") + "\n"
    }
}

extension String {
    /// The text filled with spaces to a width: behind it, or before it where the width is negative.
    func padded(to width: Int) -> String {
        let space = String(repeating: " ", count: max(0, abs(width) - count))
        return width < 0 ? space + self : self + space
    }
}
