/// How the antibodies of patients, one a lane, grow from their first day on.
struct Titre {
    private let plateau: Lanes
    private let ratio: Lanes
    private let growth: Double

    init(_ parameters: ImmunogenicityParameters, plateauNgPerML: Lanes) {
        plateau = plateauNgPerML
        ratio = plateauNgPerML / parameters.firstTitreNgPerML - 1
        growth = parameters.growthPerDay
    }

    /// The titre in ng/mL so many days after the antibodies' first, 0 before it: the logistic curve
    /// A = K / (1 + (K/A0 - 1) e^(-g t)), which starts at A0 and ends at K.
    func value(daysSinceOnset days: Lanes) -> Lanes {
        let value = plateau / (1 + ratio * Lanes.exp(days * -growth))
        return value.where(days .>= 0, else: .zero)
    }

    /// After how many days the titre is the plateau but for one part in a million, and counts as it from then on.
    var daysToPlateau: Lanes { Lanes.log(ratio * 1e6).limited(0, .greatestFiniteMagnitude) / growth }
}
