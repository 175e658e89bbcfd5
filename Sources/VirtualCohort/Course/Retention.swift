/// When eight patients stop a drug because of an adverse event, and when they leave the trial.
struct Retention: Sendable {
    /// The day of the adverse event that stops a drug, infinite where there is none.
    let adverseEventDay: Lanes
    /// Whether that event stops azathioprine; else it stops the anti-TNF.
    let stopsAzathioprine: LaneMask
    /// The day of the withdrawal from the trial, infinite where there is none.
    let withdrawalDay: Lanes
    /// A number between 0 and 1 that decides the reason of the withdrawal.
    let withdrawalReason: Lanes

    /// The mean length of a month in days, as the endpoints count months.
    static let daysPerMonth = 30.4375
    /// The mean length of a year in days.
    static let daysPerYear = 365.25

    init(_ parameters: RetentionParameters, _ group: PatientGroup) {
        let (stop, which) = group.streams.uniforms(.adverseEventStop)
        let rate =
            Lanes(repeating: parameters.azathioprineAdverseEventStopsPerMonth / Self.daysPerMonth)
            .where(
                group.azathioprine,
                else: Lanes(repeating: parameters.adverseEventStopsPerMonth / Self.daysPerMonth))
        adverseEventDay = Self.day(of: stop, rate: rate)
        stopsAzathioprine = group.azathioprine .& (which .< parameters.azathioprineStopShare)
        let (leave, reason) = group.streams.uniforms(.dropOut)
        withdrawalDay = Self.day(of: leave, rate: Lanes(repeating: parameters.dropOutsPerYear / Self.daysPerYear))
        withdrawalReason = reason
    }

    /// The day from which on the anti-TNF is not given.
    var antiTNFStopDay: Lanes { Lanes(repeating: .infinity).where(stopsAzathioprine, else: adverseEventDay) }

    /// The day after randomisation on which an exponential time of this rate per day ends; infinite with the rate 0.
    private static func day(of chance: Lanes, rate: Lanes) -> Lanes {
        let hasRate = rate .> 0
        let time = -Lanes.log(chance) / rate.where(hasRate, else: Lanes(repeating: 1))
        return (time.limited(0, 1e9).floors + 1).where(hasRate, else: Lanes(repeating: .infinity))
    }
}
