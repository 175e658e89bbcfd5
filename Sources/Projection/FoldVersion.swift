/// The version of the fold, counted up whenever the same events may give other outcomes, states or lines.
package enum FoldVersion {
    /// The version of this program.
    package static let current = 1
}
