/// The bounds of what a report takes and draws.
enum Limits {
    /// The last month that may be asked for: a century.
    static let months = 0...1_200
    /// How many curves one plot can hold and still tell apart.
    static let curves = 6
    /// The narrowest and widest text, in columns.
    static let textWidth = 40...400
    /// How many values of a sweep a warning names.
    static let namedValues = 3
    /// The narrowest column of text that others make room for.
    static let narrowColumn = 8
    /// The fewest and most rows of a plot, legend and numbers at risk included.
    static let plotHeight = 8...200
    /// How many patients of a list are spelled at a time.
    static let patientsPerPage = 1_000
}
