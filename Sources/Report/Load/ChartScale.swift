import Foundation

/// Where numbers lie along an axis.
struct ChartScale: Equatable {
    /// A number on the axis with what is written there.
    struct Tick: Equatable {
        let place: Double
        let label: String
    }

    private let isLogarithmic: Bool
    private let lower: Double
    private let upper: Double
    /// The numbers that are written, ascending; places are from 0 to 1.
    private(set) var ticks: [Tick] = []

    /// A scale from 0 to somewhat more than the greatest of the numbers, with a tick at each of a few round ones.
    static func linear(upTo greatest: Double, _ label: (Double) -> String) -> ChartScale {
        let greatest = greatest > 0 ? greatest : 1
        var step = 1e-6
        let factors = [2, 2.5, 2]
        var turn = 0
        while greatest / step > 6 {
            step *= factors[turn % 3]
            turn += 1
        }
        let upper = (greatest / step).rounded(.up) * step
        var scale = ChartScale(isLogarithmic: false, lower: 0, upper: upper)
        scale.ticks = stride(from: 0, through: (upper / step).rounded(), by: 1).map {
            Tick(place: scale.place(of: $0 * step), label: label($0 * step))
        }
        return scale
    }

    /// A scale of powers of ten around positive numbers, with a tick at each power.
    static func logarithmic(_ numbers: [Double], _ label: (Double) -> String) -> ChartScale {
        let exponents = numbers.filter { $0 > 0 }.map { log10($0) }
        let low = (exponents.min() ?? 0).rounded(.down)
        let high = max((exponents.max() ?? 1).rounded(.up), low + 1)
        var scale = ChartScale(isLogarithmic: true, lower: low, upper: high)
        scale.ticks = stride(from: low, through: high, by: 1).map {
            let number = power(of: $0)
            return Tick(place: scale.place(of: number), label: label(number))
        }
        return scale
    }

    /// A scale of percentages on which each step towards 100 is ten times as fine as the one before.
    ///
    /// - Parameter nines: how many nines the greatest percentage has; all numbers on the scale are such.
    static func percentages(nines: Double) -> ChartScale {
        let nines = max(1, min(7, nines))
        var scale = ChartScale(isLogarithmic: false, lower: 0, upper: nines)
        let labels = ["0", "90", "99", "99.9", "99.99", "99.999", "99.9999", "99.99999"]
        scale.ticks = labels.indices.filter { Double($0) <= nines }.map {
            Tick(place: scale.place(of: Double($0)), label: labels[$0] + " %")
        }
        return scale
    }

    /// How many nines a percentage has: 0 for 0, 1 for 90, 2 for 99.
    static func nines(of percent: Double) -> Double { percent >= 100 ? 8 : -log10(1 - percent / 100) }

    private init(isLogarithmic: Bool, lower: Double, upper: Double) {
        self.isLogarithmic = isLogarithmic
        self.lower = lower
        self.upper = upper
    }

    /// The place of a number, 0 at the beginning of the axis and 1 at its end; beyond them it is at the nearer one.
    func place(of number: Double) -> Double {
        let value = isLogarithmic ? (number > 0 ? log10(number) : lower) : number
        return min(max((value - lower) / (upper - lower), 0), 1)
    }

    private static func power(of exponent: Double) -> Double {
        (0..<Int(exponent.magnitude)).reduce(1) { number, _ in exponent < 0 ? number / 10 : number * 10 }
    }
}
