/// Everything that virtual patients are made from: arms, population, pharmacology, measurements and visits.
///
/// The defaults are those of the scenario `roblin-2020`. Units are in the names; a share or probability lies between 0
/// and 1; a coefficient of variation (`…CV`) is that of a log-normal variable, whose logarithm has the standard
/// deviation sqrt(ln(1 + CV²)).
package struct Scenario: Sendable, Equatable {
    /// What the scenario is called.
    package var name = "roblin-2020"
    /// The arms; the first is the reference of comparisons.
    package var arms = [
        Arm(name: "monotherapy", azathioprine: false, share: 0.5, size: 45),
        Arm(name: "combination", azathioprine: true, share: 0.5, size: 45),
    ]
    /// Who the patients are.
    package var population = PopulationParameters()
    /// The pharmacokinetics of infliximab.
    package var infliximab = InfliximabParameters()
    /// The pharmacokinetics of adalimumab.
    package var adalimumab = AdalimumabParameters()
    /// When antibodies appear and what they do.
    package var immunogenicity = ImmunogenicityParameters()
    /// What the drug does to the disease.
    package var inflammation = InflammationParameters()
    /// How the disease shows in markers and scores.
    package var markers = MarkerParameters()
    /// How laboratories measure.
    package var assays = AssayParameters()
    /// When patients are seen.
    package var visits = VisitParameters()
    /// What makes patients stop a drug or leave.
    package var retention = RetentionParameters()

    /// The default scenario.
    package init() {}
}

/// One arm of the trial.
package struct Arm: Sendable, Equatable {
    /// What randomisations call it.
    package var name: String
    /// Whether its patients take azathioprine with the anti-TNF.
    package var azathioprine: Bool
    /// The share of a cohort's patients; the shares of all arms add up to 1.
    package var share: Double
    /// How many patients one trial has in this arm.
    package var size: Int
    /// The share of its patients whose anti-TNF is infliximab; `nil` for that of the population.
    package var infliximabShare: Double?

    /// An arm from its parts.
    package init(name: String, azathioprine: Bool, share: Double, size: Int, infliximabShare: Double? = nil) {
        self.name = name
        self.azathioprine = azathioprine
        self.share = share
        self.size = size
        self.infliximabShare = infliximabShare
    }
}
