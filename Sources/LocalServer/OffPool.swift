import Dispatch

/// Runs work that blocks, such as walking a folder, away from the cooperative pool.
func offPool<R: Sendable, E: Error>(_ body: @escaping @Sendable () throws(E) -> R) async throws(E) -> R {
    let outcome: Result<R, E> = await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
            do throws(E) {
                continuation.resume(returning: .success(try body()))
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
    }
    return try outcome.get()
}

/// Lets time pass without holding a thread.
func pause(milliseconds: Int) async throws(LocalServerError) {
    do {
        try await Task.sleep(for: .milliseconds(milliseconds))
    } catch {
        throw .cancelled
    }
}
