/// What the drug does to the inflammation, which is 1 without treatment and 0 in deep remission.
package struct InflammationParameters: Sendable, Equatable {
    /// The concentration of infliximab in ug/mL with half of the greatest effect, median; calibrated.
    package var halfEffectInfliximabUgPerML = 1.477
    /// The concentration of adalimumab in ug/mL with half of the greatest effect, median; calibrated.
    package var halfEffectAdalimumabUgPerML = 2.577
    /// The standard deviation of the logarithm of these concentrations between patients; assumed.
    package var halfEffectLogSD = 0.6
    /// The greatest share of the inflammation that the drug takes away; assumed.
    package var greatestEffect = 0.97
    /// How fast inflammation returns, in 1/d; calibrated. (Calprotectin's published turnover is 0.058/d.)
    package var returnPerDay = 0.05127
    /// How fast inflammation heals, in 1/d; assumed.
    package var healingPerDay = 0.030
    /// The factor of azathioprine on untreated inflammation; calibrated.
    package var azathioprineFactor = 0.7391

    static let table: [Parameter] = [
        Parameter(
            "inflammation.halfEffectInfliximabUgPerML", \.inflammation.halfEffectInfliximabUgPerML, "ug/mL",
            .calibrated, "trial's curves", 0.001...1000),
        Parameter(
            "inflammation.halfEffectAdalimumabUgPerML", \.inflammation.halfEffectAdalimumabUgPerML, "ug/mL",
            .calibrated, "trial's curves", 0.001...1000),
        Parameter(
            "inflammation.halfEffectLogSD", \.inflammation.halfEffectLogSD, "", .assumed, "between patients", 0...3),
        Parameter(
            "inflammation.greatestEffect", \.inflammation.greatestEffect, "", .assumed, "nearly all inflammation", 0...1
        ),
        Parameter(
            "inflammation.returnPerDay", \.inflammation.returnPerDay, "1/d", .calibrated,
            "trial's curves; calprotectin turns over at 0.058/d", 0.0001...10),
        Parameter(
            "inflammation.healingPerDay", \.inflammation.healingPerDay, "1/d", .assumed, "half-life of 23 days",
            0.0001...10),
        Parameter(
            "inflammation.azathioprineFactor", \.inflammation.azathioprineFactor, "", .calibrated,
            "trial's curves", 0...2),
    ]
}
