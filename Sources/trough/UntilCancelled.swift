import Dispatch

/// Runs work that may wait for somebody, such as reading a pipe, on a thread away from the pool; a cancelled task waits no
/// longer.
///
/// The thread is then left to what it waits for, and ends with the program: this is for work that leaves nothing half done.
func untilCancelled<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    let answer = FirstAnswer<Result<R, any Error>>()
    return try await withTaskCancellationHandler {
        DispatchQueue.global().async { answer.give(Result(catching: body)) }
        return await answer.value()
    } onCancel: {
        answer.give(.failure(CancellationError()))
    }.get()
}
