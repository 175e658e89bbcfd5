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
                precondition(
                    variants.count == Self.variantNumber(drug: drug, disease: disease), "Variants are in order.")
                variants.append(Variant(source, drug: drug, disease: disease))
            }
        }
        self.variants = variants
    }

    /// The conditions of every variant, by its number.
    var conditions: [Conditions] { variants.map(\.conditions) }

    /// The conditions as they are for patients with this study drug and disease.
    func variant(drug: Drug, disease: Disease?) -> Variant {
        variants[Self.variantNumber(drug: drug, disease: disease)]
    }

    /// The number of the variant for patients with this study drug and disease, the same in every protocol.
    static func variantNumber(drug: Drug, disease: Disease?) -> Int {
        (drug == .infliximab ? 0 : 1) * (Disease.allCases.count + 1) + Int(disease?.rawValue ?? 0)
    }

    /// Where it is noted that a condition is satisfied, and from when on that counts.
    struct Place: Sendable, BitwiseCopyable {
        /// The condition's number among all conditions of the protocol.
        var slot: Int
        /// Its criterion's number among all criteria of the protocol.
        var criterion: Int
        /// The first day that counts for its criterion.
        var from: Int
    }

    /// A condition on assays with everything looked up that does not depend on the event.
    struct AssayTest: Sendable, BitwiseCopyable {
        var place: Place
        /// The number of the method, 0 for any.
        var method: Int16
        /// The number of the stored unit, 0 for any.
        var unit: Int16
        var threshold: Threshold
    }

    /// A condition on scores of one instrument.
    struct ScoreTest: Sendable, BitwiseCopyable {
        var place: Place
        /// Whether the item is the score's total.
        var readsTotal: Bool
        /// Whether the item is the endoscopic part of a Mayo score.
        var readsEndoscopy: Bool
        /// The item's name, in ``Conditions/itemNames``; items sent under that name count too.
        var itemName: ByteRange
        var threshold: Threshold
    }

    /// A condition on adverse events.
    struct AdverseEventTest: Sendable {
        var place: Place
        var condition: Condition
        /// The study drug, for conditions that name it.
        var studyDrug: Drug
    }

    /// Conditions by the number of a word, one word's behind the other's.
    ///
    /// One array and no arrays in it: the fold looks here for nearly every event, and may not count references.
    struct TestsByWord<Test: Sendable & BitwiseCopyable>: Sendable {
        private(set) var tests: [Test] = []
        /// By word: where its conditions begin; one more entry for the end.
        private(set) var starts: [Int]

        /// No conditions, for words with the numbers from 1 on.
        init(words: Int) { starts = [Int](repeating: 0, count: words + 2) }

        /// The indices of a word's conditions.
        func indices(of word: Int16) -> Range<Int> { starts[Int(word)]..<starts[Int(word) + 1] }

        subscript(index: Int) -> Test { tests[index] }

        /// Adds a condition behind those that its word has.
        mutating func insert(_ test: Test, for word: Int16) {
            tests.insert(test, at: starts[Int(word) + 1])
            for later in Int(word) + 1..<starts.count { starts[later] += 1 }
        }
    }

    /// One criterion: the slots of its conditions, and its window.
    struct Group: Sendable {
        var slots: Range<Int>
        var within: Int
    }

    /// The protocol for one study drug and disease.
    ///
    /// A class, though nothing in it changes: the fold takes one for every patient, and counts one reference then.
    final class Variant: Sendable {
        /// What events may satisfy.
        let conditions: Conditions
        /// All criteria of all endpoints.
        let groups: [Group]
        /// For each endpoint the numbers of its criteria.
        let endpoints: [Range<Int>]
        /// How many conditions there are in all.
        let slotCount: Int

        init(_ source: TrialProtocol, drug: Drug, disease: Disease?) {
            var conditions = Conditions()
            var groups: [Group] = []
            var endpoints: [Range<Int>] = []
            var slotCount = 0
            for endpoint in source.endpoints {
                let first = groups.count
                for criterion in endpoint.criteria {
                    let applies = criterion.applies(to: disease)
                    let firstSlot = slotCount
                    for condition in criterion.conditions {
                        if applies {
                            conditions.file(
                                condition, drug: drug,
                                at: Place(slot: slotCount, criterion: groups.count, from: criterion.from))
                        }
                        slotCount += 1
                    }
                    groups.append(Group(slots: firstSlot..<slotCount, within: criterion.within))
                }
                endpoints.append(first..<groups.count)
            }
            self.conditions = conditions
            self.groups = groups
            self.endpoints = endpoints
            self.slotCount = slotCount
        }
    }

    /// The conditions of a variant, where the events that may satisfy them look.
    struct Conditions: Sendable {
        /// Conditions on assays, by the analyte's number.
        private(set) var assayTests = TestsByWord<AssayTest>(words: Analyte.allCases.count)
        /// Conditions on scores, by the instrument's number.
        private(set) var scoreTests = TestsByWord<ScoreTest>(words: Instrument.allCases.count)
        /// The names of items that conditions on scores ask for, one behind the other.
        private(set) var itemNames: [UInt8] = []
        /// Conditions on adverse events.
        private(set) var adverseEventTests: [AdverseEventTest] = []

        /// Puts a condition where it will be looked for.
        mutating func file(_ condition: Condition, drug: Drug, at place: Place) {
            switch condition {
            case .score(let instrument, let item, let threshold):
                let itemName = ByteRange(
                    start: UInt32(truncatingIfNeeded: itemNames.count), count: UInt32(item.utf8.count))
                itemNames += Array(item.utf8)
                scoreTests.insert(
                    ScoreTest(
                        place: place, readsTotal: item == Condition.totalItem,
                        readsEndoscopy: item == Condition.endoscopyItem && instrument == .mayo,
                        itemName: itemName, threshold: threshold), for: instrument.rawValue)
            case .assay(let target, let method, let unit, let threshold):
                let analyte: Analyte? =
                    switch target {
                    case .analyte(let named): named
                    case .studyDrug: Analyte.level(of: drug)
                    case .antiStudyDrug: Analyte.antibodies(against: drug)
                    }
                guard let analyte else { return }
                assayTests.insert(
                    AssayTest(
                        place: place, method: method?.rawValue ?? 0, unit: unit?.rawValue ?? 0, threshold: threshold),
                    for: analyte.rawValue)
            case .adverseEvent:
                adverseEventTests.append(AdverseEventTest(place: place, condition: condition, studyDrug: drug))
            }
        }
    }
}
