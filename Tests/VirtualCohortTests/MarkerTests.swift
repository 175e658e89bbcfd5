import Foundation
import Survival
import Testing
import Trial
import VirtualCohort

@Suite("Markers, scores and stops of the default scenario")
struct MarkerTests {
    private let sample = EventSample.large

    /// What a visit, counted from randomisation as 0, found in the patients of an arm: those who came.
    private func values(
        arm: Int? = nil, near day: Int, _ choose: (SampledPatient) -> [EventRecord]
    ) -> [Double] {
        sample.patients.filter { arm == nil || sample.allocation.arm(of: UInt64($0.index)) == arm }.flatMap { patient in
            choose(patient).filter { abs(patient.day($0) - day) <= (day == 0 ? 0 : 8) }.map(\.value)
        }
    }

    @Test("have calprotectin of a flare at randomisation: 800 to 900 ug/g, nine tenths above 250")
    func calprotectinAtFlare() {
        let values = values(near: 0) { $0.assays(.calprotectin) }
        #expect(values.count == sample.patients.count)
        // 45 e^3 is 904; a flare cohort had a median of 800 with quartiles of 439 and 1436, and 90 % of at least 250.
        #expect((800...950).contains(values.median), "\(values.median)")
        #expect((400...650).contains(values.quantile(0.25)), "\(values.quantile(0.25))")
        #expect((1_200...1_700).contains(values.quantile(0.75)), "\(values.quantile(0.75))")
        #expect(values.map { $0 >= 250 ? 1.0 : 0 }.mean > 0.9)
        let logs = values.map { log($0 / (45 * exp(3))) }
        // Patients by 0.4, visits by a coefficient of variation of 57.3 %.
        let spread = (0.4 * 0.4 + log(1 + 0.573 * 0.573)).squareRoot()
        #expect(abs(logs.mean) < 4 * spread / Double(logs.count).squareRoot(), "\(logs.mean)")
        #expect(abs(logs.spread - spread) < 4 * spread / Double(2 * logs.count).squareRoot(), "\(logs.spread)")
    }

    @Test("have calprotectin of remission where azathioprine keeps the drug, and much more of it alone later")
    func calprotectinLater() {
        // The prototype: 75 to 90 in control; at month 18 88 with azathioprine and 338 alone, where a new fit moves it
        // most.
        for (arm, day, range) in [
            (1, 182, 62.0...90), (1, 364, 65...95), (1, 546, 70...105), (0, 182, 70...110), (0, 546, 180...600),
        ] {
            let values = values(arm: arm, near: day) { $0.assays(.calprotectin) }
            #expect(range.contains(values.median), "arm \(arm), day \(day): \(values.median)")
        }
    }

    @Test("have the C-reactive protein of PANTS at randomisation: a median of 9 mg/L, quartiles of about 3 and 24")
    func reactiveProtein() {
        let values = values(near: 0) { $0.assays(.crp) }
        #expect((8.4...9.6).contains(values.median), "\(values.median)")
        #expect((3...5.5).contains(values.quantile(0.25)), "\(values.quantile(0.25))")
        #expect((16...26).contains(values.quantile(0.75)), "\(values.quantile(0.75))")
        let remission = self.values(arm: 1, near: 364) { $0.assays(.crp) }
        #expect((2.0...3.5).contains(remission.median), "\(remission.median)")
    }

    @Test("have scores of a flare at randomisation and of remission a year later with azathioprine")
    func scores() {
        for (disease, flare, remission) in [(Disease.crohn, 8.5, 2.4...3.4), (.ulcerativeColitis, 9.0, 2.2...3.4)] {
            func choose(_ patient: SampledPatient) -> [EventRecord] {
                patient.disease == disease ? patient.all(.score) : []
            }
            let first = values(near: 0, choose)
            // Rounding to whole points, ties to even, and the endoscopy that a Mayo score contains.
            #expect(abs(first.mean - flare) < 0.1, "\(disease): \(first.mean)")
            if disease == .crohn { #expect(first.allSatisfy { $0 >= 5 }, "\(first.min() ?? 0)") }
            let later = values(arm: 1, near: 364, choose)
            #expect(remission.contains(later.mean), "\(disease): \(later.mean)")
        }
    }

    @Test("have metabolites of azathioprine around 235 pmol per 8e8 red cells")
    func metabolites() {
        let values = sample.patients.flatMap { $0.assays(.thioguanine).map(\.value) }
        let logSD = log(1 + 0.4 * 0.4).squareRoot()
        for z in [-1.5, 0, 1.5] {
            let limit = 235 * exp(logSD * z)
            let share = ExpectedShare(values.map { $0 < limit }, NormalDistribution.lowerTail(z))
            // Whole numbers: next to the median one of them is 0.4 % of all.
            #expect(share.holds(rounding: 0.004), "below \(limit): \(share)")
        }
    }

    @Test("have withdrawals, adverse events and stops at the scenario's rates")
    func rates() throws {
        let (patients, years) = (sample.patients, 730 / 365.25)
        let withdrawn = ExpectedShare(patients.map { !$0.all(.withdrawal).isEmpty }, 1 - exp(-0.03 * years))
        #expect(withdrawn.holds(rounding: 0.0002), "\(withdrawn)")
        // A withdrawal, of 3 % a year, comes first in some.
        let (stop, leave) = (0.0015 * 12, 0.03)
        let expected = stop / (stop + leave) * (1 - exp(-(stop + leave) * years))
        let stopped = try patients.map { patient in
            try sample.stops(of: patient).contains { $0.reason == .adverseEvent }
        }
        #expect(ExpectedShare(stopped, expected).holds(rounding: 0.0002), "\(ExpectedShare(stopped, expected))")
        let ofAzathioprine = try patients.filter { sample.allocation.arm(of: UInt64($0.index)) == 1 }.map { patient in
            try sample.stops(of: patient).contains { $0.drug == .azathioprine }
        }
        let half = ExpectedShare(ofAzathioprine, expected / 2)
        #expect(half.holds(rounding: 0.0002), "\(half)")
        // Mild events follow a Poisson law, 0.6 a year until the withdrawal.
        let mild = patients.map { patient in
            Double(patient.all(.adverseEvent).count { $0.code == AdverseEventAction.none.rawValue })
        }
        let mean = 0.6 * (1 - exp(-leave * years)) / leave
        #expect(abs(mild.mean - mean) < 4 * (mean / Double(mild.count)).squareRoot() + 0.005, "\(mild.mean), \(mean)")
        #expect(ExpectedShare(mild.map { $0 == 0 }, exp(-0.6 * years)).holds(rounding: 0.025))
    }
}
