extension DataParser {
    /// Reads the data of a score.
    func score(
        _ data: Int, _ tape: JSONTape, _ record: inout EventRecord, _ arena: inout [UInt8]
    ) throws(Refusal) {
        let fields = try DataFields(of: data, noun: "a score", known: known.score, words: words, on: tape)
        record.code = try fields.word(.instrument, words.instruments, Instrument.self, on: tape)
        guard let instrument = Instrument(rawValue: record.code) else { return }
        let total = try fields.required(.total, on: tape)
        let sum: Int
        do throws(Refusal) {
            sum = try fields.whole(at: total, .total, in: 0...instrument.greatestTotal, on: tape)
        } catch {
            throw fields.refusal(
                of: total, .total,
                expected: "the total of \(instrument.name) is a whole number from 0 to \(instrument.greatestTotal)",
                on: tape)
        }
        record.value = Double(sum)
        if instrument == .mayo {
            let token = try fields.required(.endoscopy, of: "a Mayo score", on: tape)
            record.level = Int16(try fields.whole(at: token, .endoscopy, in: 0...3, on: tape))
        } else if let token = fields.optional(.endoscopy) {
            throw fields.refusal(
                of: token, .endoscopy, expected: "\(instrument.name) has no endoscopy, only Mayo has one", on: tape)
        }
        if let items = fields.optional(.items) {
            record.detail = try append(items: items, total: sum, fields, tape, &arena)
        }
    }

    /// Checks the items of a score, and writes them by name.
    private func append(
        items: Int, total: Int, _ fields: DataFields, _ tape: JSONTape, _ arena: inout [UInt8]
    ) throws(Refusal) -> ByteRange {
        guard tape[items].kind == .object else {
            throw fields.refusal(of: items, .items, expected: "the items are an object of whole numbers", on: tape)
        }
        var detail = DetailWriter(at: arena)
        detail.append(key: .items, to: &arena)
        arena.append(UInt8(ascii: "{"))
        var sum = 0
        for (index, key) in tape.keysInOrder(of: items).enumerated() {
            let value = try item(at: key, total: total, tape)
            sum += value
            if index > 0 { arena.append(UInt8(ascii: ",")) }
            CanonicalJSON.append(string: tape.bytes.span.extracting(tape[key].range), to: &arena)
            arena.append(UInt8(ascii: ":"))
            CanonicalJSON.append(whole: value, to: &arena)
        }
        guard sum == total else {
            throw tape.refusal(
                .data, "data.items add up to \(sum) and data.total is \(total); the items add up to the total.",
                at: items)
        }
        arena.append(UInt8(ascii: "}"))
        return detail.close(&arena)
    }

    private func item(at key: Int, total: Int, _ tape: JSONTape) throws(Refusal) -> Int {
        let name = tape[key]
        guard name.count > 0, name.count <= 64, !TextRules.hasNull(tape.bytes.span.extracting(name.range)) else {
            throw tape.refusal(
                .data,
                "data.items has a name of \(name.count) bytes; the name of an item has 1 to 64 bytes, none of them 0.",
                at: key)
        }
        if tape[key + 1].kind == .number,
            let value = Int(exactly: JSONNumber.double(tape.bytes.span.extracting(tape[key + 1].range))),
            (0...total).contains(value)
        {
            return value
        }
        throw tape.refusal(
            .data,
            "data.items has \(tape.shown(key + 1)) for \(tape.quoted(name.range)); an item is a whole number of at "
                + "least 0 and at most the total, which is \(total).",
            at: key + 1)
    }

    /// Reads the data of an adverse event.
    func adverseEvent(
        _ data: Int, _ tape: JSONTape, _ record: inout EventRecord, _ arena: inout [UInt8]
    ) throws(Refusal) {
        let fields = try DataFields(
            of: data, noun: "an adverse event", known: known.adverseEvent, words: words, on: tape)
        let term = try fields.text(at: fields.required(.term, on: tape), .term, limit: 500, on: tape)
        record.level = Int16(try fields.whole(at: fields.required(.grade, on: tape), .grade, in: 1...5, on: tape))
        record.qualifier = try fields.flag(at: fields.required(.serious, on: tape), .serious, on: tape) ? 1 : 0
        record.code = try fields.word(.action, words.actions, AdverseEventAction.self, on: tape)
        var detail = DetailWriter(at: arena)
        if let token = fields.optional(.drug) {
            let drug = try fields.text(at: token, .drug, limit: 128, on: tape)
            detail.append(key: .drug, to: &arena)
            CanonicalJSON.append(string: tape.bytes.span.extracting(drug), to: &arena)
        } else if record.code != AdverseEventAction.none.rawValue {
            throw tape.refusal(
                .data,
                "data.drug is missing; an adverse event names the drug acted upon unless its action is \"none\".",
                at: data)
        }
        detail.append(key: .term, to: &arena)
        CanonicalJSON.append(string: tape.bytes.span.extracting(term), to: &arena)
        record.detail = detail.close(&arena)
    }

    /// Reads the data of a treatment stop.
    func treatmentStop(
        _ data: Int, _ tape: JSONTape, _ record: inout EventRecord, _ arena: inout [UInt8]
    ) throws(Refusal) {
        let fields = try DataFields(
            of: data, noun: "a treatment stop", known: known.treatmentStop, words: words, on: tape)
        let drug = try fields.text(at: fields.required(.drug, on: tape), .drug, limit: 128, on: tape)
        record.code = try fields.word(.reason, words.stopReasons, TreatmentStopReason.self, on: tape)
        var detail = DetailWriter(at: arena)
        detail.append(key: .drug, to: &arena)
        CanonicalJSON.append(string: tape.bytes.span.extracting(drug), to: &arena)
        record.detail = detail.close(&arena)
    }
}

extension JSONTape {
    /// The keys of an object in the order of their bytes.
    func keysInOrder(of object: Int) -> [Int] {
        var keys: [Int] = []
        var key = object + 1
        while key < Int(self[object].next) {
            keys.append(key)
            key = Int(self[key + 1].next)
        }
        keys.sort { compare(self[$0].range, self[$1].range) < 0 }
        return keys
    }
}
