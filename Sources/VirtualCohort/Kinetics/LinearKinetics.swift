/// How a drug moves and leaves between two changes of its clearance: two linear compartments, in closed form.
///
/// The amounts x (central) and y (second compartment) in mg follow
///
///     dx/dt = -(k10 + k12) x + k21 y
///     dy/dt =         k12  x - k21 y
///
/// For infliximab the second compartment is the peripheral one: k10 = CL/Vc, k12 = Q/Vc, k21 = Q/Vp. For adalimumab it is
/// the depot under the skin, from which the drug is absorbed and to which nothing returns: k10 = CL/V, k12 = 0,
/// k21 = ka. So the same closed form serves both.
///
/// The eigenvalues are those of a quadratic, -(m - h) and -(m + h) with m = (k10 + k12 + k21) / 2 and
/// h = sqrt((k10 + k12 - k21)^2 / 4 + k12 k21), and the matrix exponential over a time t is
///
///     e^(Mt) = e^(-mt) [cosh(ht) I + sinh(ht)/h (M + m I)]
package struct LinearKinetics: Sendable {
    /// Elimination from the central compartment, 1/d.
    package var k10: Lanes
    /// From the central to the second compartment, 1/d.
    package var k12: Lanes
    /// From the second to the central compartment, 1/d.
    package var k21: Lanes

    /// Kinetics from the three rates, in 1/d, none of them negative.
    package init(k10: Lanes, k12: Lanes, k21: Lanes) {
        self.k10 = k10
        self.k12 = k12
        self.k21 = k21
    }

    /// What becomes of amounts over a stretch of time: (x, y) turns into (xx x + xy y, yx x + yy y).
    package struct Propagator: Sendable {
        /// From central to central.
        package var xx: Lanes
        /// From the second compartment to the central one.
        package var xy: Lanes
        /// From the central compartment to the second one.
        package var yx: Lanes
        /// From second to second.
        package var yy: Lanes
    }

    /// The mean of the eigenvalues' magnitudes, and half of their distance, 1/d.
    @inline(__always)
    private var middleAndHalfGap: (middle: Lanes, halfGap: Lanes) {
        let difference = (k10 + k12 - k21) * 0.5
        return ((k10 + k12 + k21) * 0.5, (difference * difference + k12 * k21).roots)
    }

    /// The smaller eigenvalue's magnitude as a quotient, so that a slow elimination keeps its digits, 1/d.
    @inline(__always)
    private func slowRate(_ middle: Lanes, _ halfGap: Lanes) -> Lanes {
        let fast = middle + halfGap
        return (k10 * k21 / fast).where(fast .> 0, else: .zero)
    }

    /// The exact change over so many days.
    @inline(__always)
    package func propagator(days: Double) -> Propagator {
        let (middle, halfGap) = middleAndHalfGap
        let slow = Lanes.exp(slowRate(middle, halfGap) * -days)
        let fast = Lanes.exp((middle + halfGap) * -days)
        let cosine = (slow + fast) * 0.5
        // Of nearly equal eigenvalues the quotient loses its digits, and the series of sinh(z)/z takes its place.
        let z = halfGap * days
        let isNarrow = z .< 1e-3
        let gap = (2 * halfGap).where(.!isNarrow, else: Lanes(repeating: 1))
        let square = z * z
        let above: Lanes = square * (1.0 / 6) + 1
        let narrow: Lanes = cosine * days * above / (square * 0.5 + 1)
        let sine = narrow.where(isNarrow, else: (slow - fast) / gap)
        let excess = (k21 - k10 - k12) * 0.5
        return Propagator(
            xx: cosine + sine * excess, xy: sine * k21, yx: sine * k12, yy: cosine - sine * excess)
    }

    /// What is in the two compartments after so many days of a unit that ran into the central one at an even rate over
    /// the first `duration` days.
    ///
    /// The integral of the propagator's first column over the infusion, divided by its duration.
    package func afterInfusion(duration: Double, days: Double) -> (x: Lanes, y: Lanes) {
        let (middle, halfGap) = middleAndHalfGap
        let slowRate = slowRate(middle, halfGap)
        let fastRate = middle + halfGap
        let slow = Self.meanDecay(slowRate, from: days - duration, duration)
        let fast = Self.meanDecay(fastRate, from: days - duration, duration)
        // Only the closed form's weights divide by the gap; where there is none, nothing is exchanged either.
        let gap = (2 * halfGap).where(halfGap .> 0, else: Lanes(repeating: 1))
        let sine = (slow - fast) / gap
        let cosine = (slow + fast) * 0.5
        let excess: Lanes = (k21 - k10 - k12) * 0.5
        return (cosine + sine * excess, sine * k12)
    }

    /// The mean of e^(-kt) over the times from `start` to `start + duration`.
    private static func meanDecay(_ rate: Lanes, from start: Double, _ duration: Double) -> Lanes {
        let z = rate * duration
        let isSlow = z .< 1e-4
        let shrink = (1 - Lanes.exp(-z)) / z.where(.!isSlow, else: Lanes(repeating: 1))
        let third: Lanes = 1 - z * 0.25
        let second: Lanes = 1 - z * third * (1.0 / 3)
        let series: Lanes = 1 - z * second * 0.5
        return Lanes.exp(rate * -start) * series.where(isSlow, else: shrink)
    }
}
