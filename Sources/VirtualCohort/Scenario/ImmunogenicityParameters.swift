/// When antibodies against the drug appear, how their titre grows, and how they speed up its clearance.
package struct ImmunogenicityParameters: Sendable, Equatable {
    /// The days from the first dose in which no antibody appears; assumed.
    package var lagDays = 14.0
    /// The shape of the Weibull time to antibodies after the lag; calibrated.
    package var onsetShape = 2.52
    /// The scale in days of the Weibull time to antibodies with a hazard factor of 1; calibrated.
    package var onsetScaleDays = 555.2
    /// The hazard ratio of azathioprine on the appearance of antibodies; calibrated.
    ///
    /// It is two to three times stronger than any large cohort's: PANTS has 0.39 to 0.44.
    package var azathioprineHazardRatio = 0.137
    /// The hazard ratio of carriers of HLA-DQA1*05: 1.90 (Sazonovs, Gastroenterology 2020).
    package var hlaHazardRatio = 1.90
    /// The logarithm of the hazard per unit of relative excess clearance, CL/CLtyp - 1; assumed within 1 to 1.8, anchored
    /// to +61 % per 0.1 L/d (Kutschera, ECCO DOP74).
    package var exposureSlope = 1.2
    /// The typical clearance of infliximab in L/d, from which the excess is counted; assumed.
    package var typicalInfliximabClearanceLPerDay = 0.38
    /// The typical clearance of adalimumab in L/d, from which the excess is counted; assumed.
    package var typicalAdalimumabClearanceLPerDay = 0.357
    /// The share of patients in monotherapy who can form antibodies at all; assumed.
    package var susceptibleShare = 1.0
    /// The share of patients with azathioprine who can form antibodies at all; assumed.
    package var azathioprineSusceptibleShare = 1.0
    /// The titre in ng/mL with which antibodies appear; assumed.
    package var firstTitreNgPerML = 10.0
    /// The median of the titre's plateau in ng/mL; assumed.
    package var plateauMedianNgPerML = 150.0
    /// The standard deviation of the logarithm of the plateau; assumed.
    package var plateauLogSD = 0.8
    /// The logistic growth of the titre in 1/d; calibrated.
    package var growthPerDay = 0.1996
    /// The titre in ng/mL that doubles the clearance of infliximab; calibrated to the published averages of patients
    /// with antibodies (factors 1.26 to 3.59).
    package var doublingTitreInfliximabNgPerML = 13.79
    /// The titre in ng/mL that doubles the clearance of adalimumab; calibrated to the published averages of patients
    /// with antibodies (factors 2.08 to 5.5).
    package var doublingTitreAdalimumabNgPerML = 9.727
    /// The exponent of the titre's effect on clearance; assumed.
    package var clearanceExponent = 1.3

    /// The share of carriers of HLA-DQA1*05 among whom the factors of carriers and others have the mean 1.
    ///
    /// Fixed, so that more carriers in a population mean more antibodies.
    static let referenceCarrierShare = 0.40
    /// The bounds of the relative excess clearance.
    static let exposureBounds = (lower: -0.6, upper: 1.2)

    static let table: [Parameter] = [
        Parameter(
            "immunogenicity.lagDays", \.immunogenicity.lagDays, "d", .assumed, "no antibodies in the first two weeks",
            0...730),
        Parameter(
            "immunogenicity.onsetShape", \.immunogenicity.onsetShape, "", .calibrated, "trial's curves", 0.1...20),
        Parameter(
            "immunogenicity.onsetScaleDays", \.immunogenicity.onsetScaleDays, "d", .calibrated, "trial's curves",
            1...100_000),
        Parameter(
            "immunogenicity.azathioprineHazardRatio", \.immunogenicity.azathioprineHazardRatio, "", .calibrated,
            "trial's curves; PANTS has 0.39 to 0.44", 0.0001...100),
        Parameter(
            "immunogenicity.hlaHazardRatio", \.immunogenicity.hlaHazardRatio, "", .published, "Sazonovs 2020",
            0.01...100),
        Parameter(
            "immunogenicity.exposureSlope", \.immunogenicity.exposureSlope, "", .assumed,
            "anchored to Kutschera (+61 % per 0.1 L/d)", -10...10),
        Parameter(
            "immunogenicity.typicalInfliximabClearanceLPerDay", \.immunogenicity.typicalInfliximabClearanceLPerDay,
            "L/d", .assumed, "typical patient", 0.001...100),
        Parameter(
            "immunogenicity.typicalAdalimumabClearanceLPerDay", \.immunogenicity.typicalAdalimumabClearanceLPerDay,
            "L/d", .assumed, "typical patient", 0.001...100),
        Parameter(
            "immunogenicity.susceptibleShare", \.immunogenicity.susceptibleShare, "", .assumed, "everybody", 0...1),
        Parameter(
            "immunogenicity.azathioprineSusceptibleShare", \.immunogenicity.azathioprineSusceptibleShare, "", .assumed,
            "everybody", 0...1),
        Parameter(
            "immunogenicity.firstTitreNgPerML", \.immunogenicity.firstTitreNgPerML, "ng/mL", .assumed,
            "the kits' limit", 0.01...10_000),
        Parameter(
            "immunogenicity.plateauMedianNgPerML", \.immunogenicity.plateauMedianNgPerML, "ng/mL", .assumed,
            "within the kits' range", 0.01...100_000),
        Parameter(
            "immunogenicity.plateauLogSD", \.immunogenicity.plateauLogSD, "", .assumed,
            "a wide spread between patients", 0...3),
        Parameter(
            "immunogenicity.growthPerDay", \.immunogenicity.growthPerDay, "1/d", .calibrated, "trial's curves",
            0.001...5),
        Parameter(
            "immunogenicity.doublingTitreInfliximabNgPerML", \.immunogenicity.doublingTitreInfliximabNgPerML, "ng/mL",
            .calibrated, "published factors 1.26 to 3.59", 0.01...100_000),
        Parameter(
            "immunogenicity.doublingTitreAdalimumabNgPerML", \.immunogenicity.doublingTitreAdalimumabNgPerML, "ng/mL",
            .calibrated, "published factors 2.08 to 5.5", 0.01...100_000),
        Parameter(
            "immunogenicity.clearanceExponent", \.immunogenicity.clearanceExponent, "", .assumed,
            "steeper than proportional", 0.1...5),
    ]
}
