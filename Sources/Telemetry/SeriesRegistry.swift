/// The series that are exposed, by family.
struct SeriesRegistry: Sendable {
    /// Why a metric is not exposed.
    enum Refusal: String, CaseIterable {
        /// There are as many series as there may be.
        case limit
        /// A family of another kind has the name, or the name of one of its samples.
        case name
    }

    /// Series of one name.
    struct Family: Sendable {
        let kind: MetricKind
        let help: String?
        var series: [LabelText: any Series] = [:]
    }

    /// The name of the counter of refused metrics; it is exposed once there is one.
    static let refusedName = "telemetry_refused_metrics_total"

    /// All families by name.
    private(set) var families: [String: Family] = [:]
    /// The refused requests for a series.
    private(set) var refused: [Refusal: UInt64] = [:]
    private var takenNames: Set<String> = [SeriesRegistry.refusedName]
    private var count = 0

    /// The series of a key, which is made where there is none; one that is refused counts for nobody.
    mutating func series<Kept: Series>(
        _ key: SeriesKey,
        _ kind: MetricKind,
        help: String?,
        make: (SeriesKey) -> Kept
    ) -> Kept {
        let family = families[key.name]
        if let family, family.kind == kind, let known = family.series[key.labels] as? Kept { return known }
        let made = make(key)
        if let refusal = reasonToRefuse(key, kind, family) {
            refused[refusal, default: 0] += 1
            return made
        }
        if family == nil {
            takenNames.formUnion(kind.sampleNames(key.name))
            families[key.name] = Family(kind: kind, help: help)
        }
        families[key.name]?.series[key.labels] = made
        count += 1
        return made
    }

    /// Forgets a series, and its family with the last one.
    ///
    /// A series that has been forgotten before is not mistaken for a later one with the same key.
    mutating func forget(_ series: any Series) {
        let key = series.key
        guard let family = families[key.name], family.series[key.labels] === series else { return }
        count -= 1
        guard family.series.count == 1 else {
            families[key.name]?.series[key.labels] = nil
            return
        }
        families[key.name] = nil
        takenNames.subtract(family.kind.sampleNames(key.name))
    }

    private func reasonToRefuse(_ key: SeriesKey, _ kind: MetricKind, _ family: Family?) -> Refusal? {
        if let family {
            if family.kind != kind { return .name }
        } else if !takenNames.isDisjoint(with: kind.sampleNames(key.name)) {
            return .name
        }
        return count < Limits.series ? nil : .limit
    }
}
