import Loops

/// Runs one inner loop, so that another program can count the instructions of ``counted(_:)``, and of nothing else.
@main
enum LoopOnce {
    static func main() throws {
        guard CommandLine.arguments.count == 2, let loop = InnerLoop(rawValue: CommandLine.arguments[1]) else {
            print("usage: LoopOnce \(InnerLoop.allCases.map(\.rawValue).joined(separator: "|"))")
            return
        }
        let prepared = try loop.prepared()
        // The first runs make the room that later ones use again.
        for _ in 0..<2 { _ = try prepared.run() }
        guard try counted(prepared) == prepared.items else {
            fatalError("\(loop.rawValue) did not do all of its work.")
        }
    }

    /// What is counted; its name is what the counting program looks for.
    @inline(never)
    static func counted(_ loop: InnerLoop.Prepared) throws -> Int { try loop.run() }
}
