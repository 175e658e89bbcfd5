import Testing

/// Negative numbers as values of options, which look like options themselves.
@Suite(.timeLimit(.minutes(6)))
struct NegativeValueTests {
    private let trough = TroughProgram()

    /// Arguments, and the sentence that tells what the option takes.
    private static let cases: [(arguments: [String], sentence: String)] = [
        (["replay", "--shards", "-1"], "--shards takes 1 to 1024; -1 was given."),
        (["replay", "--slices", "-3"], "Slices are A-B or A, whole numbers"),
        (["report", "--as-of", "-1"], "expected a date such as 2016-06-30"),
        (["simulate", "--patients", "-5"], "--patients takes 1 to 9999999999; -5 was given"),
        (["simulate", "--patients", "10", "--seed", "-1"], "The value '-1' is invalid for '--seed <s>'"),
        (["simulate", "--patients", "10", "--shard", "-1/4"], "--shard takes K/M with K from 1 to M"),
        (["seal", "--older-than", "-.5"], "--older-than takes 0 to 100000 days; -0.5 was given."),
        (["load", "--rate", "-1e3"], "The rate is -1000; expected 1 to 10000000 events a second."),
        (["append", "--patience", "-1"], "--patience takes 0 to 86400 seconds; -1 was given."),
        (["worker", "--lease", "-1"], "--lease takes 0.2 to 300 seconds; -1 was given."),
        (["worker", "run", "--lease", "-1"], "--lease takes 0.2 to 300 seconds; -1 was given."),
        (["worker", "retry", "--wait", "-1"], "--wait takes 0 to 86400 seconds; -1 was given."),
        (["replay", "-o", "-1"], "The value '-1' is invalid for '-o <output>'"),
        // What follows no option that takes a value stays what the parser takes it for.
        (["replay", "--quiet", "-1"], "Unknown option '-1'"), (["replay", "-1"], "Unknown option '-1'"),
        (["status", "--slices", "-1"], "Unknown option '-1'"), (["-1"], "Unknown option '-1'"),
        (["replay", "--study", "--shards", "-1"], "Missing value for '--study <name>'"),
    ]

    @Test("A negative number is taken for the value of its option, which says what it takes", arguments: cases)
    func said(_ arguments: [String], _ sentence: String) async throws {
        let ended = try await trough.run(arguments)
        #expect(ended.status == 2, "\(ended.status) \(ended.errors)")
        #expect(ended.output == "")
        #expect(ended.errors.contains(sentence), "\(ended.errors)")
    }

    @Test("What follows -- stays as it is")
    func terminated() async throws {
        let ended = try await trough("append", "--study", "--", "-1")
        #expect(ended.status == 2)
        #expect(ended.errors.contains("--study"), "\(ended.errors)")
    }
}
