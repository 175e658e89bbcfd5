/// What is found at one visit of eight patients, as sites and laboratories report it.
struct VisitFindings: Sendable {
    /// The day of the visit.
    let day: Lanes
    /// Whether the patient came.
    let isAttended: LaneMask
    /// The day of the stool sample.
    let stoolDay: Lanes
    /// The day of the blood sample for drug level and antibodies, before that day's dose.
    let bloodDay: Lanes
    /// Faecal calprotectin in ug/g.
    let calprotectinUgPerG: Lanes
    /// C-reactive protein in mg/L.
    let crpMgPerL: Lanes
    /// The Harvey-Bradshaw index.
    let hbi: Lanes
    /// The Mayo score, endoscopy included.
    let mayo: Lanes
    /// The endoscopic subscore.
    let endoscopy: Lanes
    /// A number between 0 and 1 that shares a score out to its items.
    let items: Lanes
    /// The drug level in ug/mL, within the limits of quantification.
    let levelUgPerML: Lanes
    /// Antibodies by the drug-sensitive assay in ng/mL, within the limits of quantification.
    let sensitiveNgPerML: Lanes
    /// Antibodies by the drug-tolerant assay in AU/mL, within the limits of quantification.
    let tolerantAUPerML: Lanes
    /// 6-thioguanine nucleotides in pmol per 8e8 red cells.
    let thioguaninePmol: Lanes

    /// Who has failed by the scores of the published definition of clinical failure: HBI of at least 5 with
    /// calprotectin above 250 ug/g, or Mayo above 5 with endoscopy above 1.
    func hasFailed(crohn: LaneMask) -> LaneMask {
        let crohnFailure = (hbi .>= 5) .& (calprotectinUgPerG .> 250)
        let colitisFailure = (mayo .> 5) .& (endoscopy .> 1)
        return isAttended .& ((crohn .& crohnFailure) .| (.!crohn .& colitisFailure))
    }

    /// What is found of one of the patients.
    func patient(_ lane: Int) -> PatientFindings {
        PatientFindings(
            day: Int(day[lane]), isAttended: isAttended[lane], stoolDay: Int(stoolDay[lane]),
            bloodDay: Int(bloodDay[lane]), calprotectinUgPerG: calprotectinUgPerG[lane], crpMgPerL: crpMgPerL[lane],
            hbi: Int(hbi[lane]), mayo: Int(mayo[lane]), endoscopy: Int(endoscopy[lane]), items: items[lane],
            levelUgPerML: levelUgPerML[lane], sensitiveNgPerML: sensitiveNgPerML[lane],
            tolerantAUPerML: tolerantAUPerML[lane], thioguaninePmol: thioguaninePmol[lane])
    }
}

/// What is found at one visit of one patient; the fields are those of ``VisitFindings``.
struct PatientFindings: Sendable {
    let day: Int
    let isAttended: Bool
    let stoolDay: Int
    let bloodDay: Int
    let calprotectinUgPerG: Double
    let crpMgPerL: Double
    let hbi: Int
    let mayo: Int
    let endoscopy: Int
    let items: Double
    let levelUgPerML: Double
    let sensitiveNgPerML: Double
    let tolerantAUPerML: Double
    let thioguaninePmol: Double
}
