package import Foundation

/// Files of the repository that several test targets read.
package enum TestData {
    /// The bundled example, 8,593 event lines of 90 virtual patients.
    package static let replica = root.appendingPathComponent("Sources/trough/Resources/roblin-replica.ndjson")
    /// The example's outcome lines under the default protocol.
    package static let replicaOutcomes = root.appendingPathComponent("Tests/Fixtures/roblin-replica.outcomes.ndjson")
    /// The digest of these outcome lines.
    package static let replicaDigest = "0c932359a8248c52e31fcf9ea0b9eb704270170324dbe5c5bb8a5e060fed75ab"
    /// The schema's numbered files.
    package static let schema = root.appendingPathComponent("Schema")

    /// The lines of a file, without their ends.
    package static func lines(_ file: URL) throws -> [String] {
        String(decoding: try Data(contentsOf: file), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
}
