import Segments

/// How much a segment packs at most; batches are never torn, so that a single one may be more.
package struct SegmentSize: Sendable {
    /// Events.
    let events: Int
    /// Bytes of texts.
    let texts: Int
    /// Bytes of both parts, which nothing exceeds.
    let bytes: Int

    /// The usual size, or what tests want instead.
    package init(
        events: Int = Segments.Limits.events, texts: Int = Limits.textsPerSegment,
        bytes: Int = Segments.Limits.writtenBytes
    ) {
        self.events = max(1, min(events, Segments.Limits.events))
        self.texts = texts
        self.bytes = bytes
    }
}
