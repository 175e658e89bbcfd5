/// How inflammation D shows in stool, blood and scores.
///
/// Calprotectin and C-reactive protein are log-normal around exp(a + b D). The severity S = D + patient + visit noise
/// makes the scores: HBI = round(i + s S), Mayo = round(i + s S), endoscopy = floor(i + s (D + noise)).
package struct MarkerParameters: Sendable, Equatable {
    /// Median calprotectin in ug/g without inflammation; assumed.
    package var calprotectinBaseUgPerG = 45.0
    /// The slope of ln calprotectin with inflammation; assumed (800 ug/g at a flare are published).
    package var calprotectinSlope = 3.0
    /// The standard deviation of ln calprotectin between patients; assumed.
    package var calprotectinPatientLogSD = 0.4
    /// The coefficient of variation of calprotectin within a patient: 57.3 %, the published residual.
    package var calprotectinVisitCV = 0.573
    /// Median C-reactive protein in mg/L without inflammation; assumed.
    package var crpBaseMgPerL = 2.0
    /// The slope of ln C-reactive protein with inflammation; assumed so that a flare has the 9 mg/L of PANTS.
    package var crpSlope = 1.5
    /// The standard deviation of ln C-reactive protein between patients; assumed.
    package var crpPatientLogSD = 0.9
    /// The standard deviation of ln C-reactive protein within a patient; assumed.
    package var crpVisitLogSD = 0.6
    /// The standard deviation of severity between patients; assumed.
    package var severityPatientSD = 0.06
    /// The standard deviation of severity between visits; assumed.
    package var severityVisitSD = 0.12
    /// The Harvey-Bradshaw index without severity; assumed.
    package var hbiBase = 1.5
    /// The Harvey-Bradshaw index per unit of severity; assumed.
    package var hbiSlope = 7.0
    /// The Mayo score without severity; assumed.
    package var mayoBase = 1.0
    /// The Mayo score per unit of severity; assumed.
    package var mayoSlope = 8.0
    /// The endoscopic subscore without inflammation, before it is cut to a whole number; assumed.
    package var endoscopyBase = 0.4
    /// The endoscopic subscore per unit of inflammation; assumed.
    package var endoscopySlope = 3.2
    /// Median 6-thioguanine nucleotides with azathioprine, in pmol per 8e8 red cells; assumed.
    package var thioguanineMedianPmol = 235.0
    /// The coefficient of variation of 6-thioguanine nucleotides; assumed.
    package var thioguanineCV = 0.40

    static let table: [Parameter] = [
        Parameter(
            "markers.calprotectinBaseUgPerG", \.markers.calprotectinBaseUgPerG, "ug/g", .assumed, "remission",
            0.1...10_000),
        Parameter(
            "markers.calprotectinSlope", \.markers.calprotectinSlope, "", .assumed, "a flare has about 800 ug/g",
            -10...10),
        Parameter(
            "markers.calprotectinPatientLogSD", \.markers.calprotectinPatientLogSD, "", .assumed, "between patients",
            0...3),
        Parameter(
            "markers.calprotectinVisitCV", \.markers.calprotectinVisitCV, "", .published, "residual of 57.3 %", 0...5),
        Parameter("markers.crpBaseMgPerL", \.markers.crpBaseMgPerL, "mg/L", .assumed, "remission", 0.01...1000),
        Parameter("markers.crpSlope", \.markers.crpSlope, "", .assumed, "a flare has PANTS's 9 mg/L", -10...10),
        Parameter("markers.crpPatientLogSD", \.markers.crpPatientLogSD, "", .assumed, "between patients", 0...3),
        Parameter("markers.crpVisitLogSD", \.markers.crpVisitLogSD, "", .assumed, "between visits", 0...3),
        Parameter("markers.severityPatientSD", \.markers.severityPatientSD, "", .assumed, "between patients", 0...2),
        Parameter("markers.severityVisitSD", \.markers.severityVisitSD, "", .assumed, "between visits", 0...2),
        Parameter("markers.hbiBase", \.markers.hbiBase, "points", .assumed, "remission", -20...20),
        Parameter("markers.hbiSlope", \.markers.hbiSlope, "points", .assumed, "8.5 points at a flare", -50...50),
        Parameter("markers.mayoBase", \.markers.mayoBase, "points", .assumed, "remission", -12...12),
        Parameter("markers.mayoSlope", \.markers.mayoSlope, "points", .assumed, "9 points at a flare", -50...50),
        Parameter("markers.endoscopyBase", \.markers.endoscopyBase, "points", .assumed, "remission", -3...3),
        Parameter(
            "markers.endoscopySlope", \.markers.endoscopySlope, "points", .assumed, "3 points at a flare", -20...20),
        Parameter(
            "markers.thioguanineMedianPmol", \.markers.thioguanineMedianPmol, "pmol/8e8RBC", .assumed,
            "within the therapeutic range", 1...10_000),
        Parameter("markers.thioguanineCV", \.markers.thioguanineCV, "", .assumed, "between visits", 0...5),
    ]
}
