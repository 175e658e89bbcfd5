import Trial

/// The instants of one virtual patient: a day of randomisation, and an hour at which the patient comes.
struct PatientCalendar: Sendable {
    /// The midnight of the day of randomisation, in microseconds since 1970.
    private let midnight: Int64
    /// The time of day of the patient's visits, in microseconds.
    private let hour: Int64

    /// 2014-03-03, the first day of recruitment of every virtual trial; assumed.
    private static let firstDay: Int64 = 16_132
    private static let minute: Int64 = 60_000_000

    init(recruitmentDay: Int, visitMinute: Int) {
        midnight = (Self.firstDay + Int64(recruitmentDay)) * Instant.day
        // Visits begin between 8 and 12 o'clock, so that all that follows is on the same day in UTC.
        hour = (8 * 60 + Int64(visitMinute)) * Self.minute
    }

    /// So many minutes after the time of visits, on a day counted from randomisation.
    func time(day: Int, minutes: Int = 0) -> Int64 {
        midnight + Int64(day) * Instant.day + hour + Int64(minutes) * Self.minute
    }

    /// The year of a patient's birth who is so many years old at randomisation.
    func birthYear(age: Int) -> Int {
        let days = Double(midnight / Instant.day)
        return 1970 + Int(days / Retention.daysPerYear) - age
    }
}
