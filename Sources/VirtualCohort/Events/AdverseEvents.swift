import Trial

/// What adverse events are called.
enum AdverseEvents {
    /// The adverse events that stop nothing which a patient may have at most.
    static let greatestCount = 64

    private static let general = [
        "upper respiratory infection", "headache", "injection-site reaction", "nausea", "herpes zoster",
        "paradoxical psoriasis",
    ]
    private static let ofAzathioprine = ["nausea", "leucopenia", "ALT increased", "photosensitivity"]
    private static let stoppingAzathioprine = ["acute pancreatitis", "leucopenia", "hypersensitivity", "ALT increased"]
    private static let stoppingInfliximab = ["infusion-related reaction", "serum sickness", "drug-induced lupus"]
    private static let stoppingAdalimumab = ["paradoxical psoriasis", "injection-site reaction", "drug-induced lupus"]

    /// A mild adverse event for a number between 0 and 1.
    static func other(_ chance: Double, withAzathioprine: Bool) -> (term: String, grade: Int16) {
        let terms = withAzathioprine ? general + ofAzathioprine : general
        let place = chance * Double(terms.count)
        return (terms[Int(place)], place - place.rounded(.down) < 0.7 ? 1 : 2)
    }

    /// An adverse event that stops a drug, for a number between 0 and 1.
    static func stopping(_ chance: Double, drug: Drug) -> String {
        let terms: [String] =
            switch drug {
            case .azathioprine: stoppingAzathioprine
            case .infliximab: stoppingInfliximab
            case .adalimumab: stoppingAdalimumab
            }
        return terms[Int(chance * Double(terms.count))]
    }

    /// Appends the detail of an adverse event.
    static func append(term: String, drug: Drug?, to arena: inout [UInt8]) -> ByteRange {
        let start = arena.count
        arena.append(text: "{")
        if let drug {
            arena.append(text: "\"drug\":\"")
            arena.append(text: drug.name)
            arena.append(text: "\",")
        }
        arena.append(text: "\"term\":\"")
        arena.append(text: term)
        arena.append(text: "\"}")
        return ByteRange(from: start, to: arena.count)
    }
}
