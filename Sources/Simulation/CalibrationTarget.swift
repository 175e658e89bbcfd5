/// A figure that the calibrated model should give.
package struct CalibrationTarget: Sendable, Equatable {
    /// Which patients are looked at.
    package enum Patients: String, Sendable, CaseIterable {
        /// Both drugs, in the trial's shares.
        case all
        case infliximab
        case adalimumab
    }

    /// The endpoint, by its place in the protocol roblin-2020: 0 is clinical failure, 1 pharmacokinetic failure.
    package let endpoint: Int
    /// Whether it is the arm with azathioprine.
    package let azathioprine: Bool
    /// Which patients are looked at.
    package let patients: Patients
    /// The day; where it is not the last one it lies between two visits, so that windows do not matter.
    package let day: Int
    /// The share without failure on that day.
    package let survival: Double
    /// How far from it is far: the residual is divided by this.
    package let tolerance: Double
    /// Where the figure comes from, as a phrase.
    package let source: String

    /// The targets of the scenario `roblin-2020`.
    ///
    /// The four published figures count most. That both drugs do alike is an assumption, since the trial did not report
    /// them apart; the course in between is the Weibull curve through the published median and the figure at 24 months
    /// (shape 2; scale 19.5 months, and 46.9 with azathioprine), of which a visit reports what happened since the last.
    package static let all: [CalibrationTarget] = published + alike + course

    private static let published: [CalibrationTarget] = [
        (0, false, 0.22), (0, true, 0.77), (1, false, 0.22), (1, true, 0.78),
    ].map { endpoint, azathioprine, survival in
        CalibrationTarget(
            endpoint: endpoint, azathioprine: azathioprine, patients: .all, day: 730, survival: survival,
            tolerance: 0.003, source: "Roblin 2020")
    }

    private static let alike: [CalibrationTarget] = published.flatMap { target in
        [Patients.infliximab, .adalimumab].map { patients in
            CalibrationTarget(
                endpoint: target.endpoint, azathioprine: target.azathioprine, patients: patients, day: 730,
                survival: target.survival, tolerance: 0.02, source: "both drugs alike")
        }
    }

    private static let course: [CalibrationTarget] = [
        (false, 225, 0.910), (false, 410, 0.685), (false, 500, 0.554), (false, 590, 0.427), (false, 680, 0.314),
        (true, 410, 0.937), (true, 590, 0.863),
    ].map { azathioprine, day, survival in
        CalibrationTarget(
            endpoint: 0, azathioprine: azathioprine, patients: .all, day: day, survival: survival, tolerance: 0.02,
            source: "course of the curve")
    }
}
