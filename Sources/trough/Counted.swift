/// A number and its noun, such as `1 batch` or `2 batches`.
///
/// - Parameter plural: Where it is not the noun with an `s`.
func counted(_ number: Int, _ noun: String, plural: String? = nil) -> String {
    "\(number) \(number == 1 ? noun : plural ?? noun + "s")"
}
