import Report
import Survival
import TestData
import Testing
import Trial

@Suite("What a report says")
struct SurvivalReportTests {
    @Test("the figures of a small trial are those of R")
    func figures() throws {
        let report = try Cohort.small.report()
        let endpoint = try #require(report.endpoints.first)
        let monotherapy = endpoint.groups[0]
        #expect((monotherapy.count, monotherapy.events, monotherapy.censored) == (4, 4, 0))
        #expect(monotherapy.median.time == 250)
        #expect(monotherapy.median.lower == 100)
        #expect(monotherapy.median.upper == nil)
        let year = monotherapy.months[1]
        #expect((year.month, year.day, year.estimate.atRisk) == (12, 365, 1))
        #expect(isClose(year.estimate.survival, 0.25))
        #expect(isClose(year.estimate.standardError, 0.21650635094610965))
        #expect(isClose(year.estimate.lower, 0.0089478244166031722))
        #expect(isClose(year.estimate.upper, 0.66532534278886535))
        #expect(isClose(endpoint.logRank?.statistic, 3.8092476388111578))
        #expect(isClose(endpoint.logRank?.p, 0.050970340514356872))
        let term = try #require(endpoint.cox?.terms.first?.estimate)
        #expect(isClose(term.coefficient, -1.9249131150968357))
        #expect(isClose(term.lower, 0.015887428687445516))
        #expect(isClose(term.upper, 1.3396399728405868))
        #expect(isClose(term.p, 0.088849088680004421))
        #expect(report.warnings.isEmpty)
    }

    @Test("the scale and the level asked for make all limits, those of hazard ratios too")
    func limits() throws {
        let options = SurvivalReport.Options(months: [12], limits: ConfidenceLimits(.log, level: 0.9))
        let report = try Cohort.small.report(options)
        let year = report.endpoints[0].groups[0].months[0].estimate
        #expect(isClose(year.lower, 0.060158087650701991))
        #expect(year.upper == 1)
        #expect(isClose(report.endpoints[0].cox?.terms[0].estimate?.lower, 0.022692025933743486))
        #expect(isClose(report.endpoints[0].cox?.terms[0].estimate?.upper, 0.9379257100049142))
        #expect(report.table().contains("survival in %, 90 % confidence interval below"))
        #expect(report.table().contains("estimates with 90 % limits (log)"))
    }

    @Test("month m is the day floor(30.4375 m)")
    func months() {
        #expect([6, 12, 18, 24].map(GroupSurvival.AtMonth.day) == [182, 365, 547, 730])
        for month in 0...1_200 {
            #expect(GroupSurvival.AtMonth.day(of: month) == Int((Double(month) * 30.4375).rounded(.down)))
        }
    }

    @Test("the months of a report are those asked for, in their order")
    func monthsAskedFor() throws {
        let report = try Cohort.small.report(SurvivalReport.Options(months: [24, 0, 18, 12, 6]))
        #expect(report.endpoints[0].groups[0].months.map(\.day) == [730, 0, 547, 365, 182])
        #expect(report.endpoints[0].groups[0].months[1].estimate.survival == 1)
        #expect(report.endpoints[0].groups[0].months[0].estimate.survival == nil)
    }

    @Test("arms come in the protocol's order, then others by their bytes, and empty ones not at all")
    func armOrder() throws {
        let cohort = Cohort(
            ["é": ([5], []), "z": ([5], []), "Z": ([5], []), "combination": ([5], []), "monotherapy": ([9], [])],
            protocolArms: ["monotherapy", "nobody", "combination"])
        let endpoint = try #require(try cohort.report().endpoints.first)
        #expect(endpoint.groups.map(\.name) == ["monotherapy", "combination", "Z", "z", "é"])
        #expect(endpoint.cox?.reference == "monotherapy")
        #expect(endpoint.cox?.terms.map(\.name) == ["combination", "Z", "z", "é"])
    }

    @Test("arms whose names look alike but differ in bytes are different groups")
    func armBytes() throws {
        let cohort = Cohort(["caf\u{E9}": ([5, 9], []), "cafe\u{301}": ([7, 11], [])], protocolArms: ["cafe\u{301}"])
        let groups = try cohort.report().endpoints[0].groups
        #expect(groups.map { Array($0.name.utf8).count } == [6, 5])
        #expect(groups.map(\.count) == [2, 2])
    }

    @Test("diseases and drugs come in the order of their lists, the unknown disease last")
    func otherGroupings() throws {
        var cohort = Cohort(protocolName: "p", arms: ["a"], endpoints: ["e"])
        let rows: [(Disease?, Drug)] = [
            (nil, .adalimumab), (.ulcerativeColitis, .adalimumab), (.crohn, .infliximab), (.crohn, .adalimumab),
        ]
        for (disease, drug) in rows {
            cohort.append(
                arm: "a", disease: disease, drug: drug, followUps: [Cohort.FollowUp(day: 3, isEvent: true)])
        }
        let diseases = try cohort.report(SurvivalReport.Options(grouping: .disease)).endpoints[0].groups
        #expect(diseases.map(\.name) == ["CD", "UC", "unknown"])
        #expect(diseases.map(\.count) == [2, 1, 1])
        let drugs = try cohort.report(SurvivalReport.Options(grouping: .drug)).endpoints[0].groups
        #expect(drugs.map(\.name) == ["infliximab", "adalimumab"])
        #expect(drugs.map(\.count) == [1, 3])
    }

    @Test("one endpoint can be asked for by name")
    func endpointFilter() throws {
        var generator = SeededRandom(seed: 7)
        let cohort = Cohort.random(arms: ["a", "b"], using: &generator)
        let report = try cohort.report(SurvivalReport.Options(endpoint: "pharmacokinetic-failure"))
        let all = try cohort.report()
        #expect(report.endpoints == [all.endpoints[1]])
    }

    @Test("an unknown endpoint is refused with the names of those there are")
    func unknownEndpoint() throws {
        var generator = SeededRandom(seed: 8)
        let cohort = Cohort.random(arms: ["a"], using: &generator)
        let error = #expect(throws: ReportError.self) {
            try cohort.report(SurvivalReport.Options(endpoint: "failure"))
        }
        #expect(
            error?.description == "The protocol has no endpoint \"failure\"; its endpoints are clinical-failure, "
                + "pharmacokinetic-failure.")
    }

    @Test("a month that no trial has is refused", arguments: [-1, 1_201, Int.max])
    func invalidMonth(month: Int) {
        #expect(throws: ReportError.invalidMonth(month)) {
            try Cohort.small.report(SurvivalReport.Options(months: [6, month]))
        }
    }

    @Test("a negative day is refused with its endpoint")
    func negativeDay() {
        let cohort = Cohort(["a": ([3, -1], [])])
        #expect(throws: ReportError.invalidTimes(endpoint: "clinical-failure", .invalidTime(row: 1, time: -1))) {
            try cohort.report()
        }
    }

    @Test("a single group has no tests")
    func singleGroup() throws {
        let endpoint = try Cohort(["a": ([3, 4], [5])]).report().endpoints[0]
        #expect(endpoint.logRank == nil)
        #expect(endpoint.cox == nil)
        #expect(endpoint.warnings.isEmpty)
    }

    @Test("without events there is no log-rank test, and hazard ratios are not estimable")
    func noEvents() throws {
        let endpoint = try Cohort(["a": ([], [3, 4]), "b": ([], [5]), "c": ([], [9])]).report().endpoints[0]
        #expect(endpoint.logRank == nil)
        #expect(endpoint.cox?.terms.map(\.estimate) == [nil, nil])
        #expect(
            endpoint.warnings == [
                "clinical-failure: no hazard ratio of \"b\", \"c\" against \"a\", since there are no events."
            ])
    }

    @Test("a cohort without patients has endpoints without groups")
    func empty() throws {
        let cohort = Cohort(protocolName: "p", arms: ["a", "b"], endpoints: ["e", "f"])
        let report = try cohort.report()
        #expect(report.endpoints.map(\.name) == ["e", "f"])
        #expect(report.endpoints.allSatisfy { $0.groups.isEmpty && $0.logRank == nil && $0.cox == nil })
    }
}

@Suite("Hazard ratios that data do not determine")
struct HazardComparisonTests {
    @Test("a group without events has no hazard ratio, and the others have the one that R converges to")
    func groupWithoutEvents() throws {
        let cohort = Cohort([
            "a": ([30, 90, 210, 330], [150]), "b": ([60, 240, 360], [120, 480]),
            "c": ([], [45, 300, 420, 540, 600]),
        ])
        let endpoint = try cohort.report().endpoints[0]
        let terms = try #require(endpoint.cox?.terms)
        #expect(isClose(terms[0].estimate?.coefficient, -1.1198821743445473))
        #expect(isClose(terms[0].estimate?.standardError, 0.88170202317942825))
        #expect(terms[1].estimate == nil)
        #expect(isClose(endpoint.logRank?.statistic, 8.0150677400502133))
        #expect(endpoint.warnings.count == 1)
        #expect(endpoint.warnings[0].hasPrefix("clinical-failure: no hazard ratio of \"c\" against \"a\", since "))
    }

    @Test("where the reference has no events no ratio is estimable")
    func referenceWithoutEvents() throws {
        let endpoint = try Cohort(["a": ([], [50, 60]), "b": ([10, 30], [70]), "c": ([20, 40], [80])]).report()
            .endpoints[0]
        #expect(endpoint.cox?.terms.map(\.estimate) == [nil, nil])
        #expect(!endpoint.warnings.isEmpty)
    }

    @Test("a group that nobody is left of when events begin has no ratio, and changes no other")
    func groupGoneBeforeEvents() throws {
        let with = try Cohort(["a": ([30, 50, 90], [80]), "gone": ([], [1, 2]), "c": ([40, 60], [70])]).report()
        let without = try Cohort(["a": ([30, 50, 90], [80]), "c": ([40, 60], [70])]).report()
        #expect(with.endpoints[0].cox?.terms[0].estimate == nil)
        #expect(with.endpoints[0].cox?.terms[1] == without.endpoints[0].cox?.terms[0])
    }

    @Test("a group that fails before all others has no ratio, and the others keep theirs")
    func groupThatFailsFirst() throws {
        let with = try Cohort(["a": ([30, 50, 90], [80]), "b": ([40, 60], [70]), "first": ([1, 2, 3], [])]).report()
        let without = try Cohort(["a": ([30, 50, 90], [80]), "b": ([40, 60], [70])]).report()
        #expect(with.endpoints[0].cox?.terms[0] == without.endpoints[0].cox?.terms[0])
        #expect(with.endpoints[0].cox?.terms[1].estimate == nil)
    }
}
