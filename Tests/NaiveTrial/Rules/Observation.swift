/// One thing that an event lets conditions look at.
enum Observation {
    case assay(Assay)
    case score(instrument: String, item: String, value: Double)
    case adverseEvent(AdverseEvent)
}

/// An observation with the event that made it and its day.
struct DatedObservation {
    var event: PatientEvent
    var day: Int
    var observation: Observation
}

/// What an event lets conditions look at.
func observations(of fact: Fact) -> [Observation] {
    switch fact {
    case .assay(let assay):
        return [.assay(assay)]
    case .score(let score):
        var seen = [Observation.score(instrument: score.instrument, item: "total", value: score.total)]
        if score.instrument == "Mayo", let endoscopy = score.endoscopy {
            seen.append(.score(instrument: score.instrument, item: "endoscopy", value: endoscopy))
        }
        for item in score.items {
            seen.append(.score(instrument: score.instrument, item: item.name, value: item.value))
        }
        return seen
    case .adverseEvent(let event):
        return [.adverseEvent(event)]
    case .enrolment, .randomisation, .dose, .treatmentStop, .withdrawal, .completion:
        return []
    }
}

extension History {
    /// Every observation from day 0 on, in the order of the events.
    var observedFromDayZero: [DatedObservation] {
        var all: [DatedObservation] = []
        for event in eventsFromDayZero {
            for observation in observations(of: event.fact) {
                all.append(DatedObservation(event: event, day: day(event.time), observation: observation))
            }
        }
        return all
    }
}
