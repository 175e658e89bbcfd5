import CMalloc

/// How the C library's allocator is told to work, once for the whole process.
enum MemoryAllocation {
    /// Keeps freed memory for what is allocated next, instead of giving it back to the system at once.
    ///
    /// A replay opens segments of some megabytes, one after the other. By its own measure the allocator maps each of
    /// their arrays anew and the system clears every page of it: without that, a replay takes a sixth less time and holds a
    /// twentieth more memory at most. Whoever sets the allocator by its environment is not overruled.
    static func keepFreedMemory(_ environment: Environment) {
        // The greatest threshold that the allocator takes.
        if environment["MALLOC_MMAP_THRESHOLD_"] == nil { mallopt(M_MMAP_THRESHOLD, 32 << 20) }
        if environment["MALLOC_TRIM_THRESHOLD_"] == nil { mallopt(M_TRIM_THRESHOLD, 256 << 20) }
    }
}
