import VirtualCohort

/// A parameter that calibration fits, with what is known of it without the trial.
package struct CalibratedParameter: Sendable {
    /// Its name in the scenario.
    package let name: String
    /// The value that is likely beforehand.
    package let prior: Double
    /// The standard deviation of the logarithm of the value beforehand.
    package let priorLogSD: Double
    /// Where the prior comes from, as a phrase.
    package let source: String

    /// The parameters that are fitted.
    ///
    /// Several of them do much the same to the curves, so the published curves alone do not determine them; what the
    /// literature says keeps each where it is plausible.
    package static let all: [CalibratedParameter] = [
        CalibratedParameter(
            name: "immunogenicity.onsetShape", prior: 2, priorLogSD: 0.5, source: "a rising hazard"),
        CalibratedParameter(
            name: "immunogenicity.onsetScaleDays", prior: 540, priorLogSD: 0.5, source: "the trial's median"),
        CalibratedParameter(
            name: "immunogenicity.azathioprineHazardRatio", prior: 0.2, priorLogSD: 1,
            source: "PANTS 0.39, Roblin 2017 0.28, SONIC 0.06"),
        CalibratedParameter(
            name: "immunogenicity.growthPerDay", prior: 0.2, priorLogSD: 0.1, source: "full titre within two months"),
        CalibratedParameter(
            name: "immunogenicity.doublingTitreInfliximabNgPerML", prior: 13.93, priorLogSD: 0.05,
            source: "clearance × 2.6 at 20 ng/mL, within the published 1.26 to 3.59"),
        CalibratedParameter(
            name: "immunogenicity.doublingTitreAdalimumabNgPerML", prior: 9.88, priorLogSD: 0.05,
            source: "clearance × 3.5 at 20 ng/mL, within the published 2.08 to 5.5"),
        CalibratedParameter(
            name: "inflammation.halfEffectInfliximabUgPerML", prior: 1.4, priorLogSD: 0.2,
            source: "below the levels of patients in remission"),
        CalibratedParameter(
            name: "inflammation.halfEffectAdalimumabUgPerML", prior: 2, priorLogSD: 0.2,
            source: "below the levels of patients in remission"),
        CalibratedParameter(
            name: "inflammation.returnPerDay", prior: 0.0385, priorLogSD: 0.2,
            source: "slower than calprotectin's turnover of 0.058/d"),
        CalibratedParameter(
            name: "inflammation.azathioprineFactor", prior: 0.85, priorLogSD: 0.1, source: "a mild effect of its own"),
    ]

    /// Where it is kept.
    var place: (any WritableKeyPath<Scenario, Double> & Sendable)? {
        Parameter.all.first { $0.name == name }?.place
    }
}
