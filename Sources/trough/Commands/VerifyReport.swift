import EventLog
import Foundation
import Report
import Trial

/// What `trough verify` shows, as table and as JSON.
struct VerifyReport: Sendable {
    var result: ChainVerification.Result
    var anchor: Anchor?
    var seconds: Double

    private var rate: Int { Int((Double(result.events) / max(seconds, 1e-6)).rounded()) }

    /// A line for each thing that does not fit, and a summary.
    func table(_ style: Style) -> String {
        var text = result.faults.map { $0.description.printable(style) + "\n" }.joined()
        for study in result.studies {
            let (events, batches) = (Int(study.events), Int(study.batches))
            text += "study       \(study.name.printable(style)): \(counted(study.slices, "slice")), "
            text += "\(counted(events, "event")) in \(counted(batches, "batch", plural: "batches"))\n"
        }
        if result.studies.isEmpty { text += "study       none\n" }
        if let anchor {
            let events = counted(Int(Self.events(of: anchor)), "event")
            text += "anchor      of \(Instant.text(anchor.time)), \(events)\n"
        }
        text +=
            "time        \(String(format: "%.3f", seconds)) s, \(rate) events/s, \(counted(result.shards, "shard"))\n"
        text += "result      "
        switch result.faults.count {
        case 0: text += "everything fits\n"
        case 1: text += "1 thing does not fit\n"
        case let count: text += "\(count) things do not fit\n"
        }
        return text
    }

    /// One object, and the end of the line.
    var json: String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("fits", result.faults.isEmpty)
            writer.member("events", Int(result.events))
            writer.key("studies")
            writer.array(result.studies) { writer, study in
                writer.object { writer in
                    writer.member("name", study.name)
                    writer.member("slices", study.slices)
                    writer.member("events", Int(study.events))
                    writer.member("batches", study.batches)
                    writer.member("faults", study.faults.count)
                }
            }
            writer.key("faults")
            writer.array(result.faults) { writer, fault in writer.object { Self.write(fault, to: &$0) } }
            if let anchor {
                writer.key("anchor")
                writer.object { writer in
                    writer.member("time", Instant.text(anchor.time))
                    writer.member("events", Int(Self.events(of: anchor)))
                }
            } else {
                writer.null("anchor")
            }
            writer.member("seconds", (seconds * 1e6).rounded() / 1e6)
            writer.member("eventsPerSecond", rate)
            writer.member("shards", result.shards)
        }
        writer.endLine()
        return writer.text
    }

    private static func write(_ fault: ChainFault, to writer: inout JSONWriter) {
        writer.member("study", fault.study)
        if let slice = fault.slice { writer.member("slice", slice) } else { writer.null("slice") }
        if let positions = fault.positions {
            writer.member("position", Int(positions.lowerBound))
            writer.member("lastPosition", Int(positions.upperBound))
        } else {
            writer.null("position")
            writer.null("lastPosition")
        }
        writer.member("code", fault.kind.rawValue)
        writer.member("message", fault.description)
    }

    private static func events(of anchor: Anchor) -> Int64 { anchor.studies.reduce(0) { $0 &+ $1.events } }
}
