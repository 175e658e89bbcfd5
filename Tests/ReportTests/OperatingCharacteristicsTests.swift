import Report
import Simulation
import Testing
import VirtualCohort

@Suite("Operating characteristics for people")
struct OperatingCharacteristicsTests {
    @Test("power is the share of trials below the level, and the published difference is compared to within rounding")
    func figures() throws {
        let clinical = TrialSets.characteristics.endpoints[0]
        #expect(clinical.name == "clinical-failure")
        #expect(clinical.power == 0.8)
        #expect(clinical.arms.map(\.name) == ["monotherapy", "combination"])
        #expect(isClose(clinical.arms[0].survival.mean, 0.25))
        #expect(clinical.arms[1].medianDays.finiteShare == 0.4)
        let published = try #require(clinical.published)
        // 0.55, 0.55, 0.50, 0.55 and 0.10; the published difference is 0.77 - 0.22, the same 0.55 with other last bits.
        #expect(published.shareAtLeast == 0.6)
        #expect(TrialSets.characteristics.endpoints[1].published?.shareAtLeast == 0)
    }

    @Test("the level itself is not below the level")
    func level() {
        let trials = [0.05, 0.049999, 0.05].map { p in
            let endpoint = EndpointResult(survival: [0.5, 0.5], medianDays: [1, 2], logRankP: p)
            return TrialResult(endpoints: [endpoint, endpoint])
        }
        let all = OperatingCharacteristics(trials, of: TrialSets.header, 0..<3, patients: 1, events: 1)
        #expect(isClose(all.endpoints[0].power, 1.0 / 3))
    }

    @Test("what a trial has not is left out of distributions, counts as no rejection, and is said in words and numbers")
    func notEstimable() {
        let rows: [(Double?, Double?, Double?)] = [
            (0.2, 0.8, 0.01), (nil, 0.9, 0.02), (0.4, nil, 0.5), (nil, nil, nil),
        ]
        let trials = rows.map { one, other, p in
            let endpoint = EndpointResult(survival: [one, other], medianDays: [.infinity, .infinity], logRankP: p)
            return TrialResult(endpoints: [endpoint, endpoint])
        }
        let all = OperatingCharacteristics(trials, of: TrialSets.header, 0..<4, patients: 1, events: 1)
        let clinical = all.endpoints[0]
        #expect(isClose(clinical.arms[0].survival.mean, 0.3) && clinical.arms[0].survival.share == 0.5)
        #expect(isClose(clinical.arms[1].survival.quantiles[2], 0.85))
        #expect(clinical.power == 0.5 && clinical.logRankP.share == 0.75 && clinical.published?.shareAtLeast == 0.25)
        for line in [
            "nothing to test in 25.0 %",
            "survival of monotherapy at 24 months not estimable in 50.0 %, and left out",
        ] { #expect(all.table().contains("  \(line)\n"), "\(line)") }
        #expect(all.csv().contains("clinical-failure,monotherapy,survival,4,0.5,0.3"))
        #expect(all.csv().contains("clinical-failure,,logRankP,4,0.75,"))
        #expect(all.json().contains(#""survivalEstimable":0.5"#) && all.json().contains(#""tested":0.75"#))
        let lines = OperatingCharacteristics.ndjson(trials, of: TrialSets.header, 0..<4).lines
        #expect(lines[3].contains(#""survival":null"#) && lines[3].contains(#""logRankP":null"#))
    }

    @Test("where no trial has an estimate nothing is a number")
    func neverEstimable() {
        let endpoint = EndpointResult(survival: [nil, 1], medianDays: [.infinity, .infinity], logRankP: nil)
        let trial = TrialResult(endpoints: [endpoint, endpoint])
        let all = OperatingCharacteristics([trial, trial], of: TrialSets.header, 0..<2, patients: 1, events: 1)
        #expect(all.endpoints[0].arms[0].survival.mean.isNaN && all.endpoints[0].arms[0].survival.share == 0)
        #expect(all.endpoints[0].power == 0)
        #expect(all.json().contains(#""survival":{"mean":null,"standardDeviation":null,"quantiles":[null,null,"#))
        #expect(!all.table().contains("nan"))
    }

    @Test("an endpoint that was not published, and trials of other than two arms, are not compared")
    func unpublished() throws {
        #expect(TrialSets.wide.endpoints.allSatisfy { $0.published == nil })
        #expect(!TrialSets.wide.table().contains("published"))
    }

    @Test("the table of a small set of trials")
    func table() {
        #expect(TrialSets.characteristics.table() == Self.golden)
    }

    private static let golden = """
        roblin-2020, seed 42: 5 trials, 450 patients, 43,210 events

        clinical-failure

          survival at 24 months in %
                       mean    sd  2.5 %  25 %  50 %  75 %  97.5 %
          monotherapy  25.0  11.2   11.0  20.0  25.0  30.0    39.0
          combination  70.0  14.6   51.0  60.0  75.0  80.0    84.5

          median time to the event in months
                       mean   sd  2.5 %  25 %  50 %  75 %  97.5 %
          monotherapy  17.1  1.5   15.8  16.4  16.8  17.1    19.4
          combination     –    –   21.5  23.0     –     –       –

          log-rank
             mean    sd    2.5 %   25 %   50 %   75 %  97.5 %
          p  0.06  0.13  4.6e-07  1e-06  2e-05  0.001    0.27

          power at 0.05: 80.0 %
          median of combination reached in 40.0 %
          difference of at least the published 55 points: 60.0 %

        pharmacokinetic-failure

          survival at 24 months in %
                       mean    sd  2.5 %  25 %  50 %  75 %  97.5 %
          monotherapy  25.0  11.2   11.0  20.0  25.0  30.0    39.0
          combination  70.0  14.6   51.0  60.0  75.0  80.0    84.5

          median time to the event in months
                       mean  sd  2.5 %  25 %  50 %  75 %  97.5 %
          monotherapy     –   –      –     –     –     –       –
          combination     –   –      –     –     –     –       –

          log-rank
              mean     sd    2.5 %   25 %   50 %   75 %  97.5 %
          p  0.006  0.013  4.6e-08  1e-07  2e-06  1e-04   0.027

          power at 0.05: 100.0 %
          median of monotherapy reached in 0.0 %
          median of combination reached in 0.0 %
          difference of at least the published 56 points: 0.0 %

        Kaplan–Meier estimates; log-rank test at 0.05. – means not reached or not
        estimable.

        """

    @Test("no line is longer than the terminal is wide", arguments: [60, 80, 132])
    func width(_ width: Int) {
        for usesUnicode in [true, false] {
            let style = Style(usesUnicode: usesUnicode, width: width)
            #expect(TrialSets.characteristics.table(style).lines.filter { columns($0) > width } == [])
        }
    }

    @Test("four arms of long names in a scenario of a long name fit into 80 columns, too")
    func longNames() {
        #expect(TrialSets.wide.table().lines.filter { columns($0) > 80 } == [])
    }

    /// How many columns a line takes on a terminal; the only wide characters here are those of the names.
    private func columns(_ line: Substring) -> Int {
        line.reduce(0) { $0 + ($1.unicodeScalars.contains { $0.value >= 0x2E80 } ? 2 : 1) }
    }

    @Test("without Unicode the table is plain ASCII, and colours change nothing else")
    func plainText() {
        let table = TrialSets.characteristics.table(Style(usesUnicode: false))
        #expect(table.utf8.allSatisfy { $0 < 128 })
        let coloured = TrialSets.characteristics.table(Style(usesColor: true))
        #expect(coloured.contains("\u{1B}["))
        #expect(coloured.withoutColor == TrialSets.characteristics.table())
    }
}
