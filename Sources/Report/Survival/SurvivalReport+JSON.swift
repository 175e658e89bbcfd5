import Survival

extension SurvivalReport {
    /// The report as one JSON object on one line, ended by a line feed.
    ///
    /// Numbers have the shortest spelling that reads back as the same double; what is not estimable is `null`.
    package func json() -> String {
        var writer = JSONWriter()
        writer.object { writeMembers(to: &$0) }
        writer.endLine()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Writes the members of the report's object.
    func writeMembers(to writer: inout JSONWriter) {
        writer.member("protocol", protocolName)
        writer.member("events", events)
        writer.member("patients", patients)
        writeEndpoints(to: &writer)
    }

    /// Writes the member of the report's object that has its endpoints.
    func writeEndpoints(to writer: inout JSONWriter) {
        writer.key("endpoints")
        writer.array(endpoints) { $1.write(to: &$0) }
    }

    /// The endpoints as JSON objects, the same as in ``json()``, one on a line.
    package func ndjson() -> String {
        var writer = JSONWriter()
        for endpoint in endpoints {
            endpoint.write(to: &writer)
            writer.endLine()
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension EndpointSurvival {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("name", name)
            writer.key("groups")
            writer.array(groups) { $1.write(to: &$0) }
            if let logRank {
                writer.key("logRank")
                writer.object { writer in
                    writer.member("chiSquared", logRank.statistic)
                    writer.member("degreesOfFreedom", logRank.degreesOfFreedom)
                    writer.member("p", logRank.p)
                }
            } else {
                writer.null("logRank")
            }
            if let cox {
                writer.key("cox")
                writer.object { writer in
                    writer.member("ties", "efron")
                    writer.key("terms")
                    writer.array(cox.terms) { $1.write(to: &$0) }
                }
            } else {
                writer.null("cox")
            }
        }
    }
}

extension GroupSurvival {
    /// Writes the group as an object.
    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("name", name)
            writer.member("n", count)
            writer.member("events", events)
            writer.member("censored", censored)
            writer.member("median", median.time)
            writer.member("medianLower", median.lower)
            writer.member("medianUpper", median.upper)
            writer.key("at")
            writer.array(months) { writer, month in
                writer.object { writer in
                    writer.member("month", month.month)
                    writer.member("day", month.day)
                    writer.member("atRisk", month.estimate.atRisk)
                    writer.member("survival", month.estimate.survival)
                    writer.member("standardError", month.estimate.standardError)
                    writer.member("lower", month.estimate.lower)
                    writer.member("upper", month.estimate.upper)
                }
            }
        }
    }
}

extension CoxComparison.Term {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("name", name)
            writer.member("coefficient", estimate?.coefficient)
            writer.member("hazardRatio", estimate?.hazardRatio)
            writer.member("lower", estimate?.lower)
            writer.member("upper", estimate?.upper)
            writer.member("standardError", estimate?.standardError)
            writer.member("z", estimate?.z)
            writer.member("p", estimate?.p)
        }
    }
}
