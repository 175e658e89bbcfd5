/// Whether two numbers agree to a relative error, or to an absolute one where they are near zero.
func agree(_ left: Double?, _ right: Double?, relative: Double = 1e-9, absolute: Double = 1e-13) -> Bool {
    guard let left, let right else { return left == nil && right == nil }
    return left == right || abs(left - right) <= max(relative * max(abs(left), abs(right)), absolute)
}

/// Whether two columns agree element by element.
func agree(_ left: [Double?], _ right: [Double?], relative: Double = 1e-9, absolute: Double = 1e-13) -> Bool {
    left.count == right.count
        && zip(left, right).allSatisfy { agree($0.0, $0.1, relative: relative, absolute: absolute) }
}
