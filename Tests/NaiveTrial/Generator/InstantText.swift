extension Instant {
    /// Offsets in minutes, among them the widest that the notation allows.
    static let offsets = [0, 60, 120, -300, 330, 840, -720, 1439, -1439]

    /// RFC 3339 as a clock with the given offset shows it; offset 0 is written `Z`.
    func text(offsetMinutes: Int) -> String {
        let local = Instant(microseconds: microseconds + offsetMinutes * 60_000_000)
        var days = local.utcDate
        let inDay = local.microseconds - days * Instant.microsecondsPerDay
        var year = 1900
        while days >= (isLeapYear(year) ? 366 : 365) {
            days -= isLeapYear(year) ? 366 : 365
            year += 1
        }
        var month = 1
        for length in daysInMonths(of: year) {
            guard days >= length else { break }
            days -= length
            month += 1
        }
        let date = "\(year)-\(Instant.twoDigits(month))-\(Instant.twoDigits(days + 1))"
        let seconds = inDay / 1_000_000
        let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map(Instant.twoDigits).joined(separator: ":")
        return date + "T" + clock + Instant.fraction(inDay % 1_000_000) + Instant.zone(offsetMinutes)
    }

    /// RFC 3339, half of the times with another offset than Z.
    func text(_ random: inout SplitMix64) -> String {
        let spelled = text(offsetMinutes: random.chance(50) ? 0 : random.pick(Instant.offsets))
        return spelled.hasSuffix("Z") && random.chance(15) ? spelled.dropLast() + "+00:00" : spelled
    }

    private static func twoDigits(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }

    private static func fraction(_ microseconds: Int) -> String {
        guard microseconds > 0 else { return "" }
        var digits = String(String(1_000_000 + microseconds).dropFirst())
        while digits.hasSuffix("0") { digits.removeLast() }
        return "." + digits
    }

    private static func zone(_ minutes: Int) -> String {
        guard minutes != 0 else { return "Z" }
        let size = abs(minutes)
        return (minutes < 0 ? "-" : "+") + twoDigits(size / 60) + ":" + twoDigits(size % 60)
    }
}
