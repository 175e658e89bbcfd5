/// One number of a scenario: what it is called in files, its unit, and where its default comes from.
package struct Parameter: Sendable {
    /// How far the default can be relied upon.
    package enum Status: String, Sendable, CaseIterable {
        /// Read in the publication named as its source.
        case published
        /// Attributed to a publication, but not checked against it.
        case unverified
        /// Fitted so that the model gives the published results of the trial; `trough calibrate` fits it again.
        case calibrated
        /// Chosen for this model without a source.
        case assumed
    }

    /// The group and the name, such as `immunogenicity.lagDays`.
    package let name: String
    /// Where it is kept.
    package let place: any WritableKeyPath<Scenario, Double> & Sendable
    /// The unit, empty where it has none.
    package let unit: String
    /// How far the default can be relied upon.
    package let status: Status
    /// Where the default comes from, or why it was chosen, as a phrase.
    package let source: String
    /// The values that make sense.
    package let range: ClosedRange<Double>
    /// Whether only whole numbers make sense.
    package let isWhole: Bool

    init(
        _ name: String, _ place: any WritableKeyPath<Scenario, Double> & Sendable, _ unit: String, _ status: Status,
        _ source: String, _ range: ClosedRange<Double>, isWhole: Bool = false
    ) {
        self.name = name
        self.place = place
        self.unit = unit
        self.status = status
        self.source = source
        self.range = range
        self.isWhole = isWhole
    }

    /// The group, which is the key under which files have it.
    package var group: String { String(name.prefix { $0 != "." }) }
    /// The name within the group.
    package var key: String { String(name.drop { $0 != "." }.dropFirst()) }

    /// All numbers of a scenario, group by group, in the order of files.
    package static let all: [Parameter] =
        PopulationParameters.table + InfliximabParameters.table + AdalimumabParameters.table
        + ImmunogenicityParameters.table + InflammationParameters.table + MarkerParameters.table
        + AssayParameters.table + VisitParameters.table + RetentionParameters.table
}
