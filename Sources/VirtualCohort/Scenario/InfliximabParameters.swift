/// The pharmacokinetics of infliximab: two compartments, infusions.
///
/// The model is that of Fasanmade and others, Eur J Clin Pharmacol 2009;65:1211 (482 patients with ulcerative colitis).
package struct InfliximabParameters: Sendable, Equatable {
    /// Clearance in L/d: 0.407 (Fasanmade 2009).
    package var clearanceLPerDay = 0.407
    /// Central volume in L: 3.29 (Fasanmade 2009).
    package var centralVolumeL = 3.29
    /// Peripheral volume in L: 4.13 (Fasanmade 2009).
    package var peripheralVolumeL = 4.13
    /// Intercompartmental clearance in L/d: 7.14 (Fasanmade 2009).
    package var exchangeLPerDay = 7.14
    /// Variability of clearance between patients: 37.7 % (Fasanmade 2009).
    package var clearanceCV = 0.377
    /// Variability of the central volume between patients: 22.1 % (Fasanmade 2009).
    package var centralVolumeCV = 0.221
    /// The exponent of albumin on clearance: -1.54 (Fasanmade 2009).
    package var albuminExponent = -1.54
    /// The albumin in g/L at which clearance is typical: 41 (Fasanmade 2009).
    package var albuminReferenceGPerL = 41.0
    /// The factor on clearance in women: 1 - 0.236 (Fasanmade 2009).
    package var femaleClearanceFactor = 0.764
    /// The factor on the central volume in women: 1 - 0.137 (Fasanmade 2009).
    package var femaleVolumeFactor = 0.863
    /// The exponent of weight on the central volume: 0.538 (Fasanmade 2009).
    package var weightVolumeExponent = 0.538
    /// The weight in kg at which the central volume is typical: 77 (Fasanmade 2009).
    package var weightReferenceKg = 77.0
    /// The factor on clearance of azathioprine in Crohn's disease: 0.86 (size attributed to Fasanmade 2011, Clin Ther
    /// 33:946, not verified).
    package var azathioprineCrohnClearanceFactor = 0.86
    /// The dose in mg per kg: 5, the label's; assumed for the trial.
    package var doseMgPerKg = 5.0
    /// How long an infusion takes, in hours: 2, the label's.
    package var infusionHours = 2.0
    /// The distance of doses after the induction, in days: 56, the label's.
    package var intervalDays = 56.0

    /// The days of the induction, counted from randomisation: weeks 0, 2 and 6, the label's.
    static let inductionDays = [0, 14, 42]

    static let table: [Parameter] = [
        Parameter(
            "infliximab.clearanceLPerDay", \.infliximab.clearanceLPerDay, "L/d", .published, "Fasanmade 2009",
            0.001...100),
        Parameter(
            "infliximab.centralVolumeL", \.infliximab.centralVolumeL, "L", .published, "Fasanmade 2009", 0.1...100),
        Parameter(
            "infliximab.peripheralVolumeL", \.infliximab.peripheralVolumeL, "L", .published, "Fasanmade 2009", 0.1...100
        ),
        Parameter(
            "infliximab.exchangeLPerDay", \.infliximab.exchangeLPerDay, "L/d", .published, "Fasanmade 2009", 0.001...100
        ),
        Parameter("infliximab.clearanceCV", \.infliximab.clearanceCV, "", .published, "Fasanmade 2009: 37.7 %", 0...5),
        Parameter(
            "infliximab.centralVolumeCV", \.infliximab.centralVolumeCV, "", .published, "Fasanmade 2009: 22.1 %", 0...5),
        Parameter("infliximab.albuminExponent", \.infliximab.albuminExponent, "", .published, "Fasanmade 2009", -5...5),
        Parameter(
            "infliximab.albuminReferenceGPerL", \.infliximab.albuminReferenceGPerL, "g/L", .published, "Fasanmade 2009",
            20...60),
        Parameter(
            "infliximab.femaleClearanceFactor", \.infliximab.femaleClearanceFactor, "", .published,
            "Fasanmade 2009: -23.6 %", 0.1...10),
        Parameter(
            "infliximab.femaleVolumeFactor", \.infliximab.femaleVolumeFactor, "", .published, "Fasanmade 2009: -13.7 %",
            0.1...10),
        Parameter(
            "infliximab.weightVolumeExponent", \.infliximab.weightVolumeExponent, "", .published, "Fasanmade 2009",
            -5...5),
        Parameter(
            "infliximab.weightReferenceKg", \.infliximab.weightReferenceKg, "kg", .published, "Fasanmade 2009", 20...200
        ),
        Parameter(
            "infliximab.azathioprineCrohnClearanceFactor", \.infliximab.azathioprineCrohnClearanceFactor, "",
            .unverified, "attributed to Fasanmade 2011: -14 %", 0.1...10),
        Parameter("infliximab.doseMgPerKg", \.infliximab.doseMgPerKg, "mg/kg", .assumed, "label", 0.1...100),
        Parameter("infliximab.infusionHours", \.infliximab.infusionHours, "h", .assumed, "label", 0.1...24),
        Parameter(
            "infliximab.intervalDays", \.infliximab.intervalDays, "d", .assumed, "label: every 8 weeks", 1...730,
            isWhole: true),
    ]
}
