import Foundation
import Measuring

/// Writes a workload as a file of event lines.
enum LineFile {
    private static let pieceBytes = 1 << 20

    /// Writes every event of the workload, in order.
    static func write(_ workload: Workload, to path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let file = FileHandle(forWritingAtPath: path)
        else { throw Failure("\(path) cannot be written.") }
        let lines = WorkloadLines(workload)
        var piece: [UInt8] = []
        for stub in workload.stubs {
            lines.append(stub, to: &piece)
            if piece.count >= pieceBytes {
                try file.write(contentsOf: piece)
                piece.removeAll(keepingCapacity: true)
            }
        }
        try file.write(contentsOf: piece)
        try file.close()
    }
}
