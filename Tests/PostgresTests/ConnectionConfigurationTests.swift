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

    @Test("How long is waited for a server, and the program's name, are what the connection string says, if it does")
    func overridden() throws {
        let url = "postgresql:///trough?connect_timeout=3&application_name=mine"
        var configuration = ConnectionConfiguration(url: url)
        let keywords = configuration.keywords
        let string = try #require(keywords.firstIndex { $0 == ("dbname", url) })
        for keyword in ["connect_timeout", "fallback_application_name"] {
            let own = try #require(keywords.firstIndex { $0.keyword == keyword })
            #expect(own < string)
        }
        #expect(keywords.count { $0.keyword == "connect_timeout" } == 1)
        #expect(!keywords.contains { $0.keyword == "application_name" })
        configuration.connectTimeoutSeconds = nil
        #expect(!configuration.keywords.contains { $0.keyword == "connect_timeout" }, "libpq asks its variable")
    }
}
