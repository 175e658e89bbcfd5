import Foundation
import Survival
import Testing
import Trial

@testable import VirtualCohort

/// A share among independent patients, and what it should be.
struct ExpectedShare {
    let found: Double
    let expected: Double
    let count: Int

    /// The share of true answers.
    init(_ answers: some Collection<Bool>, _ expected: Double) {
        count = answers.count
        found = Double(answers.count { $0 }) / Double(answers.count)
        self.expected = expected
    }

    /// Whether the share is within four standard errors and what rounding may do.
    func holds(rounding: Double = 0) -> Bool {
        abs(found - expected) <= 4 * (expected * (1 - expected) / Double(count)).squareRoot() + rounding
    }
}

@Suite("Who virtual patients are")
struct CovariateTests {
    private let members = Population.shared.members

    @Test("has the published and assumed shares of drugs, diseases, women and carriers")
    func shares() {
        let shares = [
            ("infliximab", ExpectedShare(members.map(\.infliximab), 50.0 / 90)),
            ("Crohn's disease", ExpectedShare(members.map(\.crohn), 48.0 / 90)),
            ("women", ExpectedShare(members.map(\.female), 0.45)),
            ("carriers", ExpectedShare(members.map(\.hlaCarrier), 0.40)),
            // Independent of each other, of the arm and of the drug.
            ("infliximab and Crohn's", ExpectedShare(members.map { $0.infliximab && $0.crohn }, 50.0 / 90 * 48 / 90)),
            ("women who carry", ExpectedShare(members.map { $0.female && $0.hlaCarrier }, 0.45 * 0.40)),
            ("monotherapy and infliximab", ExpectedShare(members.map { $0.monotherapy && $0.infliximab }, 25.0 / 90)),
        ]
        for (name, share) in shares { #expect(share.holds(), "\(name): \(share)") }
        #expect(members.count { $0.monotherapy } == members.count / 2)
    }

    @Test("has a share of drugs of its own in an arm that states one, and nothing else changes")
    func drugsOfAnArm() {
        var scenario = Scenario()
        scenario.arms[1].infliximabShare = 0.25
        let changed = Population(scenario, count: UInt64(members.count)).members
        let second = ExpectedShare(changed.filter { !$0.monotherapy }.map(\.infliximab), 0.25)
        #expect(second.holds(), "\(second)")
        for (left, right) in zip(members, changed) {
            #expect(left.female == right.female && left.weight == right.weight && left.crohn == right.crohn)
            if left.monotherapy || left.infliximab == right.infliximab {
                #expect(left.onsetDay == right.onsetDay && left.troughs == right.troughs)
            }
        }
    }

    /// Expects of numbers that are the image of a normal variable the right share below its quantiles.
    private func expectNormal(
        _ numbers: [Double], _ name: String, rounding: Double = 0, value: (_ z: Double) -> Double
    ) {
        for z in [-2, -1, -0.5, 0, 0.5, 1, 2] {
            let share = ExpectedShare(numbers.map { $0 < value(z) }, NormalDistribution.lowerTail(z))
            #expect(share.holds(rounding: rounding), "\(name) below \(value(z)): \(share)")
        }
    }

    @Test("has log-normal weights around 70 kg and normal albumin around 40 g/L, within bounds")
    func body() {
        expectNormal(members.map(\.weight), "weight") { 70 * exp(0.20 * $0) }
        expectNormal(members.map(\.albumin), "albumin") { 40 + 4 * $0 }
        #expect(members.allSatisfy { (42...125).contains($0.weight) && (28...50).contains($0.albumin) })
        let products = members.map { log($0.weight / 70) / 0.20 * ($0.albumin - 40) / 4 }
        #expect(abs(products.mean) < 4 / Double(members.count).squareRoot(), "correlation \(products.mean)")
    }

    @Test("has the models' clearances, whatever is not explained by covariates log-normal")
    func clearance() {
        let first = members.filter(\.infliximab).map { member in
            var typical = 0.407 * pow(member.albumin / 41, -1.54) * (member.female ? 0.764 : 1)
            if member.crohn && !member.monotherapy { typical *= 0.86 }
            return member.clearance / typical
        }
        expectNormal(first, "infliximab") { exp(log(1 + 0.377 * 0.377).squareRoot() * $0) }
        let second = members.filter { !$0.infliximab }.map { member in
            member.clearance / (0.330 * pow(member.weight / 70, 0.6) * pow(member.albumin / 40, -0.8))
        }
        expectNormal(second, "adalimumab") { exp(log(1 + 0.326 * 0.326).squareRoot() * $0) }
    }

    @Test("has ages around 36 and a duration of the disease around 7 years, as enrolments state them")
    func enrolments() throws {
        let sample = EventSample.large
        var (ages, durations, weights, albumins) = ([Double](), [Double](), [Double](), [Double]())
        for patient in sample.patients {
            let enrolment = try #require(patient.all(.enrolment).first)
            let randomisation = try #require(patient.all(.randomisation).first)
            let detail = try EventDetail.enrolment(of: enrolment, in: sample.batch.arena.span)
            let year = Instant.date(ofDay: Instant.dayNumber(randomisation.time)).year
            ages.append(Double(year - (try #require(detail.birthYear))))
            durations.append(try #require(detail.diseaseDurationYears))
            weights.append(try #require(detail.weightKg))
            albumins.append(try #require(detail.albuminGPerL))
        }
        // Ages are whole years, so that only whole numbers part them; a year may begin a day early.
        for age in [24.0, 30, 36, 44, 60] {
            let share = ExpectedShare(ages.map { $0 < age }, NormalDistribution.lowerTail(log(age / 36) / 0.35))
            #expect(share.holds(rounding: 0.001), "age below \(age): \(share)")
        }
        #expect(ages.allSatisfy { (17...75).contains($0) })
        // Tenths: next to the median a tenth of a year is 0.8 % of all patients, of a kg or g/L less than 1 %.
        let logSD = log(1 + 0.80 * 0.80).squareRoot()
        expectNormal(durations, "duration", rounding: 0.01) { 7 * exp(logSD * $0) }
        #expect(durations.allSatisfy { (0...60).contains($0) })
        expectNormal(weights, "weight", rounding: 0.01) { 70 * exp(0.20 * $0) }
        expectNormal(albumins, "albumin", rounding: 0.01) { 40 + 4 * $0 }
    }

    @Test("has recruitment spread evenly over two years")
    func recruitment() throws {
        let sample = EventSample.large
        let start = Instant.dayNumber(year: 2014, month: 3, day: 3)
        let days = try sample.patients.map { patient in
            Instant.dayNumber(try #require(patient.all(.randomisation).first).time) - start
        }
        for quarter in 1...7 {
            let last = Double(quarter) * 730 / 8
            let share = ExpectedShare(days.map { Double($0) < last }, last / 730)
            #expect(share.holds(rounding: 1.0 / 730), "before day \(last): \(share)")
        }
    }
}
