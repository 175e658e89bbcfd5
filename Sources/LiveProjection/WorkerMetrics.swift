package import CoreMetrics

/// What a worker counts and measures.
package struct WorkerMetrics: Sendable {
    /// New events taken in.
    let events: Counter
    /// Patients folded.
    let patients: Counter
    /// Outcomes that changed.
    let outcomes: Counter
    /// Steps written.
    let steps: Counter
    /// Steps that the database refused since a slice had passed on.
    let refused: Counter
    /// Patients parked.
    let parked: Counter
    /// Lost connections.
    let reconnections: Counter
    /// From the recording of the latest event of a step to its outcomes.
    let delay: CoreMetrics.Timer
    /// From a step's first look to its end.
    let step: CoreMetrics.Timer
    /// Slices held.
    let slices: Gauge
    /// Events of the slices held that are not projected yet.
    let lag: Gauge
    private let study: String
    private let factory: any MetricsFactory

    /// What each metric is, by label.
    package static let help = [
        "trough.projection.events": "New events taken in.",
        "trough.projection.patients.folded": "Patients folded again since events of theirs were new.",
        "trough.projection.outcomes.changed": "Outcomes that changed.",
        "trough.projection.steps": "Steps written.",
        "trough.projection.steps.refused": "Steps refused by the database since a slice had passed on.",
        "trough.projection.patients.parked": "Patients parked for what cannot be decoded or written.",
        "trough.projection.reconnections": "Connections that were lost.",
        "trough.projection.delay.seconds": "From the recording of a step's latest event to its outcomes.",
        "trough.projection.step.seconds": "From the first look of a step to its end.",
        "trough.projection.slices.held": "Slices held.",
        "trough.projection.lag.events": "Events of the slices held that are not projected yet.",
        "trough.projection.events.remembered": "Events remembered.",
    ]

    /// Metrics made by a factory; all of one worker's carry the study's name.
    package init(study: String, factory: any MetricsFactory) {
        self.study = study
        self.factory = factory
        let dimensions = [("study", study)]
        func counter(_ name: String) -> Counter { Counter(label: name, dimensions: dimensions, factory: factory) }
        events = counter("trough.projection.events")
        patients = counter("trough.projection.patients.folded")
        outcomes = counter("trough.projection.outcomes.changed")
        steps = counter("trough.projection.steps")
        refused = counter("trough.projection.steps.refused")
        parked = counter("trough.projection.patients.parked")
        reconnections = counter("trough.projection.reconnections")
        delay = Timer(label: "trough.projection.delay.seconds", dimensions: dimensions, factory: factory)
        step = Timer(label: "trough.projection.step.seconds", dimensions: dimensions, factory: factory)
        slices = Gauge(label: "trough.projection.slices.held", dimensions: dimensions, factory: factory)
        lag = Gauge(label: "trough.projection.lag.events", dimensions: dimensions, factory: factory)
    }

    /// Events remembered by a shard.
    func remembered(byShard shard: Int) -> Gauge {
        Gauge(
            label: "trough.projection.events.remembered", dimensions: [("study", study), ("shard", String(shard))],
            factory: factory)
    }
}
