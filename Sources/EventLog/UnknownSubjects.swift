import Trial

/// The subjects of a work that have no number yet, each once.
struct UnknownSubjects {
    private(set) var slices: [Int32] = []
    private(set) var subjects: [[UInt8]] = []
    /// For each item, which of the subjects it has.
    private(set) var places: [(AppendWork.Item, Int)] = []
    private var names = NameTable()

    var isEmpty: Bool { subjects.isEmpty }

    mutating func add(_ item: AppendWork.Item, _ subject: ArraySlice<UInt8>) {
        let number = Int(names.intern(subject.span))
        if number == subjects.count {
            subjects.append(Array(subject))
            slices.append(item.slice)
        }
        places.append((item, number))
    }
}
