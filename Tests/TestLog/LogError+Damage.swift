package import EventLog

extension LogError {
    /// What is damaged; `nil` where something else went wrong.
    package var damage: String? {
        if case .damaged(let reason) = self { reason } else { nil }
    }
}
