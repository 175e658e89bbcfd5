/// The fixed piece of memory in which the rows of a COPY are gathered; made once per session.
///
/// The address is unsafe to hand out because it ends with this object. Its only other holder is a ``CopyWriter``, which
/// also holds this object and cannot be copied.
@safe
final class CopyBuffer {
    let base: UnsafeMutableRawPointer
    let capacity: Int

    init(capacity: Int) {
        unsafe base = .allocate(byteCount: capacity, alignment: 16)
        self.capacity = capacity
    }

    deinit {
        unsafe base.deallocate()
    }
}
