import Postgres
import Testing

/// Expects that `body` is refused as a defect of its caller.
func expectMisuse(
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws(PostgresError) -> Void
) {
    do throws(PostgresError) {
        try body()
        Issue.record("nothing was refused", sourceLocation: sourceLocation)
    } catch {
        #expect(error.kind == .misuse, sourceLocation: sourceLocation)
    }
}
