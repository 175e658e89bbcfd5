/// Why metrics are not served.
package enum MetricsEndpointError: Error, Equatable, CustomStringConvertible {
    /// The host is no address.
    case host(String)
    /// The port could not be opened: it is taken, not permitted, or the address is not of this machine.
    case port(UInt16, host: String, reason: String)
    /// The endpoint answered for a while and then failed.
    case stopped(host: String, reason: String)

    package var description: String {
        switch self {
        case .host(let host):
            "The metrics host \"\(host)\" is not an address: expected one of IPv4 or IPv6, such as 127.0.0.1 or ::1."
        case .port(let port, let host, let reason):
            "The metrics port \(port) on \(host) cannot be opened: \(reason)."
        case .stopped(let host, let reason):
            "The metrics endpoint on \(host) has stopped: \(reason)."
        }
    }
}
