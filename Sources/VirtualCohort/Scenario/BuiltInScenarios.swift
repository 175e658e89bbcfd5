extension Scenario {
    /// The names of the scenarios that are built in, the default first.
    package static let builtInNames = ["roblin-2020", "pants-hr", "early-antibodies", "no-effect"]

    /// A scenario that is built in, `nil` where there is none of this name.
    package static func builtIn(_ name: String) -> Scenario? {
        var scenario = Scenario()
        scenario.name = name
        switch name {
        case "roblin-2020": break
        case "pants-hr":
            // Kennedy, Lancet Gastroenterol Hepatol 2019;4:341: the hazard ratio of immunomodulators on antibodies.
            scenario.immunogenicity.azathioprineHazardRatio = 0.39
        case "early-antibodies": scenario.takeEarlyAntibodies()
        case "no-effect": scenario.takeAwayAzathioprine()
        default: return nil
        }
        return scenario
    }

    /// What a built-in scenario is for, as a phrase.
    package static func purpose(ofBuiltIn name: String) -> String {
        switch name {
        case "pants-hr": "azathioprine as weak against antibodies as in PANTS (0.39)"
        case "early-antibodies": "antibodies early and slowly, or never"
        case "no-effect": "both arms alike: azathioprine changes nothing"
        default: "calibrated to the trial of Roblin and others, Gut 2020"
        }
    }

    /// A mixture of patients who form antibodies early and patients who never do.
    ///
    /// Shares, shape, scale and growth were fitted to the trial's curves in the model's prototype.
    private mutating func takeEarlyAntibodies() {
        immunogenicity.susceptibleShare = 0.85
        immunogenicity.azathioprineSusceptibleShare = 0.21
        immunogenicity.azathioprineHazardRatio = 1
        immunogenicity.onsetShape = 1.3
        immunogenicity.onsetScaleDays = 239
        immunogenicity.growthPerDay = 0.017
    }

    private mutating func takeAwayAzathioprine() {
        immunogenicity.azathioprineHazardRatio = 1
        immunogenicity.azathioprineSusceptibleShare = immunogenicity.susceptibleShare
        infliximab.azathioprineCrohnClearanceFactor = 1
        inflammation.azathioprineFactor = 1
        retention.azathioprineAdverseEventStopsPerMonth = retention.adverseEventStopsPerMonth
        // Who stops azathioprine goes on with the anti-TNF, which would be an effect.
        retention.azathioprineStopShare = 0
    }
}
