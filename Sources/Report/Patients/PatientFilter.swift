package import Projection
package import Trial

/// Which patients a list shows; a patient must pass all parts.
package struct PatientFilter: Sendable, Equatable {
    /// The arms by name; none lets every patient pass.
    package var arms: [String]
    /// The phases; none lets every patient pass.
    package var phases: [PatientState.Phase]
    /// The endpoint that must have been met, `nil` for none.
    package var failed: String?

    /// A filter from its parts; without any it lets every patient pass.
    package init(arms: [String] = [], phases: [PatientState.Phase] = [], failed: String? = nil) {
        self.arms = arms
        self.phases = phases
        self.failed = failed
    }

    /// Whether a patient passes.
    package func matches(_ state: PatientState) -> Bool {
        if !phases.isEmpty, !phases.contains(state.phase) { return false }
        if !arms.isEmpty {
            guard let arm = state.arm, arms.contains(where: { $0.utf8.elementsEqual(arm) }) else { return false }
        }
        if let failed {
            return state.outcomes.contains { $0.isEvent && $0.endpoint.utf8.elementsEqual(failed.utf8) }
        }
        return true
    }

    /// Refuses names that neither the protocol nor any patient knows, so that a typing error is not an empty list.
    package func check(_ states: [PatientState], protocol trial: TrialProtocol) throws(PatientFilterError) {
        for arm in arms {
            let isKnown =
                trial.arms.contains { $0.utf8.elementsEqual(arm.utf8) }
                || states.contains { $0.arm?.elementsEqual(arm.utf8) ?? false }
            if !isKnown { throw PatientFilterError(unknownArm: arm, known: trial.arms) }
        }
        if let failed, !trial.endpoints.contains(where: { $0.name.utf8.elementsEqual(failed.utf8) }) {
            throw PatientFilterError(unknownEndpoint: failed, known: trial.endpoints.map(\.name))
        }
    }
}

/// A filter that names what the study does not have.
package struct PatientFilterError: Error, Equatable, Sendable {
    /// What was asked for and what there is, as a sentence.
    package var message: String

    fileprivate init(unknownArm name: String, known: [String]) {
        message = "The protocol has no arm \"\(name)\"; its arms are \(known.joined(separator: ", "))."
    }

    /// Says what a report says that is asked for such an endpoint.
    fileprivate init(unknownEndpoint name: String, known: [String]) {
        message = ReportError.unknownEndpoint(name, known: known).description
    }
}
