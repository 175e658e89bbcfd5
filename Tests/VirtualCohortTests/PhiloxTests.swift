import Foundation
import Testing

@testable import VirtualCohort

@Suite("Random numbers by counter")
struct PhiloxTests {
    /// A line of the file `kat_vectors` of Random123, the library of the generator's authors.
    struct KnownAnswer: Sendable, CustomTestStringConvertible {
        let counter: SIMD4<UInt32>
        let key: SIMD2<UInt32>
        let answer: SIMD4<UInt32>

        var testDescription: String { "counter \(counter), key \(key)" }
    }

    @Test(
        "Philox4x32-10 gives the authors' known answers",
        arguments: [
            KnownAnswer(
                counter: .zero, key: .zero, answer: SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)),
            KnownAnswer(
                counter: SIMD4(repeating: .max), key: SIMD2(repeating: .max),
                answer: SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)),
            KnownAnswer(
                counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
                key: SIMD2(0xa409_3822, 0x299f_31d0),
                answer: SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)),
        ])
    func knownAnswers(_ known: KnownAnswer) {
        #expect(Philox.words(counter: known.counter, key: known.key) == known.answer)
    }

    @Test("Any bit of counter or key changes about half of the bits")
    func avalanche() {
        let counter = SIMD4<UInt32>(1, 2, 3, 4)
        let key = SIMD2<UInt32>(5, 6)
        let plain = Philox.words(counter: counter, key: key)
        for bit in 0..<192 {
            var (otherCounter, otherKey) = (counter, key)
            let flip = UInt32(1) << UInt32(bit % 32)
            if bit < 128 { otherCounter[bit / 32] ^= flip } else { otherKey[bit / 32 - 4] ^= flip }
            let changed = Philox.words(counter: otherCounter, key: otherKey) ^ plain
            let count = (0..<4).reduce(0) { $0 + changed[$1].nonzeroBitCount }
            // Of 128 fair bits the standard deviation is 5.7; six of them on either side.
            #expect((30...98).contains(count), "bit \(bit): \(count) of 128")
        }
    }
}

@Suite("The random numbers of patients")
struct PatientStreamsTests {
    private static let purposes: [Purpose] = [
        .drugAndDisease, .sexAndAllele, .weightAndAlbumin, .clearanceAndVolume, .absorptionAndPeakTitre,
        .sensitivityAndCalprotectin, .scoreAndCRP, .antibodyOnset, .adverseEventStop, .dropOut, .ageAndDuration,
        .recruitment, .screening, .adverseEvents, .adverseEvent, .visitAttendance, .visitCalprotectinAndScore,
        .visitEndoscopyAndCRP, .visitLevelAndAntibodies, .visitTolerantAntibodiesAndMetabolite, .visitItems,
    ]

    @Test("differ between seeds, patients, purposes and turns")
    func streamsDiffer() {
        var seen: Set<Double> = []
        var count = 0
        for seed in [0, 1, 1 << 32, UInt64.max] as [UInt64] {
            for patient in [0, 1, 2, 1 << 32, (1 << 32) + 1, UInt64.max] as [UInt64] {
                let streams = PatientStreams(seed: seed, patient: patient)
                for purpose in Self.purposes {
                    for turn in 0..<5 {
                        let pair = streams.uniformPair(purpose, turn, lane: 3)
                        seen.formUnion([pair.0, pair.1])
                        count += 2
                    }
                }
            }
        }
        // Of 5,040 numbers of 53 bits two are the same with a probability of 1e-9.
        #expect(seen.count == count)
    }

    @Test("are the same in every lane and in every company")
    func lanes() {
        let patients = SIMD8<UInt64>(7, 3, 1_000_000_007, 0, 7, UInt64.max, 1 << 33, 12)
        let group = PatientStreams(seed: 99, patients: patients)
        for purpose in Self.purposes {
            let (first, second) = group.uniforms(purpose, 2)
            let (firstZ, secondZ) = group.normals(purpose, 2)
            for lane in 0..<Lanes.width {
                let alone = PatientStreams(seed: 99, patient: patients[lane])
                for place in [0, 5] {
                    let pair = alone.uniformPair(purpose, 2, lane: place)
                    #expect(pair.0 == first[lane] && pair.1 == second[lane])
                    #expect(alone.normals(purpose, 2).0[place] == firstZ[lane])
                    #expect(alone.normals(purpose, 2).1[place] == secondZ[lane])
                }
            }
        }
    }

    /// 100,000 pairs of uniform numbers of consecutive patients.
    private func pairs(_ purpose: Purpose, seed: UInt64) -> (first: [Double], second: [Double]) {
        var first: [Double] = []
        var second: [Double] = []
        for start in stride(from: 0, to: 100_000, by: 8) as StrideTo<UInt64> {
            let streams = PatientStreams(seed: seed, patients: SIMD8(0, 1, 2, 3, 4, 5, 6, 7) &+ start)
            let (one, other) = streams.uniforms(purpose)
            first += one.values
            second += other.values
        }
        return (first, second)
    }

    @Test("are uniform between 0 and 1 and independent of their neighbours", arguments: [1, 20_200_131] as [UInt64])
    func uniformity(seed: UInt64) {
        for purpose in [Purpose.drugAndDisease, .visitItems] {
            let (first, second) = pairs(purpose, seed: seed)
            for numbers in [first, second] {
                let count = Double(numbers.count)
                #expect(numbers.allSatisfy { $0 > 0 && $0 < 1 }, "seed \(seed)")
                let mean = numbers.reduce(0, +) / count
                // The variance of a uniform number is 1/12, that of its squared deviation 1/180; five standard errors.
                #expect(abs(mean - 0.5) < 5 * (1 / (12 * count)).squareRoot(), "seed \(seed): mean \(mean)")
                let deviations = numbers.map { $0 - 0.5 }
                let variance = deviations.reduce(0) { $0 + $1 * $1 } / count
                #expect(
                    abs(variance - 1.0 / 12) < 5 * (1 / (180 * count)).squareRoot(),
                    "seed \(seed): variance \(variance)")
                for lag in [1, 2, 8] {
                    let products = zip(deviations, deviations.dropFirst(lag)).map { $0 * $1 * 12 }
                    let correlation = products.reduce(0, +) / Double(products.count)
                    #expect(abs(correlation) < 5 / count.squareRoot(), "seed \(seed), lag \(lag): \(correlation)")
                }
                chiSquare(numbers.map { Int($0 * 256) }, bins: 256, "seed \(seed)")
            }
            // The two numbers of a pair on a grid of 16 times 16.
            chiSquare(zip(first, second).map { Int($0 * 16) * 16 + Int($1 * 16) }, bins: 256, "seed \(seed), pairs")
            // The low bits, which no comparison above sees: those worth 2^-45 to 2^-52.
            let low = first.map { Int(($0 * 0x1p44).truncatingRemainder(dividingBy: 1) * 256) }
            chiSquare(low, bins: 256, "seed \(seed), low bits")
        }
    }

    /// Expects a chi-squared statistic within five standard deviations of its mean, by Wilson and Hilferty's cube root.
    private func chiSquare(_ bins: [Int], bins count: Int, _ label: String) {
        var found = [Double](repeating: 0, count: count)
        for bin in bins { found[bin] += 1 }
        let expected = Double(bins.count) / Double(count)
        let statistic = found.reduce(0) { $0 + ($1 - expected) * ($1 - expected) / expected }
        let freedom = Double(count - 1)
        let spread = 2 / (9 * freedom)
        let z = (pow(statistic / freedom, 1.0 / 3) - (1 - spread)) / spread.squareRoot()
        #expect(abs(z) < 5, "\(label): chi-squared \(statistic), z \(z)")
    }

    @Test("are never 1, not even where all random bits are set")
    func neverOne() {
        // Found by running the generator backwards from an output whose first 53 bits are all set.
        let streams = PatientStreams(seed: 42, patient: 2_920_136_307_687_107_784)
        let pair = streams.uniformPair(.adverseEvent, 1_747_622_985, lane: 0)
        #expect(pair.0 > 0.999_999)
        #expect(pair.0 < 1)
    }

    @Test("have normal numbers with the moments of the normal distribution", arguments: [2, 3] as [UInt64])
    func normals(seed: UInt64) {
        var numbers: [Double] = []
        for start in stride(from: 0, to: 100_000, by: 8) as StrideTo<UInt64> {
            let streams = PatientStreams(seed: seed, patients: SIMD8(0, 1, 2, 3, 4, 5, 6, 7) &+ start)
            let (one, other) = streams.normals(.clearanceAndVolume)
            numbers += one.values + other.values
        }
        let count = Double(numbers.count)
        // The even moments are 1, 3 and 15, their variances 2, 96 and 10,170; five standard errors.
        for (power, moment, variance) in [(1, 0.0, 1.0), (2, 1, 2), (3, 0, 15), (4, 3, 96), (6, 15, 10_170)] {
            let mean = numbers.reduce(0) { $0 + pow($1, Double(power)) } / count
            #expect(abs(mean - moment) < 5 * (variance / count).squareRoot(), "seed \(seed), moment \(power): \(mean)")
        }
    }
}
