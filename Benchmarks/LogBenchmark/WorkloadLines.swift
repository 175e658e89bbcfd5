import Trial

/// Spells the events of a workload as lines of the event format.
struct WorkloadLines {
    private let workload: Workload
    private static let sites = ["saint-etienne", "lyon-sud", "forez", "nancy", "lille", "rennes", "amiens", "liege"]
    private static let terms = ["headache", "injection-site reaction", "nasopharyngitis", "arthralgia", "fatigue"]
    private static let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    init(_ workload: Workload) { self.workload = workload }

    /// Appends the line of an event with its line feed.
    func append(_ stub: Workload.Stub, to text: inout [UInt8]) {
        var random = SplitMix(seed: workload.seed, UInt64(stub.patient), UInt64(stub.number) + 2)
        text.append(text: #"{"specversion":"1.0","id":"01"#)
        var bits = random.next()
        for _ in 0..<13 {
            text.append(Self.digits[Int(bits & 31)])
            bits >>= 5
        }
        let site = Int(stub.patient) % Self.sites.count
        switch stub.kind {
        case .drugLevel, .antibodiesSensitive, .antibodiesTolerant, .calprotectin, .crp:
            text.append(text: #"","source":"/labs/cic-1408","type":"trough."#)
        default:
            text.append(text: #"","source":"/sites/"#)
            text.append(text: Self.sites[site])
            text.append(text: #"","type":"trough."#)
        }
        let isOnInfliximab = Workload.isOnInfliximab(stub.patient, seed: workload.seed)
        let (type, data) = Self.content(of: stub.kind, isOnInfliximab, &random)
        text.append(text: type)
        text.append(text: #".v1","subject":""#)
        text.append(text: Self.sites[site].prefix(2).uppercased())
        text.append(text: "-\(1_000_000 + Int(stub.patient))")
        text.append(text: #"","time":""#)
        Instant.append(stub.time * Instant.second, to: &text)
        text.append(text: #"","data":{"#)
        text.append(text: data)
        text.append(text: "}}\n")
    }

    private static func content(
        of kind: Workload.Kind, _ isOnInfliximab: Bool, _ random: inout SplitMix
    ) -> (type: String, data: String) {
        let drug = isOnInfliximab ? "infliximab" : "adalimumab"
        switch kind {
        case .enrolment:
            let disease = random.chance(percent: 60) ? "CD" : "UC"
            return (
                "enrolment",
                #""disease":"\#(disease)","sex":"\#(random.chance(percent: 50) ? "F" : "M")","birthYear":"#
                    + "\(1945 + random.below(50)),\"weightKg\":\(tenths(450, 500, &random)),\"albuminGPerL\":"
                    + "\(tenths(330, 150, &random)),\"hlaDQA105\":\(random.chance(percent: 40)),\"firstDrug\":"
                    + #""\#(isOnInfliximab ? "adalimumab" : "infliximab")""#
            )
        case .randomisation:
            let arm = random.chance(percent: 50) ? "combination" : "monotherapy"
            return ("randomisation", #""arm":"\#(arm)","drug":"\#(drug)""#)
        case .infliximab: return ("dose", #""drug":"infliximab","amount":5,"unit":"mg/kg","route":"IV""#)
        case .adalimumab: return ("dose", #""drug":"adalimumab","amount":40,"unit":"mg","route":"SC""#)
        case .azathioprine: return ("dose", #""drug":"azathioprine","amount":2.5,"unit":"mg/kg/day","route":"PO""#)
        case .drugLevel: return ("assay", #""analyte":"\#(drug)","value":\#(tenths(0, 180, &random)),"unit":"ug/mL""#)
        case .antibodiesSensitive: return ("assay", antibodies(drug, "ng/mL", "drug-sensitive", &random))
        case .antibodiesTolerant: return ("assay", antibodies(drug, "AU/mL", "drug-tolerant", &random))
        case .calprotectin:
            return ("assay", #""analyte":"calprotectin","value":\#(20 + random.below(900)),"unit":"ug/g""#)
        case .crp: return ("assay", #""analyte":"crp","value":\#(tenths(2, 200, &random)),"unit":"mg/L""#)
        case .harveyBradshaw: return ("score", #""instrument":"HBI","total":\#(random.below(9))"#)
        case .mayo:
            let endoscopy = random.below(4)
            return ("score", #""instrument":"Mayo","total":\#(endoscopy + random.below(7)),"endoscopy":\#(endoscopy)"#)
        case .adverseEvent:
            return (
                "adverse-event",
                #""term":"\#(terms[random.below(terms.count)])","grade":\#(1 + random.below(3)),"serious":false,"#
                    + #""action":"none""#
            )
        case .completion: return ("completion", "")
        }
    }

    /// An assay of antibodies; one in three lies below the range of quantification.
    private static func antibodies(_ drug: String, _ unit: String, _ method: String, _ random: inout SplitMix) -> String
    {
        let isLow = random.chance(percent: 33)
        return #""analyte":"anti-\#(drug)","value":\#(isLow ? "5" : tenths(50, 900, &random)),"unit":"\#(unit)","#
            + (isLow ? #""comparator":"<","# : "") + #""method":"\#(method)""#
    }

    private static func tenths(_ least: Int, _ range: Int, _ random: inout SplitMix) -> String {
        let value = least + random.below(range)
        return value % 10 == 0 ? "\(value / 10)" : "\(value / 10).\(value % 10)"
    }
}
