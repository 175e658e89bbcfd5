/// How laboratories measure drug levels and antibodies.
package struct AssayParameters: Sendable, Equatable {
    /// The coefficient of variation of drug levels: 10 to 12 %; assumed.
    package var levelCV = 0.12
    /// The lower limit of quantification of drug levels in ug/mL: 0.3 of 0.1 to 0.3; assumed.
    package var levelLowerUgPerML = 0.3
    /// The upper limit of quantification of drug levels in ug/mL, samples being diluted; assumed.
    package var levelUpperUgPerML = 50.0
    /// The coefficient of variation of antibody titres; assumed.
    package var antibodyCV = 0.15
    /// The drug level in ug/mL that hides half of the antibodies from the drug-sensitive assay; assumed.
    package var maskingLevelUgPerML = 0.5
    /// The lower limit of the drug-sensitive assay in ng/mL: 10 (LISA-TRACKER, after Marquez-Megias 2023).
    package var sensitiveLowerNgPerML = 10.0
    /// The upper limit of the drug-sensitive assay in ng/mL: about 200; assumed.
    package var sensitiveUpperNgPerML = 200.0
    /// What the drug-tolerant assay reads for one ng/mL, in AU/mL; assumed, so that the protocol's cut-off of 10 AU/mL
    /// stands for 33 ng/mL: the two scales differ, and so do the two limbs of pharmacokinetic failure.
    package var tolerantUnitsPerNg = 0.3
    /// The lower limit of the drug-tolerant assay in AU/mL; assumed.
    package var tolerantLowerAUPerML = 5.0
    /// The upper limit of the drug-tolerant assay in AU/mL; assumed.
    package var tolerantUpperAUPerML = 200.0

    static let table: [Parameter] = [
        Parameter("assays.levelCV", \.assays.levelCV, "", .assumed, "10 to 12 %", 0...5),
        Parameter(
            "assays.levelLowerUgPerML", \.assays.levelLowerUgPerML, "ug/mL", .assumed, "kits: 0.1 to 0.3", 0.001...100),
        Parameter(
            "assays.levelUpperUgPerML", \.assays.levelUpperUgPerML, "ug/mL", .assumed, "samples are diluted",
            0.001...10_000),
        Parameter("assays.antibodyCV", \.assays.antibodyCV, "", .assumed, "15 %", 0...5),
        Parameter(
            "assays.maskingLevelUgPerML", \.assays.maskingLevelUgPerML, "ug/mL", .assumed, "drug hides antibodies",
            0.0001...10_000),
        Parameter(
            "assays.sensitiveLowerNgPerML", \.assays.sensitiveLowerNgPerML, "ng/mL", .published,
            "LISA-TRACKER, after Marquez-Megias 2023", 0.01...10_000),
        Parameter(
            "assays.sensitiveUpperNgPerML", \.assays.sensitiveUpperNgPerML, "ng/mL", .assumed, "kits: about 200",
            0.01...100_000),
        Parameter(
            "assays.tolerantUnitsPerNg", \.assays.tolerantUnitsPerNg, "AU/ng", .assumed, "10 AU/mL stand for 33 ng/mL",
            0.0001...10_000),
        Parameter(
            "assays.tolerantLowerAUPerML", \.assays.tolerantLowerAUPerML, "AU/mL", .assumed, "below the cut-off of 10",
            0.01...10_000),
        Parameter(
            "assays.tolerantUpperAUPerML", \.assays.tolerantUpperAUPerML, "AU/mL", .assumed, "the kit's range",
            0.01...100_000),
    ]
}
