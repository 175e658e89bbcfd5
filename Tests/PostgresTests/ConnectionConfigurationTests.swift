import Testing

@testable import struct Postgres.ConnectionConfiguration

/// What libpq is told, in which a later entry wins.
struct ConnectionConfigurationTests {
    @Test("Who needs a primary asks for one, unless the connection string says otherwise")
    func primary() throws {
        let url = "postgresql:///trough?target_session_attrs=any"
        var configuration = ConnectionConfiguration(url: url)
        #expect(!configuration.keywords.contains { $0.keyword == "target_session_attrs" })
        configuration.needsPrimary = true
        let keywords = configuration.keywords
        let asked = try #require(keywords.firstIndex { $0 == ("target_session_attrs", "primary") })
        let string = try #require(keywords.firstIndex { $0 == ("dbname", url) })
        #expect(asked < string)
    }
}
