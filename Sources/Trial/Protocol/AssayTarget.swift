extension AssayTarget {
    /// Every target that a protocol file can name: the two that depend on the patient, then all analytes.
    package static let allTargets: [AssayTarget] = [.studyDrug, .antiStudyDrug] + Analyte.allCases.map(Self.analyte)

    /// The word of the protocol file, such as `anti-study-drug` or `calprotectin`.
    package var name: String {
        switch self {
        case .analyte(let analyte): analyte.name
        case .studyDrug: "study-drug"
        case .antiStudyDrug: "anti-study-drug"
        }
    }

    /// Whether this is an antibody, whose assay has a method.
    package var isAntibody: Bool { analytes.contains(where: \.isAntibody) }

    /// The units in which values of this are kept and thresholds are stated, each once.
    package var storedUnits: [Unit] {
        var units: [Unit] = []
        for analyte in analytes {
            for accepted in analyte.acceptedUnits {
                guard let stored = analyte.conversion(from: accepted)?.stored, !units.contains(stored) else { continue }
                units.append(stored)
            }
        }
        return units
    }

    /// The analytes that this may be, depending on the drug of the randomisation.
    private var analytes: [Analyte] {
        let studyDrugs = Drug.allCases.filter(\.isAntiTNF)
        return switch self {
        case .analyte(let analyte): [analyte]
        case .studyDrug: studyDrugs.compactMap(Analyte.level)
        case .antiStudyDrug: studyDrugs.compactMap(Analyte.antibodies)
        }
    }
}
