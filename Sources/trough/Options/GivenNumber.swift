import ArgumentParser

/// Refuses a number that an option does not take, in the one sentence that all of them have.
///
/// - Parameters:
///   - given: What was given; `nil` is nothing to refuse.
///   - range: What the option takes.
///   - unit: What the numbers count, where the sentence should say it.
func check<Number: Comparable>(
    _ given: Number?, isIn range: ClosedRange<Number>, _ option: String, _ unit: String? = nil
) throws {
    guard let given, !range.contains(given) else { return }
    let taken = "\(spelled(range.lowerBound)) to \(spelled(range.upperBound))" + (unit.map { " " + $0 } ?? "")
    throw ValidationError("\(option) takes \(taken); \(spelled(given)) was given.")
}

/// A number as people write it: without the fraction where it has none.
private func spelled<Number>(_ number: Number) -> String {
    let text = "\(number)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
