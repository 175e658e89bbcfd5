import Foundation
import TestData
import Testing

@testable import Trial

struct InstantTests {
    private func parse(_ text: String) -> Int64? { Instant.parse(Array(text.utf8).span) }

    private func fault(_ text: String) -> InstantFault? {
        do throws(InstantFault) {
            _ = try Instant.read(Array(text.utf8).span)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "Reads RFC 3339 times as microseconds since 1970",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01t00:00:00z", 0), ("1970-01-01T01:00:00+01:00", 0),
            ("1969-12-31T23:59:59.999999Z", -1), ("1970-01-01T00:00:00.000001Z", 1),
            ("1970-01-01T00:00:00.5Z", 500_000), ("1970-01-01T00:00:00-00:00", 0),
            ("2016-02-29T12:00:00Z", 1_456_747_200_000_000), ("1900-01-01T00:00:00Z", -2_208_988_800_000_000),
            ("0000-01-01T00:00:00Z", -62_167_219_200_000_000), ("9999-12-31T23:59:59Z", 253_402_300_799_000_000),
            ("1970-01-01T00:00:00+23:59", -86_340_000_000), ("1970-01-01T00:00:00-23:59", 86_340_000_000),
        ] as [(String, Int64)])
    func reads(text: String, expected: Int64) {
        #expect(parse(text) == expected)
    }

    @Test(
        "Tells why a text is no time",
        arguments: [
            ("", .form), ("yesterday", .form), ("2016-03-08", .form), ("2016-03-08 09:30:00Z", .form),
            ("2016-03-08T09:30Z", .form), ("2016-3-08T09:30:00Z", .form), ("2016-03-08T09:30:00.Z", .form),
            ("2016-03-08T09:30:00Zulu", .form), ("2016-03-08T09:30:00+0100", .form), ("+016-03-08T09:30:00Z", .form),
            ("2016-03-08T09:30:00,5Z", .form), ("2016-03-08T09:30:00+01", .form), ("2016-03-08T09:30:00Z ", .form),
            ("2016-03-08T09:30:00", .noOffset), ("2016-03-08T09:30:00.25", .noOffset),
            ("2016-03-08T09:30:00.1234567Z", .fraction), ("2016-03-08T09:30:00.0000000Z", .fraction),
            ("2016-12-31T23:59:60Z", .leapSecond), ("2016-03-08T09:30:61Z", .impossible),
            ("2015-02-29T00:00:00Z", .impossible), ("1900-02-29T00:00:00Z", .impossible),
            ("2016-04-31T00:00:00Z", .impossible), ("2016-13-01T00:00:00Z", .impossible),
            ("2016-00-01T00:00:00Z", .impossible), ("2016-01-00T00:00:00Z", .impossible),
            ("2016-01-01T24:00:00Z", .impossible), ("2016-01-01T00:60:00Z", .impossible),
            ("2016-01-01T00:00:00+24:00", .impossible), ("2016-01-01T00:00:00+00:60", .impossible),
        ] as [(String, InstantFault)])
    func faults(text: String, expected: InstantFault) {
        #expect(fault(text) == expected)
        #expect(parse(text) == nil)
    }

    @Test("A century is a leap year only every fourth time")
    func leapCenturies() {
        #expect(parse("2000-02-29T00:00:00Z") != nil)
        #expect(parse("2100-02-29T00:00:00Z") == nil)
    }

    @Test(
        "Writes UTC with no more fractional digits than needed",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999999Z"), (500_000, "1970-01-01T00:00:00.5Z"),
            (120_000, "1970-01-01T00:00:00.12Z"), (1, "1970-01-01T00:00:00.000001Z"),
            (1_457_429_400_000_000, "2016-03-08T09:30:00Z"), (253_402_300_800_000_000, "+10000-01-01T00:00:00Z"),
        ] as [(Int64, String)])
    func writes(instant: Int64, expected: String) {
        #expect(Instant.text(instant) == expected)
    }

    @Test("Days begin at midnight UTC, before 1970 too")
    func dayNumbers() {
        #expect(Instant.dayNumber(0) == 0)
        #expect(Instant.dayNumber(-1) == -1)
        #expect(Instant.dayNumber(-Instant.day) == -1)
        #expect(Instant.dayNumber(-Instant.day - 1) == -2)
        #expect(Instant.dayNumber(Instant.day - 1) == 0)
        #expect(Instant.dateText(ofDay: 16_868) == "2016-03-08")
        #expect(Instant.dateText(ofDay: -1) == "1969-12-31")
    }

    @Test(
        "Agrees with Foundation's calendar on seeded instants of the years 1600 to 9999", arguments: [1, 2] as [UInt64])
    func agreesWithFoundation(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
        for _ in 0..<4000 {
            let seconds = Int64.random(in: -11_670_998_400..<253_402_300_800, using: &random)
            let date = Date(timeIntervalSince1970: Double(seconds))
            let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
            let digits = [parts.month, parts.day, parts.hour, parts.minute, parts.second].map { part in
                let text = String(part ?? -1)
                return text.count == 1 ? "0" + text : text
            }
            let year = String(parts.year ?? -1)
            let expected = "\(year)-\(digits[0])-\(digits[1])T\(digits[2]):\(digits[3]):\(digits[4])Z"
            try #require(Instant.text(seconds * 1_000_000) == expected, "seed \(seed)")
            try #require(parse(expected) == seconds * 1_000_000, "seed \(seed)")
        }
    }

    @Test("Every instant reads back from its text, whatever its fraction", arguments: [11] as [UInt64])
    func readsBack(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<20_000 {
            let instant = Int64.random(in: -62_167_219_200_000_000..<253_402_300_800_000_000, using: &random)
            try #require(parse(Instant.text(instant)) == instant, "seed \(seed)")
        }
    }

    @Test("Every day of nine centuries has the date after the day before it")
    func successiveDays() {
        var expected = (year: 1600, month: 1, day: 1)
        for day in Instant.dayNumber(year: 1600, month: 1, day: 1)...Instant.dayNumber(year: 2500, month: 12, day: 31) {
            let date = Instant.date(ofDay: day)
            if date != expected { Issue.record("day \(day) is \(date), not \(expected)") }
            if Instant.dayNumber(year: date.year, month: date.month, day: date.day) != day {
                Issue.record("\(date) is not day \(day)")
            }
            expected.day += 1
            if expected.day > Instant.days(inMonth: expected.month, of: expected.year) {
                expected = expected.month == 12 ? (expected.year + 1, 1, 1) : (expected.year, expected.month + 1, 1)
            }
        }
    }
}
