/// When patients are seen, and when results arrive.
package struct VisitParameters: Sendable, Equatable {
    /// The planned days of the visits after the one at randomisation: weeks 2, 6 and 14, then every 13 weeks to week
    /// 104; assumed.
    package var days = [14, 42, 98, 182, 273, 364, 455, 546, 637, 728]
    /// How many days early or late a visit may be, evenly; assumed.
    package var windowDays = 5.0
    /// The probability that a visit is missed; assumed.
    package var missedShare = 0.03
    /// The greatest number of days before the visit from which a stool sample is; assumed.
    package var stoolDays = 3.0
    /// The greatest number of days that a laboratory takes to report; assumed.
    package var laboratoryDays = 7.0

    /// The first day on which a site may call a patient failed: the first that counts in the protocol roblin-2020.
    static let firstFailureDay = 84.0
    /// The last day of follow-up.
    package static let lastDay = 730
    /// The planned visits that a scenario may have at most.
    package static let greatestCount = 64

    static let table: [Parameter] = [
        Parameter("visits.windowDays", \.visits.windowDays, "d", .assumed, "a usual window", 0...13, isWhole: true),
        Parameter("visits.missedShare", \.visits.missedShare, "", .assumed, "few in a trial", 0...1),
        Parameter(
            "visits.stoolDays", \.visits.stoolDays, "d", .assumed, "stool is brought along", 0...13, isWhole: true),
        Parameter(
            "visits.laboratoryDays", \.visits.laboratoryDays, "d", .assumed, "send-out assays", 0...90, isWhole: true),
    ]
}
