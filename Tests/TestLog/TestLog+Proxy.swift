import Foundation
package import Postgres
package import TestPostgres

extension TestLog {
    /// Calls `body` with a proxy before the server of this log, and the address of the log behind it.
    package func withProxy<R: Sendable>(
        _ body: (CuttingProxy, ConnectionConfiguration) async throws -> R
    ) async throws -> R {
        let places = try await texts(
            "SELECT unnest(ARRAY[split_part(current_setting('unix_socket_directories'), ',', 1), current_database()])")
        let folder = "/tmp/trough-test-\(getpid())-proxy-" + String(UInt32.random(in: .min ... .max), radix: 36)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let proxy = try CuttingProxy(in: folder, before: places[0])
        defer {
            proxy.close()
            try? FileManager.default.removeItem(atPath: folder)
        }
        let address = ConnectionConfiguration(parameters: [
            "host": folder, "port": "5432", "user": "trough", "dbname": places[1],
        ])
        return try await body(proxy, address)
    }
}
