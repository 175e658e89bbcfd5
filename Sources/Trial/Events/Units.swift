/// What a laboratory measures.
package enum Analyte: Int16, VocabularyTerm {
    case infliximab = 1
    case adalimumab = 2
    case antiInfliximab = 3
    case antiAdalimumab = 4
    case calprotectin = 5
    case crp = 6
    case albumin = 7
    case thioguanine = 8

    /// The list's name in the table `vocabulary`.
    package static let domain = "analyte"
    /// The word as it stands in an event line.
    package var name: String {
        switch self {
        case .infliximab: "infliximab"
        case .adalimumab: "adalimumab"
        case .antiInfliximab: "anti-infliximab"
        case .antiAdalimumab: "anti-adalimumab"
        case .calprotectin: "calprotectin"
        case .crp: "crp"
        case .albumin: "albumin"
        case .thioguanine: "6-tgn"
        }
    }

    /// The drug whose trough level this is, or against which these antibodies are.
    package var drug: Drug? {
        switch self {
        case .infliximab, .antiInfliximab: .infliximab
        case .adalimumab, .antiAdalimumab: .adalimumab
        case .calprotectin, .crp, .albumin, .thioguanine: nil
        }
    }

    /// Whether this is an antibody against a drug, and its assay therefore has a method.
    package var isAntibody: Bool { self == .antiInfliximab || self == .antiAdalimumab }

    /// The trough level of this drug, where it is measured.
    package static func level(of drug: Drug) -> Analyte? {
        switch drug {
        case .infliximab: .infliximab
        case .adalimumab: .adalimumab
        case .azathioprine: nil
        }
    }

    /// The antibodies against this drug, where they are measured.
    package static func antibodies(against drug: Drug) -> Analyte? {
        switch drug {
        case .infliximab: .antiInfliximab
        case .adalimumab: .antiAdalimumab
        case .azathioprine: nil
        }
    }

    /// How a unit of this analyte is read: the unit in which observations are kept, and the factor to it.
    ///
    /// - Returns: `nil` where the unit does not fit the analyte.
    package func conversion(from unit: Unit) -> (factor: Double, stored: Unit)? {
        switch (self, unit.canonical) {
        case (.infliximab, .microgramPerMillilitre), (.infliximab, .milligramPerLitre),
            (.adalimumab, .microgramPerMillilitre), (.adalimumab, .milligramPerLitre):
            (1, .microgramPerMillilitre)
        case (.infliximab, .nanogramPerMillilitre), (.adalimumab, .nanogramPerMillilitre):
            (0.001, .microgramPerMillilitre)
        case (.antiInfliximab, .nanogramPerMillilitre), (.antiInfliximab, .microgramPerLitre),
            (.antiAdalimumab, .nanogramPerMillilitre), (.antiAdalimumab, .microgramPerLitre):
            (1, .nanogramPerMillilitre)
        case (.antiInfliximab, .microgramPerMillilitre), (.antiAdalimumab, .microgramPerMillilitre):
            (1000, .nanogramPerMillilitre)
        case (.antiInfliximab, .arbitraryUnitPerMillilitre), (.antiAdalimumab, .arbitraryUnitPerMillilitre):
            (1, .arbitraryUnitPerMillilitre)
        case (.calprotectin, .microgramPerGram), (.calprotectin, .milligramPerKilogram):
            (1, .microgramPerGram)
        case (.crp, .milligramPerLitre): (1, .milligramPerLitre)
        case (.crp, .milligramPerDecilitre): (10, .milligramPerLitre)
        case (.albumin, .gramPerLitre): (1, .gramPerLitre)
        case (.albumin, .gramPerDecilitre): (10, .gramPerLitre)
        case (.thioguanine, .picomolePer8e8RedCells): (1, .picomolePer8e8RedCells)
        default: nil
        }
    }

    /// The units that fit this analyte, in their plain spelling.
    package var acceptedUnits: [Unit] {
        Unit.allCases.filter { $0.canonical == $0 && conversion(from: $0) != nil }
    }
}

/// A unit in one of its spellings, since the unit as sent is kept and given back.
///
/// The micro sign (U+00B5) and the Greek letter mu (U+03BC) are read as `u`: a spelling with either has the number of the
/// plain one plus 100 or 200, and the same ``canonical`` unit.
package enum Unit: Int16, VocabularyTerm {
    case milligram = 1
    case milligramPerKilogram = 2
    case milligramPerKilogramPerDay = 3
    case microgramPerMillilitre = 10
    case milligramPerLitre = 11
    case nanogramPerMillilitre = 12
    case microgramPerLitre = 13
    case arbitraryUnitPerMillilitre = 14
    case microgramPerGram = 15
    case milligramPerDecilitre = 16
    case gramPerLitre = 17
    case gramPerDecilitre = 18
    case picomolePer8e8RedCells = 19
    case microSignGramPerMillilitre = 110
    case microSignGramPerLitre = 113
    case microSignGramPerGram = 115
    case greekMuGramPerMillilitre = 210
    case greekMuGramPerLitre = 213
    case greekMuGramPerGram = 215

    /// The list's name in the table `vocabulary`.
    package static let domain = "unit"
    /// The word as it stands in an event line.
    package var name: String {
        switch self {
        case .milligram: "mg"
        case .milligramPerKilogram: "mg/kg"
        case .milligramPerKilogramPerDay: "mg/kg/day"
        case .microgramPerMillilitre: "ug/mL"
        case .milligramPerLitre: "mg/L"
        case .nanogramPerMillilitre: "ng/mL"
        case .microgramPerLitre: "ug/L"
        case .arbitraryUnitPerMillilitre: "AU/mL"
        case .microgramPerGram: "ug/g"
        case .milligramPerDecilitre: "mg/dL"
        case .gramPerLitre: "g/L"
        case .gramPerDecilitre: "g/dL"
        case .picomolePer8e8RedCells: "pmol/8e8RBC"
        case .microSignGramPerMillilitre: "\u{B5}g/mL"
        case .microSignGramPerLitre: "\u{B5}g/L"
        case .microSignGramPerGram: "\u{B5}g/g"
        case .greekMuGramPerMillilitre: "\u{3BC}g/mL"
        case .greekMuGramPerLitre: "\u{3BC}g/L"
        case .greekMuGramPerGram: "\u{3BC}g/g"
        }
    }

    /// The same unit in its plain spelling.
    package var canonical: Unit { Unit(rawValue: rawValue % 100) ?? self }

    /// Whether a dose may be stated in this unit.
    package var isDoseUnit: Bool { rawValue <= Unit.milligramPerKilogramPerDay.rawValue }
}
