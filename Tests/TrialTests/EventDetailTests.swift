import Testing

@testable import Trial

struct EventDetailTests {
    private func stored(_ kind: EventKind, _ detail: String, code: Int16 = 1) -> (EventRecord, EventBatch) {
        var batch = EventBatch()
        var record = EventRecord(time: 0, patient: 0, source: 0, id: batch.store(Array("x".utf8).span), kind: kind)
        record.code = code
        record.qualifier = 1
        record.unit = 1
        record.detail = batch.store(Array(detail.utf8).span)
        return (record, batch)
    }

    @Test("Reads details whatever their white space and order")
    func lenient() throws {
        let (event, batch) = stored(.adverseEvent, #" { "term" : "a\u00e9" , "x":[1,{"y":"}"}], "drug": "d" } "#)
        let read = try EventDetail.adverseEvent(of: event, in: batch.arena.span)
        #expect(read.term == Array("aé".utf8))
        #expect(read.drug == Array("d".utf8))
        let (score, items) = stored(.score, #"{"items": {"b": 1, "a": 2 }}"#)
        #expect(
            try EventDetail.items(of: score, in: items.arena.span) == [
                ScoreItem(name: [0x61], value: 2), ScoreItem(name: [0x62], value: 1),
            ])
    }

    @Test(
        "A detail that cannot be read is an error and no crash",
        arguments: [
            "", "{", "{}", "[]", "null", "{\"arm\"", "{\"arm\":", "{\"arm\":\"", "{\"arm\":\"a", "{\"arm\":1}",
            "{\"arm\":\"a\\\"}",
            "{\"arm\":\"\\x\"}", "{\"arm\":}", "{\"arm\":\"\\ud800\"}", "{,}", "{\"a\":1 \"arm\":\"x\"}",
            "{\"arm\" \"x\"}", "}",
        ])
    func unreadable(detail: String) {
        let (record, batch) = stored(.randomisation, detail)
        #expect(throws: DetailError.self) { try EventDetail.arm(of: record, in: batch.arena.span) }
        var output: [UInt8] = []
        if !detail.contains("arm\":1"), !detail.contains("\\x"), !detail.contains("\\ud8") {
            #expect(throws: DetailError.self) { try LineWriter.appendData(of: record, in: batch, to: &output) }
        }
        let (score, items) = stored(.score, detail.replacing("arm", with: "items"))
        if !detail.isEmpty {
            #expect(throws: DetailError.self) { try EventDetail.items(of: score, in: items.arena.span) }
        }
    }

    @Test(
        "Enrolment details of the wrong types are errors",
        arguments: [
            #"{"birthYear":1980.5}"#, #"{"birthYear":"1980"}"#, #"{"weightKg":true}"#, #"{"hlaDQA105":1}"#,
            #"{"firstDrug":"x"}"#,
            #"{"shoeSize":43}"#, #"{"weightKg":7-}"#, #"{"weightKg":1e}"#,
        ])
    func enrolment(detail: String) {
        let (record, batch) = stored(.enrolment, detail)
        #expect(throws: DetailError.self) { try EventDetail.enrolment(of: record, in: batch.arena.span) }
    }

    @Test("A number that names no word is an error, in every place of a record")
    func unknownWords() {
        for kind in EventKind.allCases where kind != .completion && kind != .correction {
            let (record, batch) = stored(kind, #"{"arm":"a","drug":"d","term":"t","items":{}}"#, code: 99)
            var output: [UInt8] = []
            #expect(throws: DetailError.self) { try LineWriter.appendData(of: record, in: batch, to: &output) }
        }
        var (dose, batch) = stored(.dose, "")
        dose.value = .infinity
        var output: [UInt8] = []
        #expect(throws: DetailError.self) { try LineWriter.appendData(of: dose, in: batch, to: &output) }
        batch.arena = []
    }
}
