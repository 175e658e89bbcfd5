/// A square matrix whose elements off the diagonal are not negative, as those of rates between compartments are.
struct ReferenceMatrix {
    let size: Int
    private var elements: [Double]

    /// Zeros everywhere.
    init(size: Int) {
        self.size = size
        elements = [Double](repeating: 0, count: size * size)
    }

    subscript(row: Int, column: Int) -> Double {
        get { elements[row * size + column] }
        set { elements[row * size + column] = newValue }
    }

    static func * (left: Self, right: Self) -> Self {
        var product = Self(size: left.size)
        for row in 0..<left.size {
            for column in 0..<left.size {
                for inner in 0..<left.size { product[row, column] += left[row, inner] * right[inner, column] }
            }
        }
        return product
    }

    /// e^(M t), by scaling, a Taylor series and squaring.
    ///
    /// M is taken as A - c I with c large enough that A has no negative element. So every term of the series and of the
    /// products is positive, no digits cancel, and each element keeps a relative error of about 1e-16 for every
    /// doubling, far below what the tests ask for.
    func exponential(_ time: Double) -> Self {
        let shift = (0..<size).map { -self[$0, $0] }.max().map { max(0, $0) } ?? 0
        var positive = self
        for place in 0..<size { positive[place, place] += shift }
        let greatest = (positive.elements.max() ?? 0) * Double(size) * time
        var doublings = 0
        var share = 1.0
        while max(greatest, shift * time) * share > 0.5 {
            share *= 0.5
            doublings += 1
        }
        var sum = Self(size: size)
        for place in 0..<size { sum[place, place] = 1 }
        var term = sum
        // The thirtieth term of a matrix of norm 0.5 is 4e-42.
        for order in 1...30 {
            term = term * positive
            for index in term.elements.indices {
                term.elements[index] *= time * share / Double(order)
                sum.elements[index] += term.elements[index]
            }
        }
        let decay = Self.smallExponential(-shift * time * share)
        for index in sum.elements.indices { sum.elements[index] *= decay }
        for _ in 0..<doublings { sum = sum * sum }
        return sum
    }

    /// e^x for x from -0.5 to 0.
    private static func smallExponential(_ x: Double) -> Double {
        var (sum, term) = (1.0, 1.0)
        for order in 1...30 {
            term *= x / Double(order)
            sum += term
        }
        return sum
    }
}

extension ReferenceMatrix {
    /// The four elements of two compartments: from central to central, second to central, central to second, second to
    /// second.
    var amounts: [Double] { [self[0, 0], self[0, 1], self[1, 0], self[1, 1]] }
}

/// Rates of two compartments, as the reference integrates them.
struct ReferenceKinetics: CustomStringConvertible {
    var k10: Double
    var k12: Double
    var k21: Double

    var description: String { "k10 \(k10), k12 \(k12), k21 \(k21)" }

    /// What becomes of amounts over a time, with a drug that runs into the central compartment at an even rate of 1/d
    /// all the while: columns for the central and second compartments and the infusion, rows also for what is
    /// eliminated.
    ///
    /// The order is central, second, eliminated, infusion.
    func change(days: Double) -> ReferenceMatrix {
        var rates = ReferenceMatrix(size: 4)
        rates[0, 0] = -k10 - k12
        rates[0, 1] = k21
        rates[1, 0] = k12
        rates[1, 1] = -k21
        rates[2, 0] = k10
        rates[0, 3] = 1
        return rates.exponential(days)
    }

    /// What is where after so many days of a unit that ran in over the first `duration` days.
    func afterInfusion(duration: Double, days: Double) -> (x: Double, y: Double) {
        let (during, after) = (change(days: duration), change(days: days - duration))
        let (x, y) = (during[0, 3] / duration, during[1, 3] / duration)
        return (after[0, 0] * x + after[0, 1] * y, after[1, 0] * x + after[1, 1] * y)
    }
}
