import Report
import Synchronization

/// What waits to be written to a stream though nobody waits for it to be written: it takes no more room than it is given.
final class Backlog: Sendable {
    /// How many bytes may wait: many more lines than are said while the thread that writes them waits for its turn.
    static let room = 1 << 20

    /// How much waits, and what found no room.
    struct State {
        private var waiting = 0
        private var lost = 0

        /// The bytes to be written for a text, or `nil` where no room is left for it.
        ///
        /// Whatever its length, a text finds room where nothing waits.
        ///
        /// - Parameters:
        ///   - room: How many bytes may wait together with it.
        ///   - isCounted: Whether its loss is told.
        mutating func admit(_ text: String, room: Int, isCounted: Bool) -> [UInt8]? {
            let bytes = Array((loss + text).utf8)
            guard waiting == 0 || waiting + bytes.count <= room else {
                if isCounted { lost += 1 }
                return nil
            }
            lost = 0
            waiting += bytes.count
            return bytes
        }

        /// Notes that so many bytes have been written; tells what remains to be written then.
        mutating func finish(_ count: Int) -> [UInt8] {
            waiting -= count
            return waiting == 0 ? takeLoss() : []
        }

        /// Says how many lines were lost, where some were, for the place where they are missing.
        mutating func takeLoss() -> [UInt8] {
            defer { lost = 0 }
            return Array(loss.utf8)
        }

        private var loss: String {
            if lost == 0 { return "" }
            return "trough: \(counted(lost, "line")) of the log \(lost == 1 ? "is" : "are") missing here, since "
                + "standard error was not read in time.\n"
        }
    }

    /// Held also while what is admitted is put into the queue, so that it is written in the order in which it was said.
    let state = Mutex(State())
}
