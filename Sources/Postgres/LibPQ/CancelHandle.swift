import CLibPQ

/// One `PGcancel`: knows how to ask the server to stop what a connection is doing, from any thread.
///
/// `@unchecked Sendable`: a `PGcancel` is a copy of what a request needs, made once and never changed; libpq documents
/// that it may be used from any thread, and reference counting frees it after its last use. The `unsafe` marks say that
/// a C function is called with the pointer this object owns.
@safe
final class CancelHandle: @unchecked Sendable {
    private let handle: OpaquePointer

    init(_ handle: OpaquePointer) {
        unsafe self.handle = unsafe handle
    }

    deinit {
        unsafe PQfreeCancel(handle)
    }

    /// Sends the request over a connection of its own and waits until the server has passed it on; blocks.
    func send() {
        var words = [CChar](repeating: 0, count: 256)
        // A request that fails is repeated by the caller, and the statement ends by itself at the latest.
        _ = unsafe PQcancel(handle, &words, CInt(words.count))
    }
}
