import Foundation
import Testing

@testable import LocalServer

struct ServerPartsTests {
    @Test("The process file of a server is read whole, half written, and not at all when it is none")
    func postmasterFile() throws {
        let whole = "4242\n/home/x/data\n1700000000\n5432\n/home/x/socket\n\n  9576621        14\nready   \n"
        let file = try #require(PostmasterFile(whole))
        #expect(file.process == 4_242)
        #expect(file.socketFolder == "/home/x/socket")
        #expect(file.sharedMemory == 14)
        #expect(file.isReady)
        let half = try #require(PostmasterFile("4242\n/home/x/data\n"))
        #expect(half.sharedMemory == nil)
        #expect(!half.isReady)
        #expect(PostmasterFile(whole.replacing("ready   ", with: "starting"))?.isReady == false)
        for text in ["", "\n", "x\n", "0\n", "1\n", "-5\n"] { #expect(PostmasterFile(text) == nil) }
    }

    @Test("A zombie is told from a running process, whatever its name")
    func zombies() {
        #expect(ProcessTable.isZombie(stat: "12 (postgres) Z 1 12"))
        #expect(!ProcessTable.isZombie(stat: "12 (postgres) S 1 12"))
        #expect(!ProcessTable.isZombie(stat: "12 (a) Z (b) R 1 12"))
        #expect(ProcessTable.isRunning(getpid()))
        #expect(!ProcessTable.isRunning(1_999_999_999))
    }

    @Test("The users of a shared memory segment are found by its number")
    func sharedMemory() {
        let table = """
                   key      shmid perms                  size  cpid  lpid nattch   uid   gid
               9576621         14   600                    56  1381  1400      6   101   104
               9576622        114   600                    56  1381  1400      0   101   104

            """
        #expect(ProcessTable.attachments(ofSegment: 14, table: table) == 6)
        #expect(ProcessTable.attachments(ofSegment: 114, table: table) == 0)
        #expect(ProcessTable.attachments(ofSegment: 4, table: table) == 0)
        #expect(ProcessTable.attachments(ofSegment: 14, table: "") == 0)
    }

    @Test("A version is read from what the server prints, and only from that")
    func versions() {
        #expect(ServerBinaries.version(in: "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n") == "15.18")
        #expect(ServerBinaries.version(in: "postgres (PostgreSQL) 19devel\n") == "19devel")
        #expect(ServerBinaries.version(in: "something else 15.1") == nil)
        #expect(ServerBinaries(folder: "/x", version: "19devel").major == 19)
    }

    @Test("The server of the data's version is chosen, else the first of 15 to 18, else a newer one")
    func choice() throws {
        let old = ServerBinaries(folder: "/old", version: "13.9")
        let new = ServerBinaries(folder: "/new", version: "19.1")
        let fifteen = ServerBinaries(folder: "/15", version: "15.18")
        let seventeen = ServerBinaries(folder: "/17", version: "17.2")
        func choose(_ candidates: [ServerBinaries], _ major: Int?) throws(LocalServerError) -> String {
            try ServerBinaries.choose(among: candidates, dataMajor: major, dataFolder: "/data").folder
        }
        #expect(try choose([old, new, fifteen, seventeen], nil) == "/15")
        #expect(try choose([old, new, fifteen, seventeen], 17) == "/17")
        #expect(try choose([old, new], nil) == "/new")
        let mismatch = #expect(throws: LocalServerError.self) { try choose([fifteen], 16) }
        #expect(mismatch?.description.contains("postgresql-16") == true)
        let none = #expect(throws: LocalServerError.self) { try choose([old], 16) }
        #expect(none?.description.contains("13.9") == true)
    }

    @Test("Memory is what the machine has, or what its control group may use")
    func memory() {
        let meminfo = "MemTotal:       24680000 kB\nMemFree:        1 kB\n"
        #expect(MachineMemory.megabytes(meminfo: meminfo, controlGroupLimit: "max\n") == 24_101)
        #expect(MachineMemory.megabytes(meminfo: meminfo, controlGroupLimit: "2147483648\n") == 2_048)
        #expect(MachineMemory.megabytes(meminfo: nil, controlGroupLimit: nil) == 1_024)
    }

    @Test("Settings follow the machine's memory within bounds, are durable, and can be overridden")
    func settings() {
        func line(_ text: String, _ name: String) -> String? {
            text.split(separator: "\n").first { $0.hasPrefix(name + " ") }.map(String.init)
        }
        var settings = ServerSettings()
        for (memory, shared, wal) in [(256, 128, 4_096), (4_096, 1_024, 4_096), (64_000, 2_048, 8_192)] {
            let text = settings.configuration(machineMemoryMegabytes: memory)
            #expect(line(text, "shared_buffers") == "shared_buffers = '\(shared)MB'")
            #expect(line(text, "max_wal_size") == "max_wal_size = '\(wal)MB'")
            #expect(line(text, "listen_addresses") == "listen_addresses = ''")
            for name in ["fsync", "full_page_writes", "synchronous_commit"] {
                #expect(line(text, name) == "\(name) = 'on'")
            }
        }
        settings.extra = ["work_mem": "1MB", "application_name": "it's"]
        let text = settings.configuration(machineMemoryMegabytes: 1_000)
        #expect(line(text, "work_mem") == "work_mem = '1MB'")
        #expect(line(text, "application_name") == "application_name = 'it''s'")
    }

    @Test("A folder can be passed by its owner, its group or others, as its bits say")
    func passing() {
        let folder = FileStatus(owner: 5, group: 6, mode: 0o40710, device: 1, inode: 1)
        #expect(folder.isPassable(user: 5, group: 1))
        #expect(folder.isPassable(user: 9, group: 6))
        #expect(!folder.isPassable(user: 9, group: 9))
        #expect(!FileStatus(owner: 5, group: 6, mode: 0o40071, device: 1, inode: 1).isPassable(user: 5, group: 6))
    }

    @Test("The name of a socket folder depends on the path alone")
    func hash() {
        // The test vectors of FNV-1a.
        #expect(HomeFolder.hash("") == "cbf29ce484222325")
        #expect(HomeFolder.hash("a") == "af63dc4c8601ec8c")
        #expect(HomeFolder.hash("foobar") == "85944171f73967e8")
    }

    @Test("A log that has grown too long keeps its last whole lines, and a writer goes on appending")
    func logTrimming() throws {
        let path = "/tmp/trough-log-" + String(UInt64.random(in: .min ... .max), radix: 36)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let lines = (0..<1_000).map { "line \($0)\n" }.joined()
        #expect(FileManager.default.createFile(atPath: path, contents: Data(lines.utf8)))
        let log = ServerLog(path: path)
        log.trim(above: 100_000, keeping: 100)
        #expect(log.size == lines.utf8.count)
        log.trim(above: 1_000, keeping: 100)
        #expect(log.size <= 100)
        let text = log.text(from: 0)
        #expect(text.hasPrefix("line "))
        #expect(text.hasSuffix("line 999"))
    }
}
