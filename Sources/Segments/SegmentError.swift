/// Why bytes are no segment, or events cannot be packed into one.
package struct SegmentError: Error, Equatable, CustomStringConvertible {
    /// One sentence for people.
    package let message: String

    /// Whether nothing is wrong with the events, but that they are too much for one segment.
    package let isTooMuch: Bool

    /// An error from its sentence.
    package init(_ message: String, isTooMuch: Bool = false) { (self.message, self.isTooMuch) = (message, isTooMuch) }

    package var description: String { message }
}
