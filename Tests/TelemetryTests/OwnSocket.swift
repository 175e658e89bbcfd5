import Glibc

/// A socket of this process, as the system knows it.
struct OwnSocket {
    /// The local address; a word for what is not IPv4.
    var address: String
    /// Whether it takes connections.
    var isListening: Bool
    /// Whether a program that this one becomes has it no more.
    var isClosedOnExecution: Bool

    /// The open sockets with a local port.
    static func all(port: UInt16) -> [OwnSocket] { (0..<4_096).compactMap { OwnSocket($0, port: port) } }

    private init?(_ descriptor: Int32, port: UInt16) {
        var place = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let result = unsafe withUnsafeMutablePointer(to: &place) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &length)
            }
        }
        // The port lies at the same place in the addresses of both families.
        guard result == 0, place.sin6_port == port.bigEndian,
            [sa_family_t(AF_INET), sa_family_t(AF_INET6)].contains(place.sin6_family)
        else { return nil }
        // So does an IPv4 address where the other family has its flow.
        let bytes = (0..<4).map { UInt32(littleEndian: place.sin6_flowinfo) >> ($0 * 8) & 0xFF }
        address =
            place.sin6_family == sa_family_t(AF_INET) ? bytes.map { "\($0)" }.joined(separator: ".") : "not IPv4"
        var listens: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 else { return nil }
        isListening = listens != 0
        isClosedOnExecution = fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0
    }
}
