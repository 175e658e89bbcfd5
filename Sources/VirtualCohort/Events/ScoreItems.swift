import Trial

/// The items of scores, which add up to the total.
///
/// The model says only what the total is; how it is shared out follows the scales' ranges. All that can be said of the items
/// is spelled once, and then copied.
enum ScoreItems {
    /// In how many ways a Harvey-Bradshaw index is shared out.
    private static let ways = 4
    /// The greatest Harvey-Bradshaw index.
    private static let greatestHBI = 100
    /// The greatest sum of the Mayo score's items beside endoscopy.
    private static let greatestRest = 9

    /// The details of Harvey-Bradshaw indices, by total and way.
    private static let hbi = (0...greatestHBI).flatMap { total in (0..<ways).map { hbiDetail(total: total, way: $0) } }
    /// The details of Mayo scores, by endoscopy and the sum of the other items.
    private static let mayo = (0...3).flatMap { endoscopy in
        (0...greatestRest).map { mayoDetail(endoscopy: endoscopy, rest: $0) }
    }

    /// Which details an arena has already.
    ///
    /// Patients of a batch share them, so that few are copied, and who packs the batch need not compare them.
    struct Texts: Sendable {
        private var hbi = [ByteRange](repeating: .none, count: ScoreItems.hbi.count)
        private var mayo = [ByteRange](repeating: .none, count: ScoreItems.mayo.count)

        /// Forgets all details, for another arena.
        mutating func removeAll() {
            for place in hbi.indices { hbi[place] = .none }
            for place in mayo.indices { mayo[place] = .none }
        }

        /// The items of a Harvey-Bradshaw index as a detail.
        ///
        /// - Parameter chance: between 0 and 1; decides how the total is shared out.
        mutating func hbi(total: Int, chance: Double, in arena: inout [UInt8]) -> ByteRange {
            let place = total * ways + Int(chance * Double(ways))
            if hbi[place].isEmpty { hbi[place] = append(ScoreItems.hbi[place], to: &arena) }
            return hbi[place]
        }

        /// The items of a Mayo score as a detail.
        mutating func mayo(total: Int, endoscopy: Int, in arena: inout [UInt8]) -> ByteRange {
            let place = endoscopy * (greatestRest + 1) + total - endoscopy
            if mayo[place].isEmpty { mayo[place] = append(ScoreItems.mayo[place], to: &arena) }
            return mayo[place]
        }
    }

    private static func append(_ detail: [UInt8], to arena: inout [UInt8]) -> ByteRange {
        let start = arena.count
        arena += detail
        return ByteRange(from: start, to: arena.count)
    }

    /// General well-being 0 to 4, abdominal pain 0 to 3, abdominal mass 0 to 3, a point for each complication, and one for
    /// each liquid stool.
    private static func hbiDetail(total: Int, way: Int) -> [UInt8] {
        let wellBeing = min(4, (total + way) / 4)
        let pain = min(3, total - wellBeing, (total + 2 * way) / 5)
        let rest = total - wellBeing - pain
        let complications = rest > 4 && way == 0 ? 1 : 0
        let mass = rest > 5 && way == 3 ? 1 : 0
        return Array(
            """
            {"items":{"abdominalMass":\(mass),"abdominalPain":\(pain),"complications":\(complications),\
            "generalWellBeing":\(wellBeing),"liquidStools":\(rest - complications - mass)}}
            """.utf8)
    }

    /// Four subscores of 0 to 3.
    private static func mayoDetail(endoscopy: Int, rest: Int) -> [UInt8] {
        Array(
            """
            {"items":{"endoscopy":\(endoscopy),"physicianGlobalAssessment":\(rest / 3),\
            "rectalBleeding":\((rest + 1) / 3),"stoolFrequency":\((rest + 2) / 3)}}
            """.utf8)
    }
}
