/// An event before it is written as a line.
struct EventDraft {
    var subject: String
    var identity: Identity
    var type: String
    var time: Instant
    var data: JSONValue
    /// A CloudEvents extension attribute that some events carry.
    var station: String?

    /// The event as a line, in the usual spelling or in another one of the same content.
    func line(plain: Bool, _ random: inout SplitMix64) -> String {
        var members: [(key: String, value: JSONValue)] = [
            ("specversion", .text("1.0")), ("id", .text(identity.id)), ("source", .text(identity.source)),
            ("type", .text(type)), ("subject", .text(subject)),
            ("time", .text(plain ? time.text(offsetMinutes: 0) : time.text(&random))), ("data", data),
        ]
        if let station { members.append(("station", .text(station))) }
        let object = JSONValue.object(members)
        return plain ? object.plain : object.spelled(&random)
    }
}

/// What an event says, without its name and time.
struct Statement {
    var type: String
    var data: JSONValue

    init(_ kind: String, _ members: [(key: String, value: JSONValue)]) {
        type = "trough.\(kind).v1"
        data = .object(members)
    }
}

/// Names chosen so that byte order, Unicode order, UTF-16 order, numeric order and case-blind order all differ.
enum Names {
    static let subjects = [
        "SE-014", "se-014", "10", "9", "\u{C9}-1", "E\u{301}-1", "P \"q\" \\ /", "\u{FF5A}", "\u{1F600}", "SE-0", "Z",
        "a",
    ]
    static let sources = ["/s", "/S", "/s/1", "/10", "/9", "urn:lab:1", "https://lab.example/x?y=1#z", "/%C3%A9", "/-"]
    static let ids = [
        "9", "10", "1", "a", "A", "B", "b", "\u{E9}", "e\u{301}", "e", "\u{DF}", "ss", "\u{FF5A}", "\u{1F600}", "z",
        "Z",
        "\u{2126}", "\u{3A9}", "a b", "a\"b", "a\\b", "/", "s", "1/9", "01J9Z6T3", "01j9z6t3", "-", "_",
    ]
    /// Ids that each of the orders above, or Swift's equality, would sort or tell apart otherwise.
    static let rivals = [
        ["9", "10", "1/9"], ["9", "10"], ["a", "B", "b", "A"], ["\u{E9}", "e\u{301}"], ["\u{FF5A}", "\u{1F600}"],
        ["\u{2126}", "\u{3A9}"], ["z", "\u{E9}"], ["01J9Z6T3", "01j9z6t3"], ["s", "\u{DF}", "ss"],
    ]
    /// Arms outside every generated protocol; the first is the decomposed spelling of one that is inside.
    static let strangeArms = ["bras-e\u{301}", "Combination", "arm \"x\"\\\t\n\u{1}/", "combination ", "\u{E9}"]
}
