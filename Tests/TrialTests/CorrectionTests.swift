import Testing

@testable import Trial

struct CorrectionTests {
    private static let dose =
        #"{"type":"trough.dose.v1","time":"2016-03-08T10:30:00+01:00","data":{"route":"IV","amount":5.0,"unit":"mg/kg","drug":"infliximab"}}"#

    private static func correction(_ data: String) -> String { LineTemplate.of("correction", data) }

    private static let wrongShapes: [RefusedCase] = [
        RefusedCase(correction("{}"), "data.corrects is missing"),
        RefusedCase(correction(#"{"corrects":"e-0","reason":"x","replacement":null}"#), "data.corrects is \"e-0\""),
        RefusedCase(
            correction(#"{"corrects":{"id":"e-0"},"reason":"x","replacement":null}"#), "data.corrects.source is missing"
        ),
        RefusedCase(
            correction(#"{"corrects":{"source":"/s"},"reason":"x","replacement":null}"#), "data.corrects.id is missing"),
        RefusedCase(
            correction(#"{"corrects":{"source":"/s","id":""},"reason":"x","replacement":null}"#), "data.corrects.id"),
        RefusedCase(
            correction(#"{"corrects":{"source":"a b","id":"e"},"reason":"x","replacement":null}"#), "URI-reference"),
        RefusedCase(
            correction(#"{"corrects":{"source":"/s","id":"a\n"},"reason":"x","replacement":null}"#),
            "control characters"),
        RefusedCase(
            correction(#"{"corrects":{"source":"/s","id":"e","subject":"x"},"reason":"x","replacement":null}"#),
            "unknown field \"subject\""),
        RefusedCase(correction(#"{"corrects":{"source":"/s","id":"e"},"replacement":null}"#), "data.reason is missing"),
        RefusedCase(
            correction(#"{"corrects":{"source":"/s","id":"e"},"reason":"","replacement":null}"#), "1 to 500 bytes"),
        RefusedCase(correction(#"{"corrects":{"source":"/s","id":"e"},"reason":"x"}"#), "data.replacement is missing"),
        RefusedCase(
            correction(#"{"corrects":{"source":"/s","id":"e"},"reason":"x","replacement":"void"}"#),
            "data.replacement is \"void\""),
    ]

    private static let cannotStand: [RefusedCase] = [
        RefusedCase(
            correction(#"{"corrects":{"source":"/sites/lyon","id":"e-1"},"reason":"x","replacement":null}"#),
            "corrects itself"),
        RefusedCase(
            correction(#"{"corrects":{"source":"/sites\/lyon","id":"e\u002d1"},"reason":"x","replacement":null}"#),
            "corrects itself"),
        RefusedCase(
            LineTemplate.correction(#"{"type":"trough.correction.v1","time":"2016-03-08T09:30:00Z","data":{}}"#),
            "itself a correction"),
        RefusedCase(
            correction(#"{"corrects":{"source":"/s","id":"e"},"reason":"x","replacement":{}}"#),
            "data.replacement.type is missing"),
        RefusedCase(
            LineTemplate.correction(#"{"type":"trough.completion.v1","time":"2016-03-08T09:30:00Z"}"#),
            "data.replacement.data is missing"),
        RefusedCase(
            LineTemplate.correction(
                #"{"type":"trough.completion.v1","time":"2016-03-08T09:30:00Z","data":{},"id":"x"}"#),
            "unknown field \"id\""),
        RefusedCase(
            LineTemplate.correction(#"{"type":"trough.dose.v2","time":"2016-03-08T09:30:00Z","data":{}}"#),
            "would itself be refused: data.replacement.type is \"trough.dose.v2\""),
        RefusedCase(LineTemplate.correction(#"{"type":7,"time":"2016-03-08T09:30:00Z","data":{}}"#), "type is 7"),
        RefusedCase(LineTemplate.correction(#"{"type":"trough.completion.v1","time":5,"data":{}}"#), "time is 5"),
        RefusedCase(
            LineTemplate.correction(#"{"type":"trough.completion.v1","time":"2016-03-08","data":{}}"#), "RFC 3339"),
        RefusedCase(
            LineTemplate.correction(#"{"type":"trough.completion.v1","time":"2027-01-01T00:00:00Z","data":{}}"#),
            "24 hours"),
        RefusedCase(
            LineTemplate.correction(#"{"type":"trough.completion.v1","time":"2016-03-08T09:30:00Z","data":null}"#),
            "data is null"),
        RefusedCase(
            LineTemplate.correction(
                #"{"type":"trough.assay.v1","time":"2016-03-08T09:30:00Z","data":{"analyte":"crp","value":-1,"unit":"mg/L"}}"#
            ),
            "would itself be refused: data.replacement.data.value is -1; an assay's value is a number of at least 0."),
        RefusedCase(
            LineTemplate.correction(
                #"{"type":"trough.score.v1","time":"2016-03-08T09:30:00Z","data":{"instrument":"HBI","total":2,"items":{"a":1}}}"#
            ),
            "add up to 1"),
    ]

    @Test("Refuses corrections of the wrong shape as data", arguments: wrongShapes)
    func refusesShapes(refused: RefusedCase) throws {
        let refusal = try #require(ParsedLine(refused.line).refusal)
        #expect(refusal.code == .data)
        #expect(refusal.message.contains(refused.fragment), "\(refusal.message)")
    }

    @Test("Refuses corrections that cannot stand", arguments: cannotStand)
    func refusesWhatCannotStand(refused: RefusedCase) throws {
        let refusal = try #require(ParsedLine(refused.line).refusal)
        #expect(refusal.code == .correction)
        #expect(refusal.message.contains(refused.fragment), "\(refusal.message)")
        #expect(refusal.column != nil)
    }

    @Test("Data are checked before whether the correction can stand")
    func order() {
        let line = Self.correction(#"{"corrects":{"source":"/sites/lyon","id":"e-1"},"reason":"","replacement":null}"#)
        #expect(ParsedLine(line).refusal?.code == .data)
    }

    @Test("The same id of another source, and another id of the same source, are other events")
    func otherEvents() {
        for target in [#"{"source":"/sites/nancy","id":"e-1"}"#, #"{"source":"/sites/lyon","id":"e-11"}"#] {
            #expect(
                ParsedLine(Self.correction(#"{"corrects":\#(target),"reason":"x","replacement":null}"#)).refusal == nil)
        }
    }

    @Test("A reason of 500 bytes is taken, one of 501 is not")
    func reasons() {
        for (count, isTaken) in [(500, true), (501, false)] {
            let line = Self.correction(
                #"{"corrects":{"source":"/s","id":"e"},"reason":"\#(String(repeating: "r", count: count))","replacement":null}"#
            )
            #expect((ParsedLine(line).refusal == nil) == isTaken)
        }
    }

    @Test("Keeps the replacement with its time in UTC and its data in order")
    func replacement() throws {
        var parsed = ParsedLine(LineTemplate.correction(Self.dose))
        #expect(parsed.record?.code == EventKind.dose.rawValue)
        #expect(
            parsed.detail
                == #"{"corrects":{"id":"e-0","source":"/sites/lyon"},"reason":"typo","replacement":{"data":{"drug":"infliximab","amount":5,"unit":"mg/kg","route":"IV"},"time":"2016-03-08T09:30:00Z","type":"trough.dose.v1"}}"#
        )
        #expect(
            try parsed.written().hasSuffix(
                #""data":{"corrects":{"source":"/sites/lyon","id":"e-0"},"reason":"typo","replacement":{"type":"trough.dose.v1","time":"2016-03-08T09:30:00Z","data":{"drug":"infliximab","amount":5,"unit":"mg/kg","route":"IV"}}}}"#
            ))
        var reader = CorrectionReader()
        let record = try #require(parsed.record)
        let correction = try reader.read(record, in: &parsed.batch)
        #expect(correction.source == Array("/sites/lyon".utf8))
        #expect(correction.id == Array("e-0".utf8))
        #expect(correction.reason == Array("typo".utf8))
        let dose = try #require(correction.replacement)
        #expect(dose.kind == .dose && dose.value == 5 && dose.unit == Unit.milligramPerKilogram.rawValue)
        #expect(dose.time == 1_457_429_400_000_000)
        #expect(dose.patient == record.patient && dose.source == record.source && dose.id == record.id)
    }

    @Test("A replacement with a detail has it in the batch's arena")
    func replacementDetail() throws {
        var parsed = ParsedLine(
            LineTemplate.correction(
                #"{"type":"trough.randomisation.v1","time":"2016-03-08T09:30:00Z","data":{"arm":"a\"b","drug":"adalimumab"}}"#
            ))
        var reader = CorrectionReader()
        let correction = try reader.read(#require(parsed.record), in: &parsed.batch)
        let inner = try #require(correction.replacement)
        #expect(try EventDetail.arm(of: inner, in: parsed.batch.arena.span) == Array("a\"b".utf8))
    }

    @Test("A correction without replacement is void")
    func void() throws {
        var parsed = ParsedLine(LineTemplate.correction("null"))
        #expect(parsed.record?.code == 0)
        var reader = CorrectionReader()
        #expect(try reader.read(#require(parsed.record), in: &parsed.batch).replacement == nil)
        #expect(try parsed.written().hasSuffix(#""reason":"typo","replacement":null}}"#))
    }

    @Test(
        "A detail that this code did not write is an error, and leaves the arena as it was",
        arguments: [
            "", "{", "{}", "[]", "null",
            #"{"corrects":{"id":"a","source":"/s"},"reason":"x","replacement":{"data":{"arm":"a"},"time":"2016-03-08T09:30:00Z","type":"trough.randomisation.v1"}}"#,
        ])
    func foreignDetails(detail: String) {
        var batch = EventBatch()
        let range = batch.store(Array(detail.utf8).span)
        var record = EventRecord(time: 0, patient: 0, source: 0, id: .none, kind: .correction)
        record.detail = range
        var reader = CorrectionReader()
        #expect(throws: DetailError.self) { try reader.read(record, in: &batch) }
        #expect(batch.arena.count == detail.utf8.count)
    }
}
