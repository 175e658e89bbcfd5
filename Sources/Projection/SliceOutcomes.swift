package import Trial

/// What folding one slice gives: outcome lines, and the columns that statistics need.
package struct SliceOutcomes: Sendable {
    /// One randomised patient.
    package struct Entry: Sendable {
        /// The subject's bytes, in ``SliceOutcomes/text``.
        package var subject: Range<Int>
        /// The outcome line without its line feed, in ``SliceOutcomes/text``.
        package var line: Range<Int>
        /// Where the value of `findings` begins in the text.
        package var findings: Int
        /// The arm, as a number in ``SliceOutcomes/arms``.
        package var arm: Int32
        /// The disease, `nil` where the patient was not enrolled.
        package var disease: Disease?
        /// The study drug.
        package var drug: Drug
    }

    /// The end of follow-up for one endpoint, as survival analysis wants it.
    package struct Time: Sendable {
        /// Days since randomisation.
        package var day: Int32
        /// Whether the endpoint was met on that day; otherwise it is censored.
        package var isEvent: Bool
    }

    /// Subjects and lines, one after the other.
    package var text: [UInt8] = []
    /// The randomised patients, in the order of their numbers.
    package var entries: [Entry] = []
    /// For each entry one time per endpoint, entry after entry.
    package var times: [Time] = []
    /// The names of the arms.
    package var arms = NameTable()
    /// How many events were read.
    package var events = 0
    /// How many patients have events.
    package var patients = 0
    /// How many times each finding occurs, those of patients who were never randomised included.
    package var findingCounts: [Finding.Code: Int] = [:]
}
