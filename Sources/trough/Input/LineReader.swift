import AsyncAlgorithms
import Trial

/// Reads all inputs in order and sends their lines on, parsed, in pieces that become commits.
///
/// A piece goes on its way when it is full, when its first line has waited long enough, or at the end: a line fed slowly
/// is in the log within a second.
struct LineReader: Sendable {
    let context: Context
    let inputs: [InputSource]

    /// How long one wait for input lasts, in milliseconds; between waits a signal is noticed.
    private static let wait = 100

    /// Reads until the end of the last input, the first signal, or the failure of whoever takes the lines.
    func run(into channel: AsyncThrowingChannel<ParsedLines, any Error>) async {
        do {
            var pieces = LinePieces()
            for (file, input) in inputs.enumerated() {
                try await read(input, file: file, &pieces, channel)
                input.finish()
                if isOver { break }
            }
            for piece in pieces.takeRest() { await channel.send(piece) }
            channel.finish()
        } catch {
            channel.fail(error)
        }
    }

    /// Whether a signal came, or the lines can no longer be committed.
    private var isOver: Bool { context.signals.received != nil || Task.isCancelled }

    private func read(
        _ input: InputSource, file: Int, _ pieces: inout LinePieces,
        _ channel: AsyncThrowingChannel<ParsedLines, any Error>
    ) async throws {
        var splitter = LineSplitter()
        pieces.beginFile()
        while !isOver {
            var isAtEnd = false
            let chunk = try await input.read(within: Self.wait)
            let now = context.now
            switch chunk {
            case .bytes(let bytes): splitter.split(bytes) { pieces.add($0, file: file, at: now) }
            case .nothing: break
            case .end:
                splitter.finish { pieces.add($0, file: file, at: now) }
                isAtEnd = true
            }
            for piece in pieces.take(at: now) { await channel.send(piece) }
            if isAtEnd { return }
        }
    }
}
