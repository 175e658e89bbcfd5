/// The pharmacokinetics of adalimumab: one compartment, first-order absorption.
///
/// Structure and typical values are those of Vande Casteele and others 2019 (28 patients with Crohn's disease), apparent
/// in that bioavailability is not known.
package struct AdalimumabParameters: Sendable, Equatable {
    /// Apparent clearance in L/d: 0.330 (Vande Casteele 2019).
    package var clearanceLPerDay = 0.330
    /// Apparent volume in L: 7.8 (Vande Casteele 2019).
    package var volumeL = 7.8
    /// The rate of absorption in 1/d: 0.343 (Vande Casteele 2019).
    package var absorptionPerDay = 0.343
    /// Variability of clearance between patients: 32.6 % (Vande Casteele 2019).
    package var clearanceCV = 0.326
    /// Variability of the volume between patients: 35.6 % (Vande Casteele 2019).
    package var volumeCV = 0.356
    /// Variability of absorption between patients: 103.9 % (Vande Casteele 2019).
    package var absorptionCV = 1.039
    /// The exponent of weight on clearance; assumed in place of the published one of lean body weight.
    package var weightExponent = 0.6
    /// The weight in kg at which clearance is typical; assumed.
    package var weightReferenceKg = 70.0
    /// The exponent of albumin on clearance; assumed.
    package var albuminExponent = -0.8
    /// The albumin in g/L at which clearance is typical; assumed.
    package var albuminReferenceGPerL = 40.0
    /// The first dose in mg: 160, the label's.
    package var firstDoseMg = 160.0
    /// The second dose in mg: 80, the label's.
    package var secondDoseMg = 80.0
    /// All further doses in mg: 40, the label's.
    package var doseMg = 40.0
    /// The distance of all doses in days: 14, the label's.
    package var intervalDays = 14.0

    static let table: [Parameter] = [
        Parameter(
            "adalimumab.clearanceLPerDay", \.adalimumab.clearanceLPerDay, "L/d", .published, "Vande Casteele 2019",
            0.001...100),
        Parameter("adalimumab.volumeL", \.adalimumab.volumeL, "L", .published, "Vande Casteele 2019", 0.1...100),
        Parameter(
            "adalimumab.absorptionPerDay", \.adalimumab.absorptionPerDay, "1/d", .published, "Vande Casteele 2019",
            0.001...100),
        Parameter(
            "adalimumab.clearanceCV", \.adalimumab.clearanceCV, "", .published, "Vande Casteele 2019: 32.6 %", 0...5),
        Parameter("adalimumab.volumeCV", \.adalimumab.volumeCV, "", .published, "Vande Casteele 2019: 35.6 %", 0...5),
        Parameter(
            "adalimumab.absorptionCV", \.adalimumab.absorptionCV, "", .published, "Vande Casteele 2019: 103.9 %", 0...5),
        Parameter(
            "adalimumab.weightExponent", \.adalimumab.weightExponent, "", .assumed,
            "for the published lean body weight", -5...5),
        Parameter(
            "adalimumab.weightReferenceKg", \.adalimumab.weightReferenceKg, "kg", .assumed, "typical patient", 20...200),
        Parameter(
            "adalimumab.albuminExponent", \.adalimumab.albuminExponent, "", .assumed, "milder than infliximab's", -5...5
        ),
        Parameter(
            "adalimumab.albuminReferenceGPerL", \.adalimumab.albuminReferenceGPerL, "g/L", .assumed, "typical patient",
            20...60),
        Parameter("adalimumab.firstDoseMg", \.adalimumab.firstDoseMg, "mg", .assumed, "label", 0.1...1000),
        Parameter("adalimumab.secondDoseMg", \.adalimumab.secondDoseMg, "mg", .assumed, "label", 0.1...1000),
        Parameter("adalimumab.doseMg", \.adalimumab.doseMg, "mg", .assumed, "label", 0.1...1000),
        Parameter(
            "adalimumab.intervalDays", \.adalimumab.intervalDays, "d", .assumed, "label: every 2 weeks", 1...730,
            isWhole: true),
    ]
}
