import ArgumentParser
import EventLog
import Foundation
import Logging

/// How many shards work, and whether progress is shown.
struct ShardOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How many actors work side by side; the number of cores without it.", valueName: "n"))
    var shards: Int?
    @Option(help: "Show progress: auto (on a terminal), always or never.")
    var progress = ProgressMode.auto

    /// How many shards are meant.
    var shardCount: Int { shards ?? max(1, ProcessInfo.processInfo.activeProcessorCount) }

    func validate() throws {
        try check(shards, isIn: 1...1024, "--shards")
    }
}

/// How a study is replayed.
struct ReplayOptions: ParsableArguments {
    @OptionGroup var shards: ShardOptions
    @Option(
        help: ArgumentHelp(
            "Keeps packed history in this folder, so that it is fetched from the database once.", valueName: "folder"))
    var cache: String?

    /// How many shards are meant.
    var shardCount: Int { shards.shardCount }
    /// Whether progress is shown.
    var progress: ProgressMode { shards.progress }

    /// The cache that is meant; its folder is made where there is none.
    func segmentCache(_ logger: Logger) throws -> SegmentCache? {
        guard let cache else { return nil }
        if cache.isEmpty { throw Failure(.usage, "--cache is empty; expected the name of a folder.") }
        do { return try SegmentCache(folder: cache, logger: logger) } catch {
            throw Failure(
                .usage, "\(cache): the cache cannot be kept there; expected a folder that can be made and written to.")
        }
    }
}
