package import Trial

/// What is put under load: a log that events are appended to, and a projection that follows it.
///
/// The test cancels the task of a call that has not answered when the wait for it is over; the call should then end.
package struct LoadTarget: Sendable {
    /// How many slices the study has.
    package let slices: Int
    /// The slice of a subject, counted from 0 within the study.
    package let slice: @Sendable (_ subject: ArraySlice<UInt8>) -> Int
    /// Appends a batch and returns when it is durable; called for many batches at a time.
    package let append: @Sendable (EventBatch) async throws -> Acknowledgement
    /// The positions up to which the projection has come, one for each slice, as of now; called often.
    package let checkpoints: @Sendable () async throws -> [Int64]
    /// Returns when a checkpoint may have moved, or after a few milliseconds; without it the test looks every 5 ms.
    package let waitForProjection: (@Sendable () async throws -> Void)?

    /// A target from its parts.
    package init(
        slices: Int, slice: @escaping @Sendable (_ subject: ArraySlice<UInt8>) -> Int,
        append: @escaping @Sendable (EventBatch) async throws -> Acknowledgement,
        checkpoints: @escaping @Sendable () async throws -> [Int64],
        waitForProjection: (@Sendable () async throws -> Void)? = nil
    ) {
        self.slices = slices
        self.slice = slice
        self.append = append
        self.checkpoints = checkpoints
        self.waitForProjection = waitForProjection
    }
}

/// What the log says of a batch that is durable.
package struct Acknowledgement: Sendable, Equatable {
    /// How far a slice reached when a batch was committed.
    package struct Head: Sendable, Equatable {
        /// The slice, counted from 0 within the study.
        package let slice: Int
        /// The slice's last position after the commit.
        package let position: Int64

        /// A head from its parts.
        package init(slice: Int, position: Int64) {
            self.slice = slice
            self.position = position
        }
    }

    /// The head of every slice that the batch has an event in.
    package let heads: [Head]
    /// The places within the batch of events that were not stored, ascending.
    package let refused: [Int]

    /// An acknowledgement from its parts.
    package init(heads: [Head], refused: [Int] = []) {
        self.heads = heads
        self.refused = refused
    }
}
