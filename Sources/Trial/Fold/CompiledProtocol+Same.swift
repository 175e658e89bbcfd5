// Texts are compared byte by byte here, as a fold compares them: `==` takes two spellings of one letter for the same.

extension CompiledProtocol {
    /// Whether it asks the same of patients with this disease as another protocol: whatever their histories, outcomes and
    /// findings are then the same, but for the names of endpoints and criteria.
    package func asksTheSame(as other: CompiledProtocol, of disease: Disease?) -> Bool {
        guard source.arms.count == other.source.arms.count,
            zip(source.arms, other.source.arms).allSatisfy({ $0.hasSameBytes(as: $1.utf8.span) }),
            source.horizon == other.source.horizon, source.treatmentStop == other.source.treatmentStop,
            source.endpoints.count == other.source.endpoints.count
        else { return false }
        return zip(source.endpoints, other.source.endpoints).allSatisfy { own, others in
            own.criteria.count == others.criteria.count
                && zip(own.criteria, others.criteria).allSatisfy { $0.asksTheSame(as: $1, of: disease) }
        }
    }
}

extension Criterion {
    /// Whether it applies to this disease.
    func applies(to disease: Disease?) -> Bool { self.disease == nil || self.disease == disease }

    /// Whether both ask the same of patients with this disease, which is nothing where they do not apply.
    fileprivate func asksTheSame(as other: Criterion, of disease: Disease?) -> Bool {
        guard applies(to: disease) else { return !other.applies(to: disease) }
        return other.applies(to: disease) && from == other.from && within == other.within
            && conditions.count == other.conditions.count
            && zip(conditions, other.conditions).allSatisfy { $0.isTheSame(as: $1) }
    }
}

extension Condition {
    fileprivate func isTheSame(as other: Condition) -> Bool {
        switch (self, other) {
        case (.score(_, let item, _), .score(_, let otherItem, _)):
            self == other && item.hasSameBytes(as: otherItem.utf8.span)
        case (.adverseEvent(_, .named(let drug), _, _), .adverseEvent(_, .named(let otherDrug), _, _)):
            self == other && drug.hasSameBytes(as: otherDrug.utf8.span)
        default: self == other
        }
    }
}
