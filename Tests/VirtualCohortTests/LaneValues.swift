import VirtualCohort

extension Lanes {
    /// Eight numbers, or fewer and zeros after them.
    init(values: some Sequence<Double>) {
        self = .zero
        for (lane, value) in values.prefix(Lanes.width).enumerated() { self[lane] = value }
    }

    /// The numbers of all lanes.
    var values: [Double] { (0..<Lanes.width).map { self[$0] } }
}

/// Applies a function of lanes to any number of numbers.
func map(_ numbers: [Double], _ function: (Lanes) -> Lanes) -> [Double] {
    var results: [Double] = []
    results.reserveCapacity(numbers.count)
    for start in stride(from: 0, to: numbers.count, by: Lanes.width) {
        let stretch = numbers[start..<min(start + Lanes.width, numbers.count)]
        results += function(Lanes(values: stretch)).values.prefix(stretch.count)
    }
    return results
}

/// The difference of two numbers, relative to the second one; their distance where that is 0.
func relativeError(_ value: Double, _ expected: Double) -> Double {
    expected == 0 ? abs(value) : abs((value - expected) / expected)
}

/// Keeps the greatest of many errors and what it was an error of, for one expectation in place of a million.
struct GreatestError {
    private(set) var error = 0.0
    private(set) var place = "nothing"

    /// Takes in one more error, of which a number that is none is the greatest.
    mutating func note(_ error: Double, _ place: @autoclosure () -> String) {
        guard !(error <= self.error) else { return }
        self.error = error.isNaN ? .infinity : error
        self.place = place()
    }
}
