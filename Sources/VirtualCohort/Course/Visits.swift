/// Sees patients at their visits.
struct Visits: Sendable {
    private let scenario: Scenario
    private let bloodDaysInfliximab: [Double]
    private let bloodDaysAdalimumab: [Double]
    private let calprotectinVisitLogSD: Double
    private let levelLogSD: Double
    private let antibodyLogSD: Double
    private let thioguanineLogSD: Double

    /// The number of visits, the one at randomisation included.
    var count: Int { scenario.visits.days.count + 1 }

    init(_ scenario: Scenario) {
        self.scenario = scenario
        let schedule = DosingSchedule(scenario)
        bloodDaysInfliximab = scenario.visits.days.map { Double(schedule.infliximab.nearestDay(to: $0)) }
        bloodDaysAdalimumab = scenario.visits.days.map { Double(schedule.adalimumab.nearestDay(to: $0)) }
        calprotectinVisitLogSD = PatientGroup.logSD(ofCV: scenario.markers.calprotectinVisitCV)
        levelLogSD = PatientGroup.logSD(ofCV: scenario.assays.levelCV)
        antibodyLogSD = PatientGroup.logSD(ofCV: scenario.assays.antibodyCV)
        thioguanineLogSD = PatientGroup.logSD(ofCV: scenario.markers.thioguanineCV)
    }

    /// The findings of a visit.
    ///
    /// - Parameters:
    ///   - number: which visit; 0 is the one at randomisation, without samples of drug and antibodies.
    ///   - group: the patients.
    ///   - trajectory: their hidden course.
    ///   - stopDay: for each patient the day from which on the anti-TNF is not given.
    func findings(
        _ number: Int, of group: PatientGroup, _ trajectory: Trajectory, stopDay: Lanes
    ) -> VisitFindings {
        let when = attendance(number, group)
        let streams = group.streams
        let markers = scenario.markers
        let (items, stool) = streams.uniforms(.visitItems, number)
        let stoolDay = (when.day - (stool * (scenario.visits.stoolDays + 1)).floors).limited(0, 1e9)
        let (calprotectinZ, severityZ) = streams.normals(.visitCalprotectinAndScore, number)
        let (endoscopyZ, crpZ) = streams.normals(.visitEndoscopyAndCRP, number)
        let inflammation = Self.gather(trajectory.inflammation, on: when.day)
        let stoolInflammation = Self.gather(trajectory.inflammation, on: stoolDay)

        let calprotectinLog: Lanes =
            stoolInflammation * markers.calprotectinSlope + group.calprotectinDeviation
            + calprotectinZ * calprotectinVisitLogSD
        let crpLog: Lanes = inflammation * markers.crpSlope + group.crpDeviation + crpZ * markers.crpVisitLogSD
        let severityNoise: Lanes = group.severityDeviation + severityZ * markers.severityVisitSD
        let severity = inflammation + severityNoise
        let endoscopic: Lanes = inflammation + endoscopyZ * markers.severityVisitSD
        let endoscopy = (endoscopic * markers.endoscopySlope + markers.endoscopyBase).floors.limited(0, 3)
        // The total has the endoscopic subscore in it, and three others of at most 3 each.
        let mayo = (severity * markers.mayoSlope + markers.mayoBase).wholes.limited(0, 12)
        let roomBelow = mayo.where(mayo .> endoscopy, else: endoscopy)
        let roomAbove = endoscopy + 9
        let blood = bloodSample(number, group, trajectory, when.day, stopDay)
        return VisitFindings(
            day: when.day, isAttended: when.isAttended, stoolDay: stoolDay, bloodDay: blood.day,
            calprotectinUgPerG: (Lanes.exp(calprotectinLog) * markers.calprotectinBaseUgPerG).wholes,
            crpMgPerL: (Lanes.exp(crpLog) * markers.crpBaseMgPerL).rounded(toParts: 10),
            hbi: (severity * markers.hbiSlope + markers.hbiBase).wholes.limited(0, 100),
            mayo: roomBelow.where(roomBelow .< roomAbove, else: roomAbove), endoscopy: endoscopy, items: items,
            levelUgPerML: blood.level, sensitiveNgPerML: blood.sensitive, tolerantAUPerML: blood.tolerant,
            thioguaninePmol: blood.thioguanine)
    }

    /// When a visit is, and who comes.
    private func attendance(_ number: Int, _ group: PatientGroup) -> (day: Lanes, isAttended: LaneMask) {
        guard number > 0 else { return (.zero, LaneMask(repeating: true)) }
        let parameters = scenario.visits
        let (window, presence) = group.streams.uniforms(.visitAttendance, number)
        let shift = (window * (2 * parameters.windowDays + 1)).floors - parameters.windowDays
        let day = (shift + Double(parameters.days[number - 1])).limited(1, Double(VisitParameters.lastDay))
        return (day, presence .>= parameters.missedShare)
    }

    /// Drug, antibodies and metabolite in blood.
    ///
    /// The sample is a trough: it is drawn before the dose next to the planned visit. Who no longer gets the drug is
    /// sampled at the visit.
    private func bloodSample(
        _ number: Int, _ group: PatientGroup, _ trajectory: Trajectory, _ visitDay: Lanes, _ stopDay: Lanes
    ) -> (day: Lanes, level: Lanes, sensitive: Lanes, tolerant: Lanes, thioguanine: Lanes) {
        guard number > 0 else { return (.zero, .zero, .zero, .zero, .zero) }
        let assays = scenario.assays
        let doseDay = Lanes(repeating: bloodDaysInfliximab[number - 1])
            .where(group.infliximab, else: Lanes(repeating: bloodDaysAdalimumab[number - 1]))
        let day = doseDay.where(doseDay .< stopDay, else: visitDay)
        let (levelZ, sensitiveZ) = group.streams.normals(.visitLevelAndAntibodies, number)
        let (tolerantZ, thioguanineZ) = group.streams.normals(.visitTolerantAntibodiesAndMetabolite, number)
        let level = Self.gather(trajectory.levelUgPerML, on: day)
        let titre = group.titre(scenario.immunogenicity, onDay: day)
        // The drug in the sample binds antibodies, which the drug-sensitive assay then does not see.
        let free: Lanes = titre / (level / assays.maskingLevelUgPerML + 1)
        let sensitive = free * Lanes.exp(sensitiveZ * antibodyLogSD)
        let tolerant = titre * assays.tolerantUnitsPerNg * Lanes.exp(tolerantZ * antibodyLogSD)
        let thioguanine = Lanes.exp(thioguanineZ * thioguanineLogSD) * scenario.markers.thioguanineMedianPmol
        return (
            day,
            (level * Lanes.exp(levelZ * levelLogSD)).limited(0, 1e6).rounded(toParts: 100)
                .limited(assays.levelLowerUgPerML, assays.levelUpperUgPerML),
            sensitive.limited(0, 1e9).rounded(toParts: 10)
                .limited(assays.sensitiveLowerNgPerML, assays.sensitiveUpperNgPerML),
            tolerant.limited(0, 1e9).rounded(toParts: 10)
                .limited(assays.tolerantLowerAUPerML, assays.tolerantUpperAUPerML),
            thioguanine.limited(1, 1e6).wholes
        )
    }

    /// For each patient the day's value.
    private static func gather(_ days: [Lanes], on day: Lanes) -> Lanes {
        var values = Lanes.zero
        for lane in 0..<Lanes.width { values[lane] = days[Int(day[lane])][lane] }
        return values
    }
}
