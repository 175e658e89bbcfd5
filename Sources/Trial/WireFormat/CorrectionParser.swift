/// What must be known of the line that a correction stands in.
struct CorrectionContext {
    /// The bytes of the correction's own id on the tape.
    var id: Range<Int>
    /// The bytes of the correction's own source on the tape.
    var source: Range<Int>
    /// When the line was received, in microseconds since 1970-01-01T00:00:00Z.
    var receivedAt: Int64
}

/// The fields of a correction: texts as bytes of the tape, objects as tokens.
struct CorrectionFields {
    var corrects: Int
    var source: Range<Int>
    var id: Range<Int>
    var reason: Range<Int>
    var replacement: ReplacementFields?
}

/// The tokens of the values of a replacement.
struct ReplacementFields {
    var type: Int
    var time: Int
    var data: Int
}

extension DataParser {
    /// Reads the data of a correction: first the shape of its own fields, then whether the correction can stand.
    func parseCorrection(
        _ data: Int, in context: CorrectionContext, on tape: JSONTape, into record: inout EventRecord,
        arena: inout [UInt8]
    ) throws(Refusal) {
        let fields = try correctionFields(at: data, tape)
        if tape.compare(fields.source, context.source) == 0, tape.compare(fields.id, context.id) == 0 {
            throw tape.refusal(
                .correction, "The correction corrects itself; it names the source and id of another event.",
                at: fields.corrects)
        }
        var text: [UInt8] = []
        if let replacement = fields.replacement {
            record.code = try append(
                replacement, receivedAt: context.receivedAt, tape, patient: record.patient, to: &text)
        } else {
            text.append(text: "null")
        }
        record.detail = write(fields, replacement: text, tape, &arena)
    }

    /// Checks the shape of a correction's fields, those of its replacement by name only.
    func correctionFields(
        at data: Int, _ tape: JSONTape
    ) throws(Refusal) -> CorrectionFields {
        let fields = try DataFields(of: data, noun: "a correction", known: known.correction, words: words, on: tape)
        let corrects = try fields.required(.corrects, on: tape)
        let target = try DataFields(
            of: corrects, noun: "the corrected event", path: "data.corrects", known: known.target,
            words: words, on: tape)
        let source = try targetSource(target, tape)
        let id = try target.text(
            at: target.required(.id, on: tape), .id, limit: EnvelopeLimits.id, controls: false, on: tape)
        let reason = try fields.text(at: fields.required(.reason, on: tape), .reason, limit: 500, on: tape)
        let replacement = try fields.required(.replacement, on: tape)
        return CorrectionFields(
            corrects: corrects, source: source, id: id, reason: reason,
            replacement: tape[replacement].kind == .null ? nil : try replacementFields(replacement, tape))
    }

    private func targetSource(_ target: DataFields, _ tape: JSONTape) throws(Refusal) -> Range<Int> {
        let token = try target.required(.source, on: tape)
        let source = try target.text(at: token, .source, limit: EnvelopeLimits.source, on: tape)
        if let fault = URIReference.fault(tape.bytes.span.extracting(source)) {
            throw target.refusal(of: token, .source, expected: fault, on: tape)
        }
        return source
    }

    /// The three values of a replacement, whatever they are.
    ///
    /// An object without them is a replacement that would itself be refused; anything else is no replacement at all.
    private func replacementFields(
        _ replacement: Int, _ tape: JSONTape
    ) throws(Refusal) -> ReplacementFields {
        do throws(Refusal) {
            return try presentFields(replacement, tape)
        } catch {
            guard tape[replacement].kind == .object else { throw error }
            throw Refusal(
                .correction, "The replacement would itself be refused: \(error.message)", column: error.column)
        }
    }

    private func presentFields(_ replacement: Int, _ tape: JSONTape) throws(Refusal) -> ReplacementFields {
        let fields = try DataFields(
            of: replacement, noun: "a replacement that is not null", path: "data.replacement",
            known: known.replacement, words: words, on: tape)
        return ReplacementFields(
            type: try fields.required(.type, on: tape), time: try fields.required(.time, on: tape),
            data: try fields.required(.data, on: tape))
    }

    /// Checks a replacement as if it came by itself, and writes it in its canonical form.
    ///
    /// - Returns: The number of its kind.
    private func append(
        _ replacement: ReplacementFields, receivedAt now: Int64, _ tape: JSONTape, patient: Int32,
        to text: inout [UInt8]
    ) throws(Refusal) -> Int16 {
        do throws(Refusal) {
            let kind = try EnvelopeReader.kind(at: replacement.type, words, on: tape)
            guard kind != .correction else {
                throw tape.refusal(
                    .correction,
                    "data.replacement is itself a correction; a correction replaces an event of another type.",
                    at: replacement.type)
            }
            try EnvelopeReader.requireTime(at: replacement.time, on: tape)
            try EnvelopeReader.requireObject(at: replacement.data, on: tape)
            let time = try EnvelopeReader.time(at: replacement.time, receivedAt: now, on: tape)
            var inner = EventRecord(time: time, patient: patient, source: 0, id: .none, kind: kind)
            var details: [UInt8] = []
            try parse(replacement.data, on: tape, into: &inner, arena: &details)
            try Self.write(inner, detail: details.span.extracting(inner.detail.indices), to: &text)
            return kind.rawValue
        } catch {
            guard error.code != .correction else { throw error }
            // Messages begin with the field, here that of an event which stands by itself.
            throw Refusal(
                .correction, "The replacement would itself be refused: data.replacement.\(error.message)",
                column: error.column)
        }
    }

    private static func write(
        _ inner: EventRecord, detail: Span<UInt8>, to text: inout [UInt8]
    ) throws(Refusal) {
        text.append(text: "{\"data\":")
        do throws(DetailError) {
            try LineWriter.appendData(of: inner, detail: detail, to: &text)
        } catch {
            throw Refusal(.correction, error.message)
        }
        text.append(text: ",\"time\":\"")
        Instant.append(inner.time, to: &text)
        text.append(text: "\",\"type\":\"\(inner.kind.name)\"}")
    }

    private func write(
        _ fields: CorrectionFields, replacement: [UInt8], _ tape: JSONTape, _ arena: inout [UInt8]
    ) -> ByteRange {
        let start = arena.count
        let bytes = tape.bytes.span
        arena.append(text: "{\"corrects\":{\"id\":")
        CanonicalJSON.append(string: bytes.extracting(fields.id), to: &arena)
        arena.append(text: ",\"source\":")
        CanonicalJSON.append(string: bytes.extracting(fields.source), to: &arena)
        arena.append(text: "},\"reason\":")
        CanonicalJSON.append(string: bytes.extracting(fields.reason), to: &arena)
        arena.append(text: ",\"replacement\":")
        arena.append(replacement.span)
        arena.append(UInt8(ascii: "}"))
        return ByteRange(start: UInt32(start), count: UInt32(arena.count - start))
    }
}
