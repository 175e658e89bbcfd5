import Dispatch

/// Runs the jobs of one ``Connection`` on a dispatch queue of its own.
///
/// libpq blocks its thread while the server works. Swift's cooperative pool has one thread per core and does not
/// replace a blocked one, so two blocking calls would stop a program on two cores; a private serial queue has its own
/// thread.
final class ConnectionExecutor: SerialExecutor {
    private let queue: DispatchQueue

    init(label: String) {
        queue = DispatchQueue(label: label)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        // The queue keeps jobs in closures, which cannot hold a noncopyable job; each is run exactly once.
        let job = UnownedJob(job)
        queue.async {
            unsafe job.runSynchronously(on: self.asUnownedSerialExecutor())
        }
    }

    func checkIsolated() {
        dispatchPrecondition(condition: .onQueue(queue))
    }
}
