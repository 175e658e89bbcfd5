/// The numbered SQL files that make the log's tables, in the order in which they run.
///
/// The files beside this one are the source; they are embedded in the binary, so that an installed program carries its
/// schema with it, and they run as they are with psql.
package enum Schema {
    /// One numbered file.
    package struct File: Sendable {
        /// Its number, the schema's version once it has run.
        package var version: Int
        /// The file's name, such as `001_log.sql`.
        package var name: String
        /// The statements.
        package var sql: String
    }

    /// All files, ascending by version.
    package static let files: [File] = [
        File(version: 1, name: "001_log.sql", sql: text(PackageResources._01_log_sql)),
        File(version: 2, name: "002_vocabulary.sql", sql: text(PackageResources._02_vocabulary_sql)),
        File(version: 3, name: "003_views.sql", sql: text(PackageResources._03_views_sql)),
        File(version: 4, name: "004_projection.sql", sql: text(PackageResources._04_projection_sql)),
        File(version: 5, name: "005_disposable_study.sql", sql: text(PackageResources._05_disposable_study_sql)),
        File(version: 6, name: "006_segment.sql", sql: text(PackageResources._06_segment_sql)),
        File(version: 7, name: "007_partition.sql", sql: text(PackageResources._07_partition_sql)),
        File(version: 8, name: "008_checksum.sql", sql: text(PackageResources._08_checksum_sql)),
        File(version: 9, name: "009_moved_heads.sql", sql: text(PackageResources._09_moved_heads_sql)),
        File(version: 10, name: "010_live_repairs.sql", sql: text(PackageResources._10_live_repairs_sql)),
        File(version: 11, name: "011_retries.sql", sql: text(PackageResources._11_retries_sql)),
        File(version: 12, name: "012_withdrawn.sql", sql: text(PackageResources._12_withdrawn_sql)),
    ]

    /// The version that this program works with.
    package static let version = files.count

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
