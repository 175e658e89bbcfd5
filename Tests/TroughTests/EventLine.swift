import Foundation
import TestData
import Testing

/// Writes event lines.
enum EventLine {
    /// A line from its parts; `time` and `data` are written as they are.
    static func make(
        subject: String = "P-1", id: String, type: String = "assay", source: String = "/sites/north",
        time: String = "2016-03-08T09:30:00Z", data: String
    ) -> String {
        "{\"specversion\":\"1.0\",\"id\":\"\(id)\",\"source\":\"\(source)\",\"type\":\"trough.\(type).v1\","
            + "\"subject\":\"\(subject)\",\"time\":\"\(time)\",\"data\":\(data)}"
    }

    /// A trough level.
    static func assay(_ subject: String = "P-1", _ id: String, value: Double = 2.5) -> String {
        make(subject: subject, id: id, data: "{\"analyte\":\"infliximab\",\"value\":\(value),\"unit\":\"ug/mL\"}")
    }

    /// A trough level on a line of exactly so many bytes, filled up with a further attribute.
    static func assay(_ subject: String = "P-1", _ id: String, bytes: Int) -> String {
        let line = assay(subject, id)
        let frame = "\"note\":\"\","
        let text = String(repeating: "x", count: max(0, bytes - line.utf8.count - frame.utf8.count))
        return line.replacing("\"data\":", with: "\"note\":\"\(text)\",\"data\":")
    }

    /// Several trough levels of several patients.
    static func assays(_ count: Int, prefix: String = "e", patients: Int = 5) -> [String] {
        (0..<count).map { assay("P-\($0 % patients)", "\(prefix)\($0)", value: Double($0 % 40) / 4) }
    }

    /// What names the event of a line: its subject, source and id.
    static func name(_ line: String) throws -> String {
        let object = try JSONObject(line)
        return try "\(object.string("subject")) \(object.string("source")) \(object.string("id"))"
    }
}

/// A JSON object with the order of its keys.
struct JSONObject {
    private let text: String
    private let values: [String: Any]

    init(_ text: String) throws {
        let parsed = try JSONSerialization.jsonObject(with: Data(text.utf8))
        self.text = text
        values = try #require(parsed as? [String: Any])
    }

    private init(_ values: [String: Any]) {
        self.values = values
        text = ""
    }

    /// The keys in the order in which each first stands in the text.
    var keys: [String] {
        values.keys.compactMap { key in text.range(of: "\"\(key)\":").map { (key, $0.lowerBound) } }
            .sorted { $0.1 < $1.1 }.map(\.0)
    }

    /// The keys in no order, which objects within another one know, too.
    var names: Set<String> { Set(values.keys) }

    func string(_ key: String) throws -> String { try #require(values[key] as? String, "\(key) is no text") }
    func number(_ key: String) throws -> Double { try #require(values[key] as? Double, "\(key) is no number") }
    func whole(_ key: String) throws -> Int { try #require(values[key] as? Int, "\(key) is no whole number") }
    /// One value as JSON with sorted keys, for comparisons.
    func json(_ key: String) throws -> String {
        let value = try #require(values[key], "there is no \(key)")
        let data = try JSONSerialization.data(withJSONObject: [value], options: .sortedKeys)
        return String(decoding: data, as: UTF8.self)
    }
    /// The whole object as JSON with sorted keys, for comparisons.
    func json() throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: values, options: .sortedKeys), as: UTF8.self)
    }
    func isNull(_ key: String) -> Bool { values[key] is NSNull }
    func object(_ key: String) throws -> JSONObject {
        JSONObject(try #require(values[key] as? [String: Any], "\(key) is no object"))
    }
    func objects(_ key: String) throws -> [JSONObject] {
        try #require(values[key] as? [[String: Any]], "\(key) is no list of objects").map(JSONObject.init)
    }
}
