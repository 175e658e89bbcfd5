/// Why a text is no instant that the event format takes.
package enum InstantFault: Error, Equatable, Sendable {
    /// Not of the form of RFC 3339's `date-time`.
    case form
    /// Date and time are there, the offset is not.
    case noOffset
    /// More fractional digits than microseconds can hold.
    case fraction
    /// The second 60.
    case leapSecond
    /// A month, day, hour, minute, second or offset that does not exist.
    case impossible

    /// What was expected, as the second half of a sentence.
    package var expectation: String {
        switch self {
        case .form: "a time is written as in RFC 3339, such as 2016-03-08T09:30:00Z"
        case .noOffset: "a time has an offset from UTC at its end, such as Z or +01:00"
        case .fraction: "a time has at most six fractional digits of a second"
        case .leapSecond: "leap seconds are not taken; seconds go from 00 to 59"
        case .impossible:
            "there is no such instant; a time has a date of the calendar, hours 00 to 23, minutes and seconds 00 "
                + "to 59, and an offset of at most 23:59"
        }
    }
}

extension Instant {
    /// Reads a time of RFC 3339 with offset.
    ///
    /// - Returns: Microseconds since 1970-01-01T00:00:00Z, or `nil` where it is none; ``read(_:)`` tells why.
    package static func parse(_ text: Span<UInt8>) -> Int64? {
        try? read(text)
    }

    /// Reads a time of RFC 3339 with offset: years 0000 to 9999, at most six fractional digits, no leap second.
    ///
    /// `t` and `z` may be lower case, as the grammar of RFC 3339 has it.
    /// - Returns: Microseconds since 1970-01-01T00:00:00Z.
    package static func read(_ text: Span<UInt8>) throws(InstantFault) -> Int64 {
        guard text.count >= 19, hasForm(text) else { throw .form }
        let year = two(text, at: 0) * 100 + two(text, at: 2)
        let (month, dayOfMonth) = (two(text, at: 5), two(text, at: 8))
        let (hour, minute, seconds) = (two(text, at: 11), two(text, at: 14), two(text, at: 17))
        var cursor = 19
        let fraction = try fraction(text, at: &cursor)
        let offset = try offset(text, at: cursor)
        guard seconds != 60 else { throw .leapSecond }
        guard month >= 1, month <= 12, dayOfMonth >= 1, dayOfMonth <= days(inMonth: month, of: year),
            hour <= 23, minute <= 59, seconds <= 59
        else { throw .impossible }
        let days = Int64(dayNumber(year: year, month: month, day: dayOfMonth))
        let secondsOfDay = Int64(hour * 3600 + (minute - offset) * 60 + seconds)
        return days * day + secondsOfDay * second + Int64(fraction)
    }

    /// Whether the first 19 bytes are digits and signs where a date and time have them.
    private static func hasForm(_ text: Span<UInt8>) -> Bool {
        text[4] == UInt8(ascii: "-") && text[7] == UInt8(ascii: "-") && text[10] | 0x20 == UInt8(ascii: "t")
            && text[13] == UInt8(ascii: ":") && text[16] == UInt8(ascii: ":")
            && text[0].isDigit && text[1].isDigit && text[2].isDigit && text[3].isDigit
            && text[5].isDigit && text[6].isDigit && text[8].isDigit && text[9].isDigit
            && text[11].isDigit && text[12].isDigit && text[14].isDigit && text[15].isDigit
            && text[17].isDigit && text[18].isDigit
    }

    private static func two(_ text: Span<UInt8>, at index: Int) -> Int {
        Int(text[index].digit) * 10 + Int(text[index + 1].digit)
    }

    /// The microseconds after the dot, if there is one.
    private static func fraction(_ text: Span<UInt8>, at cursor: inout Int) throws(InstantFault) -> Int {
        guard cursor < text.count, text[cursor] == UInt8(ascii: ".") else { return 0 }
        cursor += 1
        let start = cursor
        var (fraction, scale) = (0, 1_000_000)
        while cursor < text.count, text[cursor].isDigit {
            if scale > 1 { (fraction, scale) = (fraction * 10 + Int(text[cursor].digit), scale / 10) }
            cursor += 1
        }
        guard cursor > start else { throw .form }
        guard cursor - start <= 6 else { throw .fraction }
        return fraction * scale
    }

    /// The minutes by which local time is ahead of UTC; it must end the text.
    private static func offset(_ text: Span<UInt8>, at cursor: Int) throws(InstantFault) -> Int {
        guard cursor < text.count else { throw .noOffset }
        let sign = text[cursor]
        if sign | 0x20 == UInt8(ascii: "z") {
            guard cursor + 1 == text.count else { throw .form }
            return 0
        }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), cursor + 6 == text.count,
            text[cursor + 1].isDigit, text[cursor + 2].isDigit, text[cursor + 3] == UInt8(ascii: ":"),
            text[cursor + 4].isDigit, text[cursor + 5].isDigit
        else { throw .form }
        let (hours, minutes) = (two(text, at: cursor + 1), two(text, at: cursor + 4))
        guard hours <= 23, minutes <= 59 else { throw .impossible }
        return (hours * 60 + minutes) * (sign == UInt8(ascii: "+") ? 1 : -1)
    }
}
