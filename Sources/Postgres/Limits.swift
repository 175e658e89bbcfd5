/// The bounds of this module, in one place.
enum Limits {
    /// Prepared statements kept per connection; the least recently used one is given back to the server first.
    static let preparedStatements = 64

    /// Bytes gathered before a piece of a COPY goes to libpq.
    static let copyBufferBytes = 128 * 1024

    /// Server notices kept until someone asks for them; older ones are dropped first.
    static let notices = 32

    /// Parameters of one statement: the wire protocol counts them in an unsigned 16-bit number.
    static let parameters = 65_535

    /// Seconds to wait for a server to accept a connection, unless the configuration says otherwise.
    static let connectTimeoutSeconds = 10

    /// Milliseconds before a cancel request is repeated: one that arrives between two statements has no effect.
    static let cancelRepeatMilliseconds = 25

    /// The longest pause between two cancel requests, in milliseconds.
    static let cancelRepeatMillisecondsMax = 1_000
}
