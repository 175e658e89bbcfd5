import Foundation
import Glibc

/// The few calls on Unix-domain sockets that the proxy needs.
///
/// The `unsafe` marks of this file: the pointers live as long as the call that takes them.
package enum UnixSocket {
    /// A call that failed, with its reason.
    package struct Failure: Error {
        package var call: String
        package var reason: String

        init(_ call: String) {
            self.call = call
            reason = unsafe String(cString: strerror(errno))
        }
    }

    /// A socket that listens at a path.
    package static func listening(at path: String) throws -> Int32 {
        let socket = make()
        let isBound = unsafe withAddress(path) { unsafe bind(socket, $0, $1) == 0 }
        guard isBound, listen(socket, 128) == 0 else {
            defer { Glibc.close(socket) }
            throw Failure("listening at \(path)")
        }
        return socket
    }

    /// A socket that is connected to a path; `nil` where nobody listens.
    package static func connected(to path: String) -> Int32? {
        let socket = make()
        if unsafe withAddress(path, { unsafe connect(socket, $0, $1) == 0 }) { return socket }
        Glibc.close(socket)
        return nil
    }

    /// The next connection; `nil` once the socket was shut down.
    package static func accepted(by listener: Int32) -> Int32? {
        let socket = accept(listener, nil, nil)
        guard socket >= 0 else { return nil }
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
        return socket
    }

    /// The number of the process at the other end.
    package static func process(behind socket: Int32) -> Int32 {
        // Process, user and group.
        var credentials: [Int32] = [0, 0, 0]
        var size = socklen_t(MemoryLayout<Int32>.stride * credentials.count)
        let status = unsafe getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size)
        return status == 0 ? credentials[0] : 0
    }

    /// What has come, at least one byte; `nil` at the end.
    package static func read(_ socket: Int32) -> [UInt8]? {
        let size = 16_384
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = unsafe max(0, recv(socket, buffer.baseAddress, size, 0))
        }
        return bytes.isEmpty ? nil : bytes
    }

    /// Writes all bytes; `false` where the other end is gone.
    package static func write(_ bytes: ArraySlice<UInt8>, to socket: Int32) -> Bool {
        unsafe bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let count = unsafe send(
                    socket, buffer.baseAddress?.advanced(by: written), buffer.count - written,
                    Int32(MSG_NOSIGNAL))
                if count <= 0 { return false }
                written += count
            }
            return true
        }
    }

    private static func make() -> Int32 {
        socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    }

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Bool) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        precondition(bytes.count < capacity, "the path of a socket may have \(capacity - 1) bytes: \(path)")
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
