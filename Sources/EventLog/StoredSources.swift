import Trial

/// The sources of a study: their names, and the numbers under which rows refer to them.
///
/// Numbers that lie close together are looked up by place, all others in a dictionary: a study that got a source late, or
/// a number that was altered in the database, costs no room for all the numbers in between.
struct StoredSources: Sendable {
    /// The names, each once.
    private(set) var names = NameTable()
    /// By number in ``names``: the number under which rows refer to it.
    private(set) var numbers: [Int32] = []
    private var first: Int32 = 0
    /// By stored number less ``first``: the number in ``names``, -1 where it is not the study's.
    private var near: [Int32] = []
    private var far: [Int32: Int32] = [:]

    /// The number in ``names`` of a stored number; `nil` where the study has no such source.
    subscript(stored: Int32) -> Int32? {
        let place = Int(stored) - Int(first)
        if place >= 0, place < near.count, near[place] >= 0 { return near[place] }
        return far[stored]
    }

    /// Notes a source under its stored number.
    mutating func insert(_ stored: Int32, _ uri: Span<UInt8>) {
        let number = names.intern(uri)
        if Int(number) == numbers.count { numbers.append(stored) }
        if near.isEmpty { first = stored }
        let place = Int(stored) - Int(first)
        guard (0..<Limits.sourcesByPlace).contains(place) else {
            far[stored] = number
            return
        }
        if place >= near.count { near += repeatElement(-1, count: place + 1 - near.count) }
        near[place] = number
    }
}
