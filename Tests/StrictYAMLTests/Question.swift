import StrictYAML

/// What a test asks of the root of a text.
enum Question: Sendable {
    case nothing
    case text
    case name
    case shortName
    case number
    case clearance
    case share
    case day
    case truth
    case list
    case entries
    case fields

    /// The answer of a text, called `drug.yaml`, as the value's description.
    func answer(of yaml: String, greatestSize: Int = YAMLDocument.greatestSize) throws(YAMLRefusal) -> String {
        let root = try YAMLDocument.parse(
            yaml, fileName: "drug.yaml", kind: "drug file", expected: "a mapping with clearance, volume",
            greatestSize: greatestSize)
        switch self {
        case .nothing: return root.found
        case .text: return try root.text("a word")
        case .name: return try root.name(of: "the drug")
        case .shortName: return try root.name(of: "the drug", greatestLength: 3)
        case .number: return "\(try root.number("a finite decimal number"))"
        case .clearance: return "\(try root.number(in: 0...100, "the clearance in L/d"))"
        case .share: return "\(try root.number(in: -0.5...0.25, "the share"))"
        case .day: return "\(try root.wholeNumber(in: 1...28, "the day"))"
        case .truth: return "\(try root.boolean("whether it counts"))"
        case .list: return try root.list("doses").map(\.found).joined(separator: ", ")
        case .entries:
            let entries = try root.placed(in: "doses").entries(expected: "a mapping of doses")
            return entries.map { "\($0.name): \($0.value.found)" }.joined(separator: ", ")
        case .fields:
            let fields = try root.fields(["clearance", "volume"])
            let clearance = try fields.required("clearance", "the clearance in L/d").placed(in: "clearance")
            return "\(try clearance.number(in: 0...100, "L/d")), \(fields["volume"]?.found ?? "no volume")"
        }
    }
}
