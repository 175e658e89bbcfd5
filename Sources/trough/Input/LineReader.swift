import AsyncAlgorithms
import Trial

/// Reads all inputs in order and sends their lines on, parsed, in pieces that become commits.
///
/// A piece goes on its way when it is full, when its first line has waited long enough, or at the end: a line fed slowly
/// is in the log within a second.
struct LineReader: Sendable {
    let context: Context
    let inputs: [InputSource]

    /// How long the first line of a piece waits for more, in microseconds.
    private static let patience: Int64 = 400_000
    /// How long one wait for input lasts, in milliseconds; between waits a signal is noticed.
    private static let wait = 100

    /// Reads until the end of the last input or the first signal.
    func run(into channel: AsyncThrowingChannel<ParsedLines, any Error>) async {
        do {
            var parser = LineParser()
            var pending = ParsedLines()
            var total = 0
            for (file, input) in inputs.enumerated() {
                try await read(input, file: file, &parser, &pending, &total, channel)
                input.finish()
                if context.signals.received != nil { break }
            }
            if pending.count > 0 { await channel.send(pending) }
            channel.finish()
        } catch {
            channel.fail(error)
        }
    }

    private func read(
        _ input: InputSource, file: Int, _ parser: inout LineParser, _ pending: inout ParsedLines, _ total: inout Int,
        _ channel: AsyncThrowingChannel<ParsedLines, any Error>
    ) async throws {
        var splitter = LineSplitter()
        var number = 0
        var began: Int64 = 0
        while context.signals.received == nil {
            var full: [ParsedLines] = []
            var isAtEnd = false
            let chunk = try await input.read(within: Self.wait)
            let now = context.now
            let add = { (line: borrowing Span<UInt8>) in
                if pending.count == 0 { began = now }
                number += 1
                total += 1
                pending.add(line, file: file, number: number, through: total, receivedAt: now, &parser)
                if pending.isFull {
                    full.append(pending)
                    pending = ParsedLines()
                }
            }
            switch chunk {
            case .bytes(let bytes): splitter.split(bytes, add)
            case .nothing: break
            case .end:
                splitter.finish(add)
                isAtEnd = true
            }
            if pending.count > 0, now - began >= Self.patience {
                full.append(pending)
                pending = ParsedLines()
            }
            for piece in full { await channel.send(piece) }
            if isAtEnd { return }
        }
    }
}
