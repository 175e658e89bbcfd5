import Dispatch
import Glibc

/// A connection to a port of this machine, over plain system calls on threads of their own.
final class WebClient: Sendable {
    /// An answer of a server.
    struct Answer: Equatable {
        var status: Int
        /// The headers by their names in lower case.
        var headers: [String: String]
        var body: String
    }

    /// What went wrong.
    enum Fault: Error, Equatable {
        case refused(Int32)
        case silent
        case malformed(String)
    }

    private let descriptor: Int32
    private let queue = DispatchQueue(label: "client")

    /// Connects, with a bound of ten seconds to every wait from then on.
    init(port: UInt16, address: String = "127.0.0.1") async throws {
        descriptor = try await Self.offPool(DispatchQueue(label: "connect")) {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            var patience = timeval(tv_sec: 10, tv_usec: 0)
            let size = socklen_t(MemoryLayout<timeval>.size)
            unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
            unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
            var place = sockaddr_in()
            place.sin_family = sa_family_t(AF_INET)
            place.sin_port = port.bigEndian
            unsafe inet_pton(AF_INET, address, &place.sin_addr)
            let result = unsafe withUnsafePointer(to: &place) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard result == 0 else {
                let reason = errno
                close(descriptor)
                throw Fault.refused(reason)
            }
            return descriptor
        }
    }

    deinit { close(descriptor) }

    /// Whether the server has closed, seen without waiting.
    var isClosed: Bool {
        var byte: UInt8 = 0
        let count = unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
        return count == 0 || count < 0 && errno != EAGAIN
    }

    /// Sends text as it is.
    func send(_ text: String) async throws {
        try await Self.offPool(queue) { [descriptor] in
            var bytes = Array(text.utf8)[...]
            while !bytes.isEmpty {
                let count = unsafe bytes.withUnsafeBytes {
                    unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { throw Fault.refused(errno) }
                bytes = bytes.dropFirst(count)
            }
        }
    }

    /// Sends text as it is, or as much as the server takes before it closes.
    func sendUnlessClosed(_ text: String) async throws {
        do {
            try await send(text)
        } catch Fault.refused(EPIPE), Fault.refused(ECONNRESET) {}
    }

    /// Tells the server that nothing more will come; its answers still can.
    func endSending() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    /// Is gone without a word once nobody has this client any more: its side does not end, but breaks.
    func breakOff() {
        var atOnce = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &atOnce, socklen_t(MemoryLayout<linger>.size))
    }

    /// Sends a request and reads its answer.
    func ask(_ method: String, _ path: String, headers: String = "", body: String = "") async throws -> Answer {
        let length = body.isEmpty ? "" : "Content-Length: \(body.utf8.count)\r\n"
        try await send("\(method) \(path) HTTP/1.1\r\nHost: here\r\n\(headers)\(length)\r\n\(body)")
        return try await answer(hasBody: method != "HEAD")
    }

    /// Reads one answer, and not a byte of what may follow.
    func answer(hasBody: Bool = true) async throws -> Answer {
        try await Self.offPool(queue) { [descriptor] in
            var head: [UInt8] = []
            while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) { head += try Self.receive(1, from: descriptor) }
            var lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")[...]
            let words = lines.popFirst()?.split(separator: " ", maxSplits: 2) ?? []
            guard words.count == 3, words[0] == "HTTP/1.1", let status = Int(words[1]) else {
                throw Fault.malformed(String(decoding: head, as: UTF8.self))
            }
            var headers: [String: String] = [:]
            for line in lines {
                let parts = line.split(separator: ": ", maxSplits: 1)
                headers[parts[0].lowercased()] = parts.count == 2 ? String(parts[1]) : ""
            }
            guard let length = headers["content-length"].flatMap({ Int($0) }) else {
                throw Fault.malformed("no length")
            }
            var body: [UInt8] = []
            while hasBody, body.count < length { body += try Self.receive(length - body.count, from: descriptor) }
            return Answer(status: status, headers: headers, body: String(decoding: body, as: UTF8.self))
        }
    }

    /// Waits until the server closes, and returns what it sent before.
    func untilClosed() async throws -> String {
        try await Self.offPool(queue) { [descriptor] in
            var text: [UInt8] = []
            do {
                while true { text += try Self.receive(4_096, from: descriptor) }
            } catch Fault.refused {
                return String(decoding: text, as: UTF8.self)
            }
        }
    }

    /// Some bytes; `refused` once the other side has closed, `silent` when it sends nothing for long.
    private static func receive(_ most: Int, from descriptor: Int32) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: min(most, 65_536))
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
        if count < 0, errno == EAGAIN { throw Fault.silent }
        guard count > 0 else { throw Fault.refused(count == 0 ? 0 : errno) }
        return Array(bytes[..<count])
    }

    private static func offPool<Value: Sendable>(
        _ queue: DispatchQueue,
        _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: work)) }
        }
    }
}
