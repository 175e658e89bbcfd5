package import Simulation
import VirtualCohort

extension OperatingCharacteristics {
    /// The characteristics as one JSON object on one line; what is not reached or not estimable is `null`.
    package func json() -> String {
        var writer = JSONWriter()
        writer.object { writer in
            header.write(range, to: &writer)
            writer.member("patients", patients)
            writer.member("events", events)
            writer.key("endpoints")
            writer.array(endpoints) { $1.write(to: &$0) }
        }
        writer.endLine()
        return writer.text
    }

    /// Each trial as a JSON object on a line of its own.
    package static func ndjson(
        _ trials: [TrialResult], of header: SimulationResult.Header, _ range: Range<Int>
    ) -> String {
        var writer = JSONWriter()
        for (number, trial) in zip(range, trials) {
            writer.object { writer in
                writer.member("trial", number + 1)
                writer.key("endpoints")
                writer.array(Array(zip(header.endpoints, trial.endpoints))) { writer, pair in
                    writer.object { writer in
                        writer.member("name", pair.0)
                        writer.key("arms")
                        writer.array(Array(header.arms.enumerated())) { writer, arm in
                            writer.object { writer in
                                writer.member("name", arm.element)
                                writer.member("survival", pair.1.survival[arm.offset])
                                writer.member("medianDays", pair.1.medianDays[arm.offset])
                            }
                        }
                        writer.member("logRankP", pair.1.logRankP)
                    }
                }
            }
            writer.endLine()
        }
        return writer.text
    }
}

extension SimulationResult.Header {
    /// Writes the members that say which simulation, and which part of it, a result is of.
    func write(_ range: Range<Int>, to writer: inout JSONWriter) {
        writer.member("scenario", scenario)
        writer.member("seed", unsigned: seed)
        writer.key(isTrials ? "trials" : "cohort")
        writer.object { writer in
            writer.member("first", range.lowerBound + 1)
            writer.member("last", range.upperBound)
            writer.member("of", count)
        }
    }
}

extension EndpointCharacteristics {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("name", name)
            writer.key("arms")
            writer.array(arms) { writer, arm in
                writer.object { writer in
                    writer.member("name", arm.name)
                    writer.member("survival", arm.survival)
                    writer.member("survivalEstimable", arm.survival.share)
                    writer.member("medianDays", arm.medianDays)
                    writer.member("medianReached", arm.medianDays.finiteShare)
                }
            }
            writer.member("logRankP", logRankP)
            writer.member("tested", logRankP.share)
            writer.member("power", power)
            guard let published else { return writer.null("published") }
            writer.key("published")
            writer.object { writer in
                writer.key("survival")
                writer.numbers([published.result.monotherapy, published.result.combination])
                writer.member("shareAtLeastAsExtreme", published.shareAtLeast)
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: String, _ distribution: Distribution) {
        key(name)
        object { writer in
            writer.member("mean", distribution.mean)
            writer.member("standardDeviation", distribution.standardDeviation)
            writer.key("quantiles")
            writer.numbers(distribution.quantiles)
        }
    }
}
