import Foundation
import Glibc
import Testing

/// A server on a port of this machine that takes connections and never says a word.
struct DeafServer {
    private let descriptor: Int32
    private let port: UInt16

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (socket, size) = (descriptor, length)
        let isOpen = unsafe withUnsafeMutablePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                // Connections wait in the queue of those that nobody has accepted yet.
                unsafe bind(socket, address, size) == 0 && listen(socket, 64) == 0
                    && getsockname(socket, address, &length) == 0
            }
        }
        try #require(isOpen)
        port = UInt16(bigEndian: address.sin_port)
    }

    /// Where a client finds it.
    var url: String { "postgresql://nobody@127.0.0.1:\(port)/nothing" }

    func stop() { close(descriptor) }
}
