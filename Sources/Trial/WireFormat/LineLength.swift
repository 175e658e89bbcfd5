/// How long an event line may be, in bytes without its end.
package enum LineLength {
    /// The longest line of whoever states a fact.
    static let limit = 65_536
    /// The longest line that is taken at all: one that the log has printed.
    ///
    /// The log adds `recordedtime` and `sequence`, some 90 bytes, and spells a dozen numbers with up to 13 digits more; texts
    /// never grow. So whatever was taken is taken again as it is printed.
    package static let greatest = limit + 512
    /// Why a longer line is refused.
    static let refusal = Refusal(
        .syntax, "The line has more than \(limit) bytes; a line is at most that long.", column: limit + 1)
}
