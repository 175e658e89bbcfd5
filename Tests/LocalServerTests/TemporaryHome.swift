import Foundation
import LocalServer

/// Calls `body` with a private server in a folder of its own, and removes both afterwards.
func withServer<R: Sendable>(
    under parent: String = "/tmp",
    settings: ServerSettings = .small,
    _ body: (LocalServer, String) async throws -> R
) async throws -> R {
    let home = parent + "/trough-local-" + String(UInt64.random(in: .min ... .max), radix: 36)
    let server = LocalServer(home: home, environmentPath: "/usr/local/bin:/usr/bin:/bin", settings: settings)
    let value: R
    do {
        value = try await body(server, home)
    } catch {
        try? await server.destroy()
        try? FileManager.default.removeItem(atPath: home)
        throw error
    }
    try await server.destroy()
    try? FileManager.default.removeItem(atPath: home)
    return value
}

extension ServerSettings {
    /// A server with little memory, which need not wait for the disk: these tests kill processes, not the machine.
    static var small: ServerSettings {
        var settings = ServerSettings()
        settings.isDurable = false
        settings.extra = ["synchronous_commit": "on"]
        settings.sharedBuffersMegabytes = 16
        settings.maxWalSizeMegabytes = 256
        settings.startTimeoutSeconds = 60
        settings.stopTimeoutSeconds = 60
        return settings
    }
}
