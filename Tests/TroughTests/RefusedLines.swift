import Foundation
import Testing

/// Lines that must be refused, by the code they must be refused with.
enum RefusedLines: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case syntax
    case envelope
    case type
    case time
    case data
    case conflict
    case correction

    var testDescription: String { rawValue }

    /// The lines, without their ends; the conflicts are with the first lines of ``EventLine/assays(_:prefix:patients:)``.
    var lines: [[UInt8]] {
        switch self {
        case .syntax: Self.syntaxLines
        case .envelope: Self.envelopeLines.map { Array($0.utf8) }
        case .type: Self.typeLines.map { Array($0.utf8) }
        case .time: Self.timeLines.map { Array($0.utf8) }
        case .data: Self.dataLines.map { Array($0.utf8) }
        case .conflict: Self.conflictLines.map { Array($0.utf8) }
        case .correction: Self.correctionLines.map { Array($0.utf8) }
        }
    }

    private static let level = #"{"analyte":"infliximab","value":2.5,"unit":"ug/mL"}"#

    private static var syntaxLines: [[UInt8]] {
        let nested = String(repeating: "[", count: 17) + String(repeating: "]", count: 17)
        let texts = [
            "not an event", "", "[]", "null", "{", String(EventLine.assay("P-1", "s1").dropLast()),
            EventLine.assay("P-1", "s2") + " x",
            EventLine.assay("P-1", "s3") + EventLine.assay("P-1", "s4"),
            EventLine.assay("P-1", "s5").replacing(#""value":2.5"#, with: #""value":2.5,"value":2.5"#),
            EventLine.assay("P-1", "s6").replacing(#""id":"#, with: #""id":"s60","id":"#),
            EventLine.assay("P-1", "s7").replacing("2.5", with: "02.5"),
            EventLine.assay("P-1", "s8").replacing("2.5", with: "NaN"),
            EventLine.make(id: "s9", data: #"{"analyte":\#(nested)}"#),
            EventLine.assay("P-1", "s10", bytes: 65_537),
        ]
        var notUTF8 = Array(EventLine.assay("P-1", "s11").utf8)
        notUTF8[notUTF8.count / 3] = 0xFF
        return texts.map { Array($0.utf8) } + [notUTF8]
    }

    private static var envelopeLines: [String] {
        let line = EventLine.assay("P-1", "v0")
        return [
            line.replacing(#""id":"v0","#, with: ""),
            line.replacing(#""source":"/sites/north","#, with: ""),
            line.replacing(#""subject":"P-1","#, with: ""),
            line.replacing(#""type":"trough.assay.v1","#, with: ""),
            line.replacing(#""time":"2016-03-08T09:30:00Z","#, with: ""),
            line.replacing(#""specversion":"1.0","#, with: ""),
            line.replacing(#","data":"# + level, with: ""),
            line.replacing(#""specversion":"1.0""#, with: #""specversion":"0.3""#),
            line.replacing(#""specversion":"1.0""#, with: #""specversion":1.0"#),
            line.replacing(#""id":"v0""#, with: #""id":"""#),
            line.replacing(#""id":"v0""#, with: #""id":17"#),
            line.replacing("v0", with: String(repeating: "i", count: 129)),
            line.replacing("/sites/north", with: "/" + String(repeating: "s", count: 256)),
            line.replacing("P-1", with: String(repeating: "P", count: 65)),
            line.replacing("P-1", with: #"P\u0007"#),
            line.replacing(#""time":"2016-03-08T09:30:00Z""#, with: #""time":1457429400"#),
            line.replacing(#""data":"#, with: #""data_base64":"e30=","data":"#),
            line.replacing(#""data":"# + level, with: #""data":[]"#),
            line.replacing(#""data":"#, with: #""extension":{"a":1},"data":"#),
            line.replacing(#""data":"#, with: #""Upper":"a","data":"#),
        ]
    }

    private static var typeLines: [String] {
        ["trough.assay.v2", "trough.unknown.v1", "assay", "trough.assay", "TROUGH.ASSAY.V1", "com.example.assay.v1"]
            .map { EventLine.assay("P-1", "t0").replacing("trough.assay.v1", with: $0) }
    }

    private static var timeLines: [String] {
        let tomorrow = Date(timeIntervalSinceNow: 25 * 3600).formatted(.iso8601)
        return [
            "2016-03-08T09:30:00", "2016-03-08", "2016-02-30T09:30:00Z", "2015-02-29T09:30:00Z", "2016-13-01T09:30:00Z",
            "2016-03-08T24:00:00Z", "2016-12-31T23:59:60Z", "1899-12-31T23:59:59Z", "2016-03-08T09:30:00.1234567Z",
            "2016-03-08T09:30:00+25:00", "8 March 2016", tomorrow,
        ].map { EventLine.assay("P-1", "m0").replacing("2016-03-08T09:30:00Z", with: $0) }
    }

    private static var dataLines: [String] {
        let assays = [
            #"{}"#, #"{"analyte":"infliximab","value":2.5}"#, #"{"value":2.5,"unit":"ug/mL"}"#,
            #"{"analyte":"infliximab","value":"2.5","unit":"ug/mL"}"#,
            #"{"analyte":"infliximab","value":-0.1,"unit":"ug/mL"}"#,
            #"{"analyte":"infliximab","value":1e999,"unit":"ug/mL"}"#,
            #"{"analyte":"infliximab","value":2.5,"unit":"AU/mL"}"#,
            #"{"analyte":"gold","value":2.5,"unit":"ug/mL"}"#,
            #"{"analyte":"infliximab","value":2.5,"unit":"ug/mL","colour":"blue"}"#,
            #"{"analyte":"infliximab","value":2.5,"unit":"ug/mL","method":"drug-tolerant"}"#,
            #"{"analyte":"anti-infliximab","value":2.5,"unit":"ng/mL"}"#,
            #"{"analyte":"infliximab","value":2.5,"unit":"ug/mL","comparator":"~"}"#,
        ].map { EventLine.make(id: "d0", data: $0) }
        let others = [
            ("score", #"{"instrument":"HBI","total":101}"#), ("score", #"{"instrument":"Mayo","total":5}"#),
            ("score", #"{"instrument":"HBI","total":5,"items":{"pain":2,"stools":2}}"#),
            ("score", #"{"instrument":"HBI","total":2.5}"#),
            ("adverse-event", #"{"term":"rash","grade":6,"serious":false,"action":"none"}"#),
            ("adverse-event", #"{"term":"rash","grade":2,"serious":false,"action":"withdrawn"}"#),
            ("dose", #"{"drug":"infliximab","amount":0,"unit":"mg","route":"IV"}"#),
            ("dose", #"{"drug":"aspirin","amount":100,"unit":"mg","route":"PO"}"#),
            ("enrolment", #"{"disease":"XX","sex":"F"}"#), ("completion", #"{"done":true}"#),
            ("withdrawal", #"{"reason":"bored"}"#),
            ("randomisation", #"{"arm":"combination","drug":"azathioprine"}"#),
        ].map { EventLine.make(id: "d0", type: $0, data: $1) }
        return assays + others
    }

    private static var conflictLines: [String] {
        let first = EventLine.assays(3)
        return [
            first[0].replacing("infliximab", with: "adalimumab"),
            first[1].replacing("2016-03-08T09:30:00Z", with: "2016-03-08T09:30:00.000001Z"),
            first[2].replacing(#""unit":"ug/mL""#, with: #""unit":"mg/L""#),
            EventLine.make(subject: "P-0", id: "e0", type: "completion", data: "{}"),
        ]
    }

    private static var correctionLines: [String] {
        func correction(_ id: String, of target: String, replacement: String) -> String {
            EventLine.make(
                id: id, type: "correction",
                data: #"{"corrects":{"source":"/sites/north","id":"\#(target)"},"reason":"typing error","replacement":"#
                    + replacement + "}")
        }
        func replacement(_ type: String, _ time: String, _ data: String) -> String {
            #"{"type":"trough.\#(type).v1","time":"\#(time)","data":\#(data)}"#
        }
        let time = "2016-03-08T09:30:00Z"
        return [
            correction("c0", of: "c0", replacement: "null"),
            correction("c1", of: "e0", replacement: replacement("assay", time, #"{"analyte":"infliximab"}"#)),
            correction("c2", of: "e0", replacement: replacement("assay", "2016-03-08T09:30:00", level)),
            correction("c3", of: "e0", replacement: replacement("unknown", time, level)),
            correction(
                "c4", of: "e0",
                replacement: replacement(
                    "correction", time,
                    #"{"corrects":{"source":"/sites/north","id":"e1"},"reason":"again","replacement":null}"#)),
        ]
    }
}
