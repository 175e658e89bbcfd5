extension EventRecord {
    /// What no parsed event could be, `nil` where the record is sound; for records that come from a database.
    ///
    /// Everything that the fold looks up by number is checked here once, so that it need not be checked again.
    package var fault: String? {
        guard isSound else {
            return
                "kind \(kind.word), code \(code), unit \(unit), qualifier \(qualifier), level \(level), value \(value), "
                + "time \(time) is none that an event line can have"
        }
        return nil
    }

    /// Whether the numbers are such as validation gives.
    package var isSound: Bool {
        let limits = Self.limits[Int(kind.rawValue)]
        return code >= limits.firstCode && code <= limits.lastCode && qualifier >= 0
            && qualifier <= limits.lastQualifier
            && level >= 0 && level <= limits.lastLevel && unit >= 0 && unit < Int16(Self.isUnit.count)
            && Self.isUnit[Int(unit)] && value.isFinite && time >= Self.earliest && time <= Self.latest
    }

    private struct Limits {
        var firstCode: Int16
        var lastCode: Int16
        var lastQualifier: Int16 = 0
        var lastLevel: Int16 = 0
    }

    /// By kind: the words and small numbers that it may have.
    private static let limits: [Limits] = [
        Limits(firstCode: 1, lastCode: 0),
        Limits(firstCode: 1, lastCode: 2, lastQualifier: 2),
        Limits(firstCode: 1, lastCode: 2),
        Limits(firstCode: 1, lastCode: 3, lastQualifier: 3),
        Limits(firstCode: 1, lastCode: 8, lastQualifier: 2, lastLevel: 2),
        Limits(firstCode: 1, lastCode: 3, lastLevel: 3),
        Limits(firstCode: 1, lastCode: 4, lastQualifier: 1, lastLevel: 5),
        Limits(firstCode: 1, lastCode: 5),
        Limits(firstCode: 1, lastCode: 4),
        Limits(firstCode: 0, lastCode: 0),
        Limits(firstCode: 0, lastCode: 9),
    ]

    /// By number: whether a unit has it; 0 stands for no unit.
    private static let isUnit: [Bool] = (0..<256).map { $0 == 0 || Unit(rawValue: Int16($0)) != nil }

    /// The years 1 to 9999, beyond which no time can be written in RFC 3339.
    private static let earliest: Int64 = -62_135_596_800_000_000
    private static let latest: Int64 = 253_402_300_799_999_999
}
