/// What became of a batch, told when it is durable.
package struct AppendReceipt: Sendable, Equatable {
    /// One decision for each record of the batch, in its order.
    package let decisions: [Decision]
    /// How far the slices that stored events of the batch went to had come with the commit, ascending by slice.
    ///
    /// A reader that has come as far has seen every event that the batch added. Events that were there before give no
    /// place.
    package let heads: [LogPlace]

    /// A receipt from its parts.
    package init(decisions: [Decision], heads: [LogPlace]) {
        self.decisions = decisions
        self.heads = heads
    }
}
