import Foundation
import Postgres

/// The private server as it is at the moment.
package struct LocalServerStatus: Sendable, Hashable {
    /// The server's process; `nil` when it does not run.
    package var processID: Int32?
    /// The version of the running server (150018 is 15.18); `nil` when it does not run or accept connections.
    package var serverVersion: Int?
    /// The major version that made the data; `nil` when there are none.
    package var dataVersion: Int?
    /// The folder of the data.
    package var dataFolder: String
    /// The folder of the socket.
    package var socketFolder: String
    /// The file the server writes its messages to.
    package var logFile: String
    /// Bytes that the data take on disk.
    package var sizeBytes: Int64

    /// Whether the server runs.
    package var isRunning: Bool { processID != nil }
}

extension LocalServer {
    /// The state of the server; starts and changes nothing.
    package typealias Status = LocalServerStatus

    /// Tells whether the server runs, where its data lie, and how much they are.
    package func status() async throws(LocalServerError) -> Status {
        try home.checkVisible()
        let file = postmasterFile()
        let socketFolder = socketFolder
        let process = file.flatMap { file in
            ProcessTable.isServer(file.process, dataFolder: home.data, socketFolder: socketFolder) ? file.process : nil
        }
        var version: Int?
        if process != nil, let connection = try? await Connection.open(configuration) {
            version = await connection.perform { session in session.serverVersion }
            await connection.close()
        }
        let data = home.data
        return Status(
            processID: process,
            serverVersion: version,
            dataVersion: home.dataMajor,
            dataFolder: data,
            socketFolder: socketFolder,
            logFile: home.log,
            sizeBytes: await offPool { Self.size(of: data) }
        )
    }

    /// Bytes allocated to the files in a folder.
    ///
    /// Files come and go while a server runs; what is gone counts nothing.
    private static func size(of folder: String) -> Int64 {
        guard let names = FileManager.default.enumerator(atPath: folder) else { return 0 }
        var bytes: Int64 = 0
        while let name = names.nextObject() as? String {
            bytes += Syscalls.allocatedBytes(folder + "/" + name)
        }
        return bytes
    }
}
