@testable import NaiveTrial

extension Coverage {
    /// - Parameter all: the same patient without as-of, to see corrections whose targets come later.
    mutating func addCorrections(_ patient: Patient, all: Patient) {
        for correction in patient.corrections {
            if correctsACorrection(correction, of: patient) { count("correction of a correction") }
            if waitsForItsTarget(correction, of: patient) {
                count("correction without target")
                if !waitsForItsTarget(correction, of: all) { count("correction recorded before its target") }
            }
            let rivals = patient.corrections.filter { $0.target == correction.target }
            if rivals.contains(where: { $0.identity != correction.identity && $0.time == correction.time }) {
                count("corrections of one event with equal times")
            }
            if rivals.contains(where: { $0.time != correction.time }) {
                count("corrections of one event with different times")
            }
        }
        for event in patient.events {
            guard let winner = winningCorrection(of: event, of: patient) else { continue }
            guard let replacement = winner.replacement else {
                count("voided")
                count("voided \(kind(event.fact))")
                continue
            }
            count("replaced")
            if replacement.time != event.time { count("moved in time") }
            if replacement.time.utcDate != event.time.utcDate { count("moved to another day") }
            if kind(replacement.fact) != kind(event.fact) { count("type changed to \(kind(replacement.fact))") }
        }
    }

    mutating func addEvents(_ patient: Patient, _ cut: Instant?) {
        let uncut = countedEvents(of: patient, until: nil)
        let events = countedEvents(of: patient, until: cut)
        count("events dropped by the cut", uncut.count - events.count)
        if let cut {
            count("event at the very moment of the cut", events.filter { $0.time == cut }.count)
            count(
                "event a microsecond after the cut",
                uncut.filter { $0.time.microseconds == cut.microseconds + 1 }.count
            )
            if patient.corrections.contains(where: { $0.time.microseconds > cut.microseconds }) {
                count("correction after the cut")
            }
            for event in patient.events {
                guard let after = corrected(event, of: patient) else { continue }
                if happenedByCut(event, until: cut) && !happenedByCut(after, until: cut) {
                    count("corrected to after the cut")
                }
                if !happenedByCut(event, until: cut) && happenedByCut(after, until: cut) {
                    count("corrected to before the cut")
                }
            }
        }
        for (one, other) in zip(events, events.dropFirst()) where one.time == other.time {
            count("tie in time")
            let (first, second) = (one.identity, other.identity)
            if sameBytes(first.source, second.source) {
                count("tie decided by the id")
                if second.id < first.id { count("tie: byte order is not Swift's order") }
                if first.id.utf16.lexicographicallyPrecedes(second.id.utf16) == false {
                    count("tie: byte order is not UTF-16 order")
                }
                if first.id == second.id { count("tie of canonically equal ids") }
                if first.id.lowercased() > second.id.lowercased() { count("tie: byte order is not case-blind order") }
                if let one = Int(first.id), let other = Int(second.id), one > other {
                    count("tie: byte order is not numeric order")
                }
            } else {
                count("tie decided by the source")
                if precedesInBytes(second.id, first.id) { count("tie: the ids alone would decide otherwise") }
                if precedesInBytes(second.source + second.id, first.source + first.id) {
                    count("tie: source and id run together would decide otherwise")
                }
            }
        }
    }

    mutating func addHistory(_ history: History, _ definition: ProtocolDefinition) {
        count("randomised")
        if history.enrolment == nil { count("randomised, not enrolled") }
        if let enrolment = history.enrolment,
            enrolment.event.time.microseconds > history.randomisation.event.time.microseconds
        {
            count("enrolled after randomisation")
        }
        if history.randomisation.arm.contains("\u{1}") { count("arm with control characters") }
        if history.randomisation.arm == "bras-\u{E9}", !sameBytes(history.randomisation.arm, "bras-\u{E9}") {
            count("arm in another normal form")
        }
        let end = limit(history, definition).day
        let diseases = Set(
            history.events.compactMap { event -> String? in
                if case .enrolment(let disease, _) = event.fact { disease } else { nil }
            }
        )
        if diseases.count > 1 { count("enrolments of different diseases") }
        for event in history.events {
            let day = history.day(event.time)
            if day < 0 { count("\(kind(event.fact)) on a negative day") }
            if day == 0 && event.time.microseconds < history.randomisation.event.time.microseconds {
                count("\(kind(event.fact)) on day 0 before the randomisation")
            }
            if day == end { count("event on the day of the limit") }
            if day == end + 1 { count("event on the day after the limit") }
            if day > definition.horizon { count("event after the horizon") }
            if let withdrawal = history.firstWithdrawal, day > history.day(withdrawal.time) {
                count("event after the withdrawal")
            }
            if let completion = history.firstCompletion, day > history.day(completion.time) {
                count("event after the completion")
            }
            if case .treatmentStop(let reason) = event.fact { count("treatment stop: \(reason)") }
        }
        let days = limits(history, definition).filter { $0.day == end }
        if days.count > 1 { count("equal limits: \(days.map(\.reason).joined(separator: " = "))") }
    }
}
