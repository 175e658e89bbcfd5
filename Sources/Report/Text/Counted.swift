/// A number and its noun, such as `1 batch` or `2 batches`.
///
/// - Parameter plural: Where it is not the noun with an `s`.
package func counted(_ number: Int, _ noun: String, plural: String? = nil) -> String {
    "\(number) \(noun.behind(number, plural: plural))"
}

extension Style {
    /// The same with commas between thousands, such as `1 patient` or `2,000 patients`.
    func counted(_ number: Int, _ noun: String) -> String { "\(count(number)) \(noun.behind(number))" }
}

extension String {
    /// The noun as it stands behind a number.
    fileprivate func behind(_ number: Int, plural: String? = nil) -> String {
        number == 1 ? self : plural ?? self + "s"
    }
}
