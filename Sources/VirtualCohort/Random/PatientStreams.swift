/// What a random number is for.
///
/// Each purpose has a stream of its own in each patient, so that a purpose added or left out changes no other number.
/// The raw values are part of what makes a patient and are never given to another purpose.
enum Purpose: UInt32 {
    case drugAndDisease = 1
    case sexAndAllele = 2
    case weightAndAlbumin = 3
    case clearanceAndVolume = 4
    case absorptionAndPeakTitre = 5
    case sensitivityAndCalprotectin = 6
    case scoreAndCRP = 7
    case antibodyOnset = 8
    case adverseEventStop = 9
    case dropOut = 10
    case ageAndDuration = 11
    case recruitment = 12
    case screening = 13
    case adverseEvents = 14
    case adverseEvent = 15
    case visitAttendance = 20
    case visitCalprotectinAndScore = 21
    case visitEndoscopyAndCRP = 22
    case visitLevelAndAntibodies = 23
    case visitTolerantAntibodiesAndMetabolite = 24
    case visitItems = 25
}

/// The random numbers of eight patients of one seed.
///
/// Patient, purpose and turn make the counter of ``Philox``, the seed its key.
struct PatientStreams {
    /// The indices of the patients, one a lane, counted from 0.
    let patients: SIMD8<UInt64>
    private let key: SIMD2<UInt32>

    init(seed: UInt64, patients: SIMD8<UInt64>) {
        self.patients = patients
        key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    }

    /// The streams of one patient, in all lanes.
    init(seed: UInt64, patient: UInt64) {
        self.init(seed: seed, patients: SIMD8(repeating: patient))
    }

    /// Two independent numbers for each patient, uniform between 0 and 1, neither of which they ever are.
    ///
    /// Each has 52 random bits and lies in the middle of its 2^-52, which is a number that 53 bits hold exactly.
    ///
    /// - Parameter turn: Which of the purpose's pairs: the visit, or the number of the adverse event.
    func uniforms(_ purpose: Purpose, _ turn: Int = 0) -> (Lanes, Lanes) {
        let words = Philox.words(
            (
                patients & 0xFFFF_FFFF, patients &>> 32, SIMD8(repeating: UInt64(purpose.rawValue)),
                SIMD8(repeating: UInt64(UInt32(truncatingIfNeeded: turn)))
            ), key: key)
        return (Self.uniform(words.0, words.1), Self.uniform(words.2, words.3))
    }

    /// Two independent uniform numbers for one of the patients.
    func uniformPair(_ purpose: Purpose, _ turn: Int, lane: Int) -> (Double, Double) {
        let patient = patients[lane]
        let words = Philox.words(
            counter: SIMD4(
                UInt32(truncatingIfNeeded: patient), UInt32(truncatingIfNeeded: patient >> 32), purpose.rawValue,
                UInt32(truncatingIfNeeded: turn)),
            key: key)
        return (Self.uniform(words.x, words.y), Self.uniform(words.z, words.w))
    }

    /// Two independent standard normal numbers for each patient.
    func normals(_ purpose: Purpose, _ turn: Int = 0) -> (Lanes, Lanes) {
        let (first, second) = uniforms(purpose, turn)
        return (StandardNormal.quantile(first), StandardNormal.quantile(second))
    }

    @inline(__always)
    private static func uniform(_ low: SIMD8<UInt64>, _ high: SIMD8<UInt64>) -> Lanes {
        let bits: SIMD8<UInt64> = ((high &<< 32) | low) &>> 12
        // In the low bits of 2^52 a whole number of 52 bits is itself.
        let shifted = Lanes(bits: WholeLanes(truncatingIfNeeded: bits | (0x1p52).bitPattern))
        return ((shifted - 0x1p52) + 0.5) * 0x1p-52
    }

    private static func uniform(_ low: UInt32, _ high: UInt32) -> Double {
        let bits = UInt64(high) << 32 | UInt64(low)
        return (Double(bits >> 12) + 0.5) * 0x1p-52
    }
}
