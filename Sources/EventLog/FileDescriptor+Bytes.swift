package import SystemPackage

extension FileDescriptor {
    /// Bytes of a file from a place on, read into the array that holds them; fewer where the file ends before.
    package func bytes(_ size: Int, at offset: Int64) throws -> [UInt8] {
        // All arrays without room share one storage, which nobody may write to.
        if size == 0 { return [] }
        // Only what was read counts as initialised, also where the file has become shorter meanwhile.
        return unsafe try [UInt8](unsafeUninitializedCapacity: size) { room, count in
            while count < size {
                let rest = unsafe UnsafeMutableBufferPointer(rebasing: room[count...])
                let read = unsafe try self.read(
                    fromAbsoluteOffset: offset + Int64(count), into: UnsafeMutableRawBufferPointer(rest))
                if read == 0 { break }
                count += read
            }
        }
    }
}
