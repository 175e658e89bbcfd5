/// Why bytes are no segment, or events cannot be packed into one.
package struct SegmentError: Error, Equatable, CustomStringConvertible {
    /// One sentence for people.
    package let message: String

    /// An error from its sentence.
    package init(_ message: String) { self.message = message }

    package var description: String { message }
}
