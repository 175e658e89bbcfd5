import Glibc

/// A file descriptor that becomes readable when it is signalled, so that poll(2) can wait for it.
final class WakeUp: Sendable {
    /// The end to wait at, or -1 when the process has no descriptor left; then a wait ends at its timeout.
    let descriptor: CInt
    private let signalEnd: CInt

    init() {
        var ends: [CInt] = [-1, -1]
        // The array has room for exactly the two descriptors that are written.
        let made = unsafe pipe(&ends) == 0
        for end in ends where made {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        descriptor = made ? ends[0] : -1
        signalEnd = made ? ends[1] : -1
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if signalEnd >= 0 { close(signalEnd) }
    }

    /// Makes the descriptor readable; does nothing more when it is readable already.
    func signal() {
        var byte: UInt8 = 0
        // One byte from a local; a full pipe refuses it, and is readable as it should be.
        _ = unsafe write(signalEnd, &byte, 1)
    }

    /// Makes the descriptor unreadable again.
    func drain() {
        var bytes = [UInt8](repeating: 0, count: 64)
        // At most as many bytes as the array holds; an empty pipe answers at once.
        while unsafe read(descriptor, &bytes, bytes.count) > 0 {}
    }
}
