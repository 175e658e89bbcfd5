/// One accepted spelling of a unit, the unit it is stored in, and the factor between them.
struct AcceptedUnit {
    var sent: String
    var unit: String
    var factor: Double
}

/// The accepted units of an analyte; empty when there is no such analyte.
func acceptedUnits(of analyte: String) -> [AcceptedUnit] {
    switch analyte {
    case "infliximab", "adalimumab":
        [
            AcceptedUnit(sent: "ug/mL", unit: "ug/mL", factor: 1),
            AcceptedUnit(sent: "mg/L", unit: "ug/mL", factor: 1),
            AcceptedUnit(sent: "ng/mL", unit: "ug/mL", factor: 0.001),
        ]
    case "anti-infliximab", "anti-adalimumab":
        [
            AcceptedUnit(sent: "ng/mL", unit: "ng/mL", factor: 1),
            AcceptedUnit(sent: "ug/L", unit: "ng/mL", factor: 1),
            AcceptedUnit(sent: "ug/mL", unit: "ng/mL", factor: 1000),
            AcceptedUnit(sent: "AU/mL", unit: "AU/mL", factor: 1),
        ]
    case "calprotectin":
        [
            AcceptedUnit(sent: "ug/g", unit: "ug/g", factor: 1),
            AcceptedUnit(sent: "mg/kg", unit: "ug/g", factor: 1),
        ]
    case "crp":
        [
            AcceptedUnit(sent: "mg/L", unit: "mg/L", factor: 1),
            AcceptedUnit(sent: "mg/dL", unit: "mg/L", factor: 10),
        ]
    case "albumin":
        [
            AcceptedUnit(sent: "g/L", unit: "g/L", factor: 1),
            AcceptedUnit(sent: "g/dL", unit: "g/L", factor: 10),
        ]
    case "6-tgn":
        [AcceptedUnit(sent: "pmol/8e8RBC", unit: "pmol/8e8RBC", factor: 1)]
    default:
        []
    }
}

/// The unit in which a value is kept, and the factor that brings it there.
///
/// The micro sign and the Greek letter mu are read as `u`.
func storedUnit(of analyte: String, sentIn unit: String) -> AcceptedUnit? {
    var plain = String.UnicodeScalarView()
    for scalar in unit.unicodeScalars {
        plain.append(scalar == "\u{B5}" || scalar == "\u{3BC}" ? "u" : scalar)
    }
    return acceptedUnits(of: analyte).first { sameBytes($0.sent, String(plain)) }
}
