/// Instants as microseconds since 1970-01-01T00:00:00Z, and their spelling after RFC 3339.
///
/// The calendar is the proleptic Gregorian one without leap seconds, as POSIX counts and as RFC 3339 assumes.
package enum Instant {
    /// Microseconds in a second.
    package static let second: Int64 = 1_000_000
    /// Microseconds in a day.
    package static let day: Int64 = 86_400_000_000

    /// The days since 1970-01-01 of the UTC date on which an instant lies; before 1970 they are negative.
    package static func dayNumber(_ microseconds: Int64) -> Int {
        var days = microseconds / day
        if microseconds % day < 0 { days -= 1 }
        return Int(days)
    }

    /// The day number of a date of the proleptic Gregorian calendar.
    ///
    /// The year is taken to begin in March, so that the leap day is the last of its year; after Hinnant,
    /// "chrono-Compatible Low-Level Date Algorithms" (2013).
    package static func dayNumber(year: Int, month: Int, day: Int) -> Int {
        let marchYear = month > 2 ? year : year - 1
        let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The date of a day number.
    package static func date(ofDay dayNumber: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = dayNumber + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    /// How many days a month has.
    static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Writes an instant in UTC, such as `2016-03-08T09:30:00Z`, with the fewest fractional digits that are exact.
    ///
    /// A year outside 0000 to 9999, which RFC 3339 cannot spell, is written with its sign and all its digits.
    package static func append(_ microseconds: Int64, to output: inout [UInt8]) {
        let days = dayNumber(microseconds)
        appendDate(ofDay: days, to: &output)
        let rest = Int(microseconds % day + (microseconds % day < 0 ? day : 0))
        let seconds = rest / 1_000_000
        output.append(UInt8(ascii: "T"))
        CanonicalJSON.append(whole: seconds / 3600, width: 2, to: &output)
        output.append(UInt8(ascii: ":"))
        CanonicalJSON.append(whole: seconds / 60 % 60, width: 2, to: &output)
        output.append(UInt8(ascii: ":"))
        CanonicalJSON.append(whole: seconds % 60, width: 2, to: &output)
        let fraction = rest % 1_000_000
        if fraction > 0 {
            output.append(UInt8(ascii: "."))
            CanonicalJSON.append(whole: fraction, width: 6, to: &output)
            while output.last == UInt8(ascii: "0") { output.removeLast() }
        }
        output.append(UInt8(ascii: "Z"))
    }

    /// Writes the date of a day number, such as `2016-03-08`.
    package static func appendDate(ofDay dayNumber: Int, to output: inout [UInt8]) {
        let (year, month, day) = date(ofDay: dayNumber)
        if year > 9999 { output.append(UInt8(ascii: "+")) }
        CanonicalJSON.append(whole: year, width: 4, to: &output)
        output.append(UInt8(ascii: "-"))
        CanonicalJSON.append(whole: month, width: 2, to: &output)
        output.append(UInt8(ascii: "-"))
        CanonicalJSON.append(whole: day, width: 2, to: &output)
    }

    /// An instant in UTC as text, such as `2016-03-08T09:30:00Z`.
    package static func text(_ microseconds: Int64) -> String {
        var output: [UInt8] = []
        append(microseconds, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// The date of a day number as text, such as `2016-03-08`.
    package static func dateText(ofDay dayNumber: Int) -> String {
        var output: [UInt8] = []
        appendDate(ofDay: dayNumber, to: &output)
        return String(decoding: output, as: UTF8.self)
    }
}
