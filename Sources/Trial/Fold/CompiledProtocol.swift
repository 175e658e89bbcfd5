/// A protocol prepared for folding: for every study drug and disease, which conditions an event could satisfy.
package struct CompiledProtocol: Sendable {
    /// The protocol that was compiled.
    package let source: TrialProtocol
    private let variants: [Variant]

    /// Prepares a protocol.
    package init(_ source: TrialProtocol) {
        self.source = source
        var variants: [Variant] = []
        for drug in [Drug.infliximab, .adalimumab] {
            for disease in [nil] + Disease.allCases.map(Optional.some) {
                variants.append(Variant(source, drug: drug, disease: disease))
            }
        }
        self.variants = variants
    }

    /// The conditions as they are for patients with this study drug and disease.
    func variant(drug: Drug, disease: Disease?) -> Variant {
        let row = drug == .infliximab ? 0 : 1
        return variants[row * (Disease.allCases.count + 1) + Int(disease?.rawValue ?? 0)]
    }

    /// One condition with everything looked up that does not depend on the event.
    struct Test: Sendable {
        /// Its number among all conditions of the protocol.
        var slot: Int
        /// Its criterion's number among all criteria of the protocol.
        var criterion: Int
        /// The first day that counts for its criterion.
        var from: Int
        var condition: Condition
        /// The study drug, for conditions that name it.
        var studyDrug: Drug
    }

    /// One criterion: the slots of its conditions, and its window.
    struct Group: Sendable {
        var slots: Range<Int>
        var within: Int
        /// Whether the criterion applies to the variant's disease.
        var applies: Bool
    }

    /// The protocol for one study drug and disease.
    struct Variant: Sendable {
        /// Conditions on assays, by the analyte's number.
        var assayTests: [[Test]] = Array(repeating: [], count: Analyte.allCases.count + 1)
        /// Conditions on scores, by the instrument's number.
        var scoreTests: [[Test]] = Array(repeating: [], count: Instrument.allCases.count + 1)
        /// Conditions on adverse events.
        var adverseEventTests: [Test] = []
        /// All criteria of all endpoints.
        var groups: [Group] = []
        /// For each endpoint the numbers of its criteria.
        var endpoints: [Range<Int>] = []
        /// How many conditions there are in all.
        var slotCount = 0

        init(_ source: TrialProtocol, drug: Drug, disease: Disease?) {
            for endpoint in source.endpoints {
                let first = groups.count
                for criterion in endpoint.criteria {
                    let applies = criterion.disease == nil || criterion.disease == disease
                    let firstSlot = slotCount
                    for condition in criterion.conditions {
                        if applies {
                            file(
                                Test(
                                    slot: slotCount, criterion: groups.count, from: criterion.from,
                                    condition: condition, studyDrug: drug))
                        }
                        slotCount += 1
                    }
                    groups.append(Group(slots: firstSlot..<slotCount, within: criterion.within, applies: applies))
                }
                endpoints.append(first..<groups.count)
            }
        }

        /// Puts a condition where the events that may satisfy it will look.
        private mutating func file(_ test: Test) {
            switch test.condition {
            case .score(let instrument, _, _):
                scoreTests[Int(instrument.rawValue)].append(test)
            case .assay(let target, _, _, _):
                let analyte: Analyte? =
                    switch target {
                    case .analyte(let named): named
                    case .studyDrug: Analyte.level(of: test.studyDrug)
                    case .antiStudyDrug: Analyte.antibodies(against: test.studyDrug)
                    }
                if let analyte { assayTests[Int(analyte.rawValue)].append(test) }
            case .adverseEvent:
                adverseEventTests.append(test)
            }
        }
    }
}
