/// How far each condition has come while the days of one patient go by.
///
/// Used again for the next patient, so that folding a cohort allocates nothing.
struct Progress {
    /// By slot: the last day with a satisfying observation, and that observation's index in the history.
    private var latest: [(day: Int, index: Int)] = []
    /// The criteria that had a satisfying observation on the current day.
    private var touched: [Bool] = []
    private var anyTouched = false
    /// By endpoint: how it was first met.
    private(set) var met: [Meeting] = []
    /// How many endpoints have not been met yet.
    private var unmet = 0
    /// Whether no further observation can change anything, since every endpoint has been met.
    var isSettled: Bool { unmet == 0 }
    /// The events that met endpoints, as indices into the history.
    private(set) var evidence: [Int] = []

    /// How an endpoint was met, where it was.
    struct Meeting {
        /// The criterion's index in the endpoint; negative where none was met.
        var criterion = -1
        /// The day; beyond all days where none was met.
        var day = Int.max
        /// Where its evidence is, see ``Progress/evidence``.
        var evidence = 0..<0
    }

    /// Begins with the next patient.
    mutating func begin(_ variant: CompiledProtocol.Variant) {
        reset(&latest, to: (Int.min, -1), count: variant.slotCount)
        reset(&touched, to: false, count: variant.groups.count)
        reset(&met, to: Meeting(), count: variant.endpoints.count)
        evidence.removeAll(keepingCapacity: true)
        unmet = met.count
        anyTouched = false
    }

    private func reset<Element>(_ array: inout [Element], to value: Element, count: Int) {
        if array.count != count { array = [Element](repeating: value, count: count) }
        for index in array.indices { array[index] = value }
    }

    /// Notes an observation.
    ///
    /// Events come in order, so that the last one noted is the latest.
    mutating func satisfy(_ place: CompiledProtocol.Place, day: Int, by index: Int) {
        latest[place.slot] = (day, index)
        touched[place.criterion] = true
        anyTouched = true
    }

    /// Looks, when all observations of a day are in, which endpoints are met on it.
    mutating func closeDay(_ day: Int, _ variant: CompiledProtocol.Variant) {
        guard anyTouched else { return }
        anyTouched = false
        for endpoint in met.indices {
            let criteria = variant.endpoints[endpoint]
            for criterion in criteria where touched[criterion] {
                touched[criterion] = false
                guard met[endpoint].criterion < 0 else { continue }
                let group = variant.groups[criterion]
                guard holds(group, on: day) else { continue }
                unmet -= 1
                let start = evidence.count
                for slot in group.slots { evidence.append(latest[slot].index) }
                met[endpoint] = Meeting(
                    criterion: criterion - criteria.lowerBound, day: day, evidence: start..<evidence.count)
            }
        }
    }

    /// Whether all conditions of a criterion have been satisfied within its window up to a day.
    private func holds(_ group: CompiledProtocol.Group, on day: Int) -> Bool {
        for slot in group.slots where latest[slot].day == Int.min || latest[slot].day < day - group.within {
            return false
        }
        return true
    }
}
