/// A moment in microseconds since 1900-01-01T00:00:00Z.
struct Instant: Equatable {
    static let microsecondsPerDay = 86_400_000_000

    var microseconds: Int

    /// The UTC calendar date as a number: 0 is 1900-01-01.
    var utcDate: Int {
        let whole = microseconds / Instant.microsecondsPerDay
        let rest = microseconds % Instant.microsecondsPerDay
        return rest < 0 ? whole - 1 : whole
    }
}

func isLeapYear(_ year: Int) -> Bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

func daysInMonths(of year: Int) -> [Int] {
    [31, isLeapYear(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

/// Counts the days from 1900-01-01 to a date, year by year and month by month.
func dateNumber(year: Int, month: Int, day: Int) -> Int {
    var days = 0
    for earlier in 1900..<max(1900, year) {
        days += isLeapYear(earlier) ? 366 : 365
    }
    days += daysInMonths(of: year).prefix(month - 1).reduce(0, +)
    return days + day - 1
}

extension Instant {
    /// Reads RFC 3339 with offset: `2016-03-08T09:30:00.25+01:00`.
    ///
    /// - Throws: `NaiveTrial.Failure.time` when the text is anything else.
    init(_ text: String) throws(NaiveTrial.Failure) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) throws(NaiveTrial.Failure) -> Int {
            guard range.upperBound <= bytes.count else { throw .time(text) }
            var value = 0
            for byte in bytes[range] {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { throw .time(text) }
                value = value * 10 + Int(byte - UInt8(ascii: "0"))
            }
            return value
        }
        let (year, month, day) = (try number(0..<4), try number(5..<7), try number(8..<10))
        let (hour, minute, second) = (try number(11..<13), try number(14..<16), try number(17..<19))
        guard
            bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"), bytes[10] == UInt8(ascii: "T"),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            year >= 1900, (1...12).contains(month), day >= 1, day <= daysInMonths(of: year)[month - 1],
            hour < 24, minute < 60, second < 60
        else { throw .time(text) }

        var place = 19
        var fraction = 0
        if place < bytes.count, bytes[place] == UInt8(ascii: ".") {
            let digits = bytes[(place + 1)...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard (1...6).contains(digits.count) else { throw .time(text) }
            fraction = try number(place + 1..<place + 1 + digits.count)
            for _ in digits.count..<6 { fraction *= 10 }
            place += 1 + digits.count
        }

        let offsetMinutes: Int
        let zone = bytes[min(place, bytes.count)...]
        if zone.elementsEqual("Z".utf8) {
            offsetMinutes = 0
        } else {
            guard zone.count == 6, let sign = zone.first, zone[place + 3] == UInt8(ascii: ":"),
                sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-")
            else { throw .time(text) }
            let minutes = try number(place + 1..<place + 3) * 60 + number(place + 4..<place + 6)
            offsetMinutes = sign == UInt8(ascii: "+") ? minutes : -minutes
        }

        // A clock with offset +01:00 shows one hour more than UTC.
        let seconds = hour * 3600 + minute * 60 + second - offsetMinutes * 60
        let days = dateNumber(year: year, month: month, day: day)
        microseconds = days * Instant.microsecondsPerDay + seconds * 1_000_000 + fraction
    }
}
