package import LoadTest
import Trial
import VirtualCohort

extension LoadResult {
    /// The result as one JSON object on one line; latencies are milliseconds, `null` where there are none.
    ///
    /// - Parameter conditions: those under which the test counts as failed.
    package func json(failIf conditions: [LoadCondition] = []) -> String {
        var writer = JSONWriter()
        writer.object { writer in
            write(to: &writer)
            writer.key("failIf")
            writer.array(conditions) { writer, condition in
                writer.object { writer in
                    writer.member("condition", condition.text)
                    writer.member("holds", condition.holds(for: self))
                }
            }
            writer.key("perSecond")
            writer.array(perSecond) { $1.write(to: &$0) }
        }
        writer.endLine()
        return writer.text
    }

    /// Writes all members but those about single seconds and conditions.
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("offeredPerSecond", offeredPerSecond)
        writer.member("achievedPerSecond", achievedPerSecond)
        writer.member("seconds", seconds)
        writer.member("events", tally.acknowledged)
        writer.member("errors", tally.errors)
        for stage in LoadStage.allCases {
            writer.key(stage.rawValue)
            writer.object { writer in
                for percentile in LoadPercentile.all {
                    let value = latencies(stage).percentile(percentile.percent)
                    writer.member(percentile.key, value.map(JSONWriter.milliseconds))
                }
            }
        }
        writer.member("maxLagEvents", tally.maxLag)
        writer.member("stalledSeconds", stalledSeconds)
        writer.member("starvedSeconds", starvedSeconds)
        writer.member("stopped", isStopped)
        writer.member("offeredEvents", tally.offered)
        writer.member("notSent", tally.notSent)
        writer.member("notAcknowledged", tally.notAcknowledged)
        writer.member("notVisible", tally.notVisible)
        writer.member("rampSeconds", plan.rampSeconds)
        writer.member("patients", plan.patients)
        writer.member("scenario", plan.scenario.identifier)
        writer.member("seed", unsigned: plan.seed)
        writer.member("startedAt", Instant.text(startedAt))
        writer.key("messages")
        writer.array(messages) { writer, message in
            writer.object { writer in
                writer.member("text", message.text)
                writer.member("count", message.count)
            }
        }
    }
}

extension LoadSecond {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("start", start)
            writer.member("seconds", length)
            writer.member("offeredEvents", offered)
            writer.member("acknowledgedEvents", acknowledged)
            writer.member("visibleEvents", visible)
            writer.member("errors", errors)
            writer.member("lagEvents", lag)
            for (stage, latency) in [(LoadStage.append, append), (.visible, seen)] {
                guard let latency else {
                    writer.null(stage.rawValue)
                    continue
                }
                writer.key(stage.rawValue)
                writer.object { writer in
                    writer.member("p50", JSONWriter.milliseconds(latency.p50))
                    writer.member("p99", JSONWriter.milliseconds(latency.p99))
                }
            }
        }
    }
}

extension LoadSearch {
    /// The search as one JSON object on one line: the highest rate that held, `null` where none did, and all trials.
    package func json() -> String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("highestPerSecond", highest)
            writer.member("lowestFailedPerSecond", lowestFailed)
            writer.member("stopped", isStopped)
            writer.member("failIf", conditions.map(\.text).joined(separator: ","))
            writer.key("trials")
            writer.array(trials) { writer, trial in
                writer.object { writer in
                    writer.member("rate", trial.result.plan.rate)
                    writer.member("held", trial.held && !trial.result.isStopped)
                    writer.member("reasons", trial.reasons.joined(separator: "; "))
                    trial.result.write(to: &writer)
                }
            }
        }
        writer.endLine()
        return writer.text
    }
}

extension JSONWriter {
    fileprivate static func milliseconds(_ microseconds: Int) -> Double { Double(microseconds) / 1_000 }
}
