/// A study of the log: a trial, a virtual cohort or a load test, cut into slices.
package struct Study: Sendable, Equatable {
    /// Its number in the database.
    package let number: Int32
    /// Its name.
    package let name: String
    /// The number of its first slice; slice numbers are unique in the database.
    package let firstSlice: Int32
    /// How many slices it has.
    package let slices: Int

    /// The numbers of its slices.
    package var sliceNumbers: Range<Int32> { firstSlice..<firstSlice + Int32(slices) }

    /// A condition for queries of events whose slices the planner does not see: with it, it takes none but the study's
    /// partition into account.
    var isSlice: String { "slice BETWEEN \(firstSlice) AND \(sliceNumbers.upperBound - 1)" }
}

/// How far a slice has come.
package struct SliceHead: Sendable, Equatable {
    /// The slice's number in the database.
    package let slice: Int32
    /// The position of its last event, 0 when it is empty.
    package let position: Int64
    /// How many patients it has.
    package let patients: Int32

    /// A head from its parts.
    package init(slice: Int32, position: Int64, patients: Int32) {
        self.slice = slice
        self.position = position
        self.patients = patients
    }
}
