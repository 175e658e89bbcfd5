import ArgumentParser
import EventLog
import Report

/// Slices of a study on the command line, `A-B` or `A`, counted from 0.
struct SliceRange {
    /// The slices, both ends included.
    let numbers: ClosedRange<Int>

    /// - Throws: A sentence where the text names no slices.
    init(spelled text: String) throws {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count <= 2,
            parts.allSatisfy({ (1...9).contains($0.utf8.count) && $0.utf8.allSatisfy(Self.isDigit) }),
            let first = parts.first.flatMap({ Int($0) }), let last = parts.last.flatMap({ Int($0) }), first <= last
        else {
            throw ValidationError("Slices are A-B or A, whole numbers of which the first is not the greater one.")
        }
        numbers = first...last
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// Refuses slices that a study does not have.
    func check(_ study: Study) throws {
        guard numbers.upperBound >= study.slices else { return }
        let given =
            numbers.count == 1 ? "\(numbers.lowerBound)" : "\(numbers.lowerBound)-\(numbers.upperBound)"
        throw Failure(
            .usage,
            "--slices \(given): the study \"\(study.name)\" has \(counted(study.slices, "slice")); expected numbers from 0 to "
                + "\(study.slices - 1).")
    }
}
