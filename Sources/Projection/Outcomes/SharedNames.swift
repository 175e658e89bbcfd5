import Trial

/// The names that the outcomes of several slices refer to by the same numbers, in a partial replay or in a file of outcomes
/// that were put aside.
struct SharedNames: Sendable {
    /// The arms.
    var arms = NameTable()
    /// The sources of the events that are named.
    var sources = NameTable()
}
