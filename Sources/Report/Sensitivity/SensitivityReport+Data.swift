extension SensitivityReport {
    /// The analysis as one JSON object on one line, ended by a line feed.
    ///
    /// Each row has the values by their paths, and the endpoints as ``SurvivalReport/json()`` writes them.
    package func json() -> String {
        let report = rows[0].report
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("protocol", report.protocolName)
            writer.member("events", report.events)
            writer.member("patients", report.patients)
            writer.key("sweep")
            writer.array(numbers) { writer, number in
                writer.object { writer in
                    writer.member("path", number.path)
                    writer.member("value", number.ownValue)
                }
            }
            writer.key("rows")
            writer.array(rows) { write($1, to: &$0) }
        }
        writer.endLine()
        return writer.text
    }

    /// The rows as JSON objects, the same as in ``json()``, one on a line.
    package func ndjson() -> String {
        var writer = JSONWriter()
        for row in rows {
            write(row, to: &writer)
            writer.endLine()
        }
        return writer.text
    }

    private func write(_ row: Row, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.key("set")
            writer.object { writer in
                for (number, value) in zip(numbers, row.values) { writer.member(number.path, value) }
            }
            row.report.writeEndpoints(to: &writer)
        }
    }

    /// The analysis as comma-separated values (RFC 4180): for each value the rows of ``SurvivalReport/csv()``, begun by a
    /// column for each number, which is called by its path.
    package func csv() -> String {
        var table = CSVText()
        table.append((numbers.map(\.path) + SurvivalReport.csvColumns).map(CSVText.Field.text))
        for row in rows {
            for record in row.report.csvRecords { table.append(row.values.map(CSVText.Field.number) + record) }
        }
        return String(decoding: table.bytes, as: UTF8.self)
    }
}
