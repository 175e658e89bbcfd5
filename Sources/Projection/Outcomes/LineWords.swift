import Trial

/// What outcome lines of one slice say again and again, spelled once by ``OutcomeLine`` and numbered.
///
/// One run of bytes for all of it, so that a line counts the references to one table.
struct LineWords: Sendable {
    /// How many endpoints a line has.
    let endpoints: Int
    private var bytes: [UInt8] = []
    private var ends = [0]
    /// How many bytes the longest word has.
    private var longest = 0
    /// The number of the word with which every line begins.
    private(set) var start = 0
    /// The number of the word behind a list of evidence.
    private(set) var behindEvidence = 0
    /// The number of the word behind the outcomes of a digested line, which has no findings.
    private(set) var digestedEnd = 0
    /// By endpoint: the number of the first of its words.
    private var firstOfEndpoints: [Int] = []
    /// The number of the first word of a source.
    private var firstOfSources = 0

    private static let diseases = Disease.allCases.count + 1
    private static let drugs = Drug.allCases.count + 1

    init(_ trial: TrialProtocol, arms: NameTable, sources: NameTable) {
        endpoints = trial.endpoints.count
        for arm in 0..<arms.count {
            for disease in 0..<Self.diseases {
                for drug in 0..<Self.drugs { addGroup(arms[arm], Int16(disease), Int16(drug)) }
            }
        }
        for (number, endpoint) in trial.endpoints.enumerated() {
            firstOfEndpoints.append(ends.count - 1)
            for status in SliceOutcomes.Time.statuses(criteria: endpoint.criteria.count) {
                add {
                    if number > 0 { $0.append(UInt8(ascii: ",")) }
                    OutcomeLine.appendBeforeDay(of: endpoint, status, to: &$0)
                }
                add {
                    OutcomeLine.appendBehindDay(of: endpoint, status, to: &$0)
                    $0.append(UInt8(ascii: "["))
                }
                add {
                    OutcomeLine.appendBehindDay(of: endpoint, status, to: &$0)
                    $0.append(text: "[]}")
                }
            }
        }
        firstOfSources = ends.count - 1
        for source in 0..<sources.count {
            for index in 0...1 { add { OutcomeLine.appendBeforeID(index, source: sources[source].span, to: &$0) } }
        }
        start = add { OutcomeLine.appendStart(to: &$0) }
        behindEvidence = add { $0.append(text: "]}") }
        digestedEnd = add {
            _ = OutcomeLine.appendEnd([], EventBatch(), to: &$0)
            $0.append(UInt8(ascii: "\n"))
        }
    }

    /// A word of a group that no patient is in stays empty.
    private mutating func addGroup(_ arm: ArraySlice<UInt8>, _ disease: Int16, _ drug: Int16) {
        add {
            guard let drug = Drug(rawValue: drug) else { return }
            OutcomeLine.appendGroup(arm: arm.span, disease: Disease(rawValue: disease), drug: drug, to: &$0)
        }
    }

    /// Adds a word and tells its number.
    @discardableResult
    private mutating func add(_ spell: (inout [UInt8]) -> Void) -> Int {
        spell(&bytes)
        ends.append(bytes.count)
        longest = max(longest, ends[ends.count - 1] - ends[ends.count - 2])
        return ends.count - 2
    }

    /// Puts a word into a line.
    ///
    /// - Returns: The place behind it.
    func store(_ number: Int, in output: inout MutableSpan<UInt8>, at place: Int) -> Int {
        output.store(bytes.span.extracting(ends[number]..<ends[number + 1]), at: place)
    }

    /// How many bytes a digested line with so many events as evidence may take, without subject and ids.
    func greatestLength(evidence events: Int) -> Int {
        // Start and group, for each endpoint three words and a day, for each event a word and `}`, the end; of each text
        // the quotes.
        (3 + 3 * endpoints + events) * longest + CanonicalJSON.greatestDigits * endpoints + 3 * events + 2
    }

    /// The word for arm, disease and drug.
    func group(arm: Int32, _ disease: Disease?, _ drug: Drug) -> Int {
        (Int(arm) * Self.diseases + Int(disease?.rawValue ?? 0)) * Self.drugs + Int(drug.rawValue)
    }

    /// The word before the day of an endpoint with this status.
    func beforeDay(_ endpoint: Int, _ status: UInt16) -> Int { firstOfEndpoints[endpoint] + 3 * Int(status) }

    /// The word between the day and the evidence of an endpoint with this status.
    func behindDay(_ endpoint: Int, _ status: UInt16) -> Int { beforeDay(endpoint, status) + 1 }

    /// The word behind the day of an endpoint with this status that has no evidence, to the end of the outcome.
    func withoutEvidence(_ endpoint: Int, _ status: UInt16) -> Int { beforeDay(endpoint, status) + 2 }

    /// The word before the id of an event of a source in a list of evidence that has so many.
    func beforeID(_ index: Int, source: Int32) -> Int { firstOfSources + 2 * Int(source) + min(index, 1) }
}
