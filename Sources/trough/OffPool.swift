import Dispatch
import Synchronization

/// An answer that may come from more than one side: the first counts, and later ones are nothing.
final class FirstAnswer<Value: Sendable>: Sendable {
    private enum State {
        case missing
        case awaited(CheckedContinuation<Value, Never>)
        case given(Value)
        case over
    }

    private let state = Mutex(State.missing)

    /// Answers, unless somebody has.
    func give(_ value: Value) {
        let waiting: CheckedContinuation<Value, Never>? = state.withLock { state in
            switch state {
            case .missing: state = .given(value)
            case .awaited(let continuation):
                state = .over
                return continuation
            case .given, .over: break
            }
            return nil
        }
        waiting?.resume(returning: value)
    }

    /// Waits for the answer; asked once.
    func value() async -> Value {
        await withCheckedContinuation { continuation in
            let value: Value? = state.withLock { state in
                if case .given(let value) = state {
                    state = .over
                    return value
                }
                state = .awaited(continuation)
                return nil
            }
            if let value { continuation.resume(returning: value) }
        }
    }
}

/// Runs work that may wait for somebody, such as reading a pipe, on a thread away from the pool.
///
/// A cancelled task waits no longer. The thread is then left to what it waits for, and ends with the program: this is for
/// work that leaves nothing half done.
func offPool<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    let answer = FirstAnswer<Result<R, any Error>>()
    return try await withTaskCancellationHandler {
        DispatchQueue.global().async { answer.give(Result(catching: body)) }
        return await answer.value()
    } onCancel: {
        answer.give(.failure(CancellationError()))
    }.get()
}
