import Survival

/// Fits the hazard ratios of groups, without those that the data do not determine.
///
/// A group in which nobody has an event, or everybody has one before anybody else, has no finite hazard ratio. In the
/// limit in which its coefficient runs away its patients weigh nothing in the risk sets of the others, or are the only
/// ones who weigh; either way they say nothing about the other groups. So such a group is left out, and the fit
/// of the rest is the limit of the fit of all.
struct HazardComparison {
    /// The comparison; terms that could not be estimated have no estimate.
    let comparison: CoxComparison
    /// Why terms have no estimate, a sentence each.
    private(set) var warnings: [String] = []

    /// Compares groups of patients, of which there are at least two.
    init(
        endpoint: String, days: [Double], isEvent: [Bool], _ groups: Groups, level: Double
    ) throws(SurvivalInputError) {
        let control = CoxRegression.Control(level: level)
        self.init(endpoint: endpoint, names: groups.names) { compared throws(CoxRegressionError) in
            let rows = groups.members.indices.filter { row in
                groups.members[row] == 0 || compared.contains(groups.members[row])
            }
            let sample: RightCensoredSample
            do throws(SurvivalInputError) {
                sample = try RightCensoredSample(
                    times: rows.map { days[$0] }, status: rows.map { isEvent[$0] })
            } catch {
                throw .invalidInput(error)
            }
            let covariates = compared.map { group in rows.map { groups.members[$0] == group ? 1.0 : 0.0 } }
            return try CoxRegression(sample, covariates: covariates, control: control)
        }
    }

    /// Compares groups of a counted sample, of which there are at least two, none of them empty.
    init(endpoint: String, _ sample: CountedSample, names: [String], level: Double) {
        let control = CoxRegression.Control(level: level)
        self.init(endpoint: endpoint, names: names) { compared throws(CoxRegressionError) in
            try CoxRegression(sample, reference: 0, compared: compared, control: control)
        }
    }

    /// Fits groups against the first, and again without those that the data do not determine.
    private init(
        endpoint: String, names: [String], fit: ([Int]) throws(CoxRegressionError) -> CoxRegression
    ) {
        var compared = Array(names.indices.dropFirst())
        var estimates = [CoxRegression.Term?](repeating: nil, count: names.count)
        while !compared.isEmpty {
            do throws(CoxRegressionError) {
                for (group, term) in zip(compared, try fit(compared).terms) { estimates[group] = term }
                break
            } catch {
                let failed = error.covariates(of: compared.count)
                let blamed = failed.map { "\"\(names[compared[$0]])\"" }.joined(separator: ", ")
                warnings.append(
                    "\(endpoint): no hazard ratio of \(blamed) against \"\(names[0])\", since \(error.reason).")
                for place in failed.reversed() { compared.remove(at: place) }
            }
        }
        comparison = CoxComparison(
            reference: names[0],
            terms: names.indices.dropFirst().map { CoxComparison.Term(name: names[$0], estimate: estimates[$0]) })
    }
}

extension CoxRegressionError {
    /// The covariates that are to blame, ascending; all of them where none can be named.
    fileprivate func covariates(of count: Int) -> [Int] {
        switch self {
        case .infiniteCoefficient(let covariates, _), .singularInformation(let covariates):
            covariates.isEmpty ? Array(0..<count) : covariates.sorted()
        case .invalidInput, .noCovariates, .noEvents, .notConverged:
            Array(0..<count)
        }
    }

    /// The reason in terms of groups, as the second half of a sentence.
    fileprivate var reason: String {
        switch self {
        case .infiniteCoefficient:
            "events separate the groups completely and the ratio has no finite estimate"
        case .singularInformation:
            "at no event are patients of both groups at risk in a way that tells them apart"
        case .noEvents:
            "there are no events"
        case .notConverged(let iterations, _):
            "the fit did not settle within \(iterations) iterations"
        case .invalidInput(let error):
            "the data cannot be taken: \(error.description)"
        case .noCovariates:
            "there is no other group"
        }
    }
}
