/// The time by which a test sends and measures.
package struct LoadClock: Sendable {
    /// Nanoseconds since a moment that stays the same; never goes back.
    package let now: @Sendable () -> Int64
    /// Returns at or soon after a moment of ``now``, or throws when the task is cancelled.
    package let sleep: @Sendable (_ until: Int64) async throws -> Void
    /// Microseconds since 1970-01-01T00:00:00Z.
    package let date: @Sendable () -> Int64

    /// A clock from its parts.
    package init(
        now: @escaping @Sendable () -> Int64, sleep: @escaping @Sendable (_ until: Int64) async throws -> Void,
        date: @escaping @Sendable () -> Int64
    ) {
        self.now = now
        self.sleep = sleep
        self.date = date
    }

    /// The machine's clock that no correction of the date moves.
    ///
    /// - Parameter date: microseconds since 1970, as of the call.
    package static func continuous(date: @escaping @Sendable () -> Int64) -> LoadClock {
        let clock = ContinuousClock()
        let origin = clock.now
        return LoadClock(
            now: { origin.duration(to: clock.now).nanoseconds },
            sleep: { moment in try await clock.sleep(until: origin.advanced(by: .nanoseconds(moment)), tolerance: .zero)
            },
            date: date)
    }
}

extension Duration {
    /// The duration in nanoseconds, cut to whole ones.
    var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}

/// Seconds as nanoseconds.
func nanoseconds(_ seconds: Double) -> Int64 { Int64((seconds * 1e9).rounded()) }
