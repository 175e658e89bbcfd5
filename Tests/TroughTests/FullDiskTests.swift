import Foundation
import Glibc
import TestData
import Testing

/// A server whose disk becomes full while it is being appended to.
@Suite(.serialized, .timeLimit(.minutes(6)))
struct FullDiskTests {
    /// How the disk becomes full.
    enum Way: String, Sendable, CaseIterable {
        /// A trigger refuses rows from a certain number on with the server's own error for a full disk.
        case refusal
        /// A small file system in memory holds the private server; only who may mount can try it, else it is left to the
        /// other way, in which the program gets the same SQLSTATE at a place of the test's choosing.
        case fileSystem

        static var possible: [Way] { geteuid() == 0 && canMount ? allCases : [.refusal] }

        private static let canMount: Bool = {
            let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
            let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") } ?? ""
            let capabilities = UInt64(line.dropFirst(7).trimmingCharacters(in: .whitespaces), radix: 16) ?? 0
            let systemAdministration: UInt64 = 1 << 21
            return capabilities & systemAdministration != 0
        }()
    }

    @Test("Exit 3 with a sentence; with room again the same append completes the log", arguments: Way.possible)
    func fullDisk(_ way: Way) async throws {
        switch way {
        case .refusal: try await refusal()
        case .fileSystem: try await fileSystem()
        }
    }

    private func refusal() async throws {
        try await CommandLog.with { log in
            let lines = EventLine.assays(25_000, patients: 300)
            let folder = try TestFolder()
            let path = try folder.file("events", lines.joined(separator: "\n")).path
            try await log.execute(
                """
                CREATE FUNCTION public.fill_disk() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF NEW.id = 'e15000' THEN
                        RAISE EXCEPTION 'could not extend file "base/1": No space left on device' USING ERRCODE = 'disk_full';
                    END IF;
                    RETURN NEW;
                END $$;
                CREATE TRIGGER fill_disk BEFORE INSERT ON trough.event FOR EACH ROW EXECUTE FUNCTION public.fill_disk();
                """)
            let full = try await log.trough("append", path, "-o", "json")
            #expect(full.status == 3)
            #expect(full.output == "")
            #expect(full.errors.contains("No space left on device"), "\(full.errors)")
            #expect(full.errors.contains("Sending the same lines again is harmless"), "\(full.errors)")
            let stored = try await log.events()
            #expect((10_000..<25_000).contains(stored), "the commits before the failure stay: \(stored)")
            try await log.execute("DROP TRIGGER fill_disk ON trough.event")
            let again = try await log.trough("append", path, "-o", "json")
            #expect(again.status == 0)
            #expect(
                again.output.hasPrefix(
                    #"{"lines":25000,"ok":\#(25_000 - stored),"duplicates":\#(stored),"rejected":0,"#))
            #expect(try await log.exported() == lines.map(EventLine.name).sorted())
        }
    }

    private func fileSystem() async throws {
        let (place, folder) = (try TestFolder(), try TestFolder())
        let system = TroughProgram(environment: ["PLACE": place.path], limit: 100)
        let mounted = try await system.shell("chmod 755 $PLACE && mount -t tmpfs -o size=160m,mode=755 trough $PLACE")
        try #require(mounted.status == 0, "\(mounted.errors)")
        let program = TroughProgram(environment: ["TROUGH_HOME": place.path + "/home"], limit: 100)
        let result: Result<Void, any Error>
        do {
            try await fill(place, folder, program)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        _ = try await program("local", "destroy", "--yes")
        let unmounted = try await system.shell("umount $PLACE || umount -l $PLACE")
        #expect(unmounted.status == 0, "\(unmounted.errors)")
        try result.get()
    }

    private func fill(_ place: TestFolder, _ folder: TestFolder, _ program: TroughProgram) async throws {
        // The example several times, with other subjects.
        let example = try String(contentsOf: TestData.replica, encoding: .utf8)
        let copies = (0..<5).map { example.replacing(#""subject":""#, with: #""subject":"\#($0)-"#) }
        let path = try folder.file("events", copies.joined()).path
        let count = copies.joined().utf8.count { $0 == UInt8(ascii: "\n") }
        let first = try await program("append", "-o", "json", input: EventLine.assay("P-1", "before"))
        try #require(first.status == 0, "\(first.errors)")

        let filled = try await program.shell(
            "head -c $(($(df --output=avail -B1 '\(place.path)' | tail -n 1) - 3000000)) /dev/zero > '\(place.path)/ballast'"
        )
        try #require(filled.status == 0, "\(filled.errors)")
        let full = try await program("append", path, "-o", "json")
        #expect(full.status == 3, "\(full.status) \(full.errors)")
        #expect(full.output == "")
        #expect(full.errors.contains("No space left on device") || full.errors.contains("server.log"), "\(full.errors)")

        try FileManager.default.removeItem(atPath: place.path + "/ballast")
        let again = try await program("append", path, "-o", "json")
        #expect(again.status == 0, "\(again.errors)")
        let summary = try JSONObject(again.output)
        #expect(try summary.whole("lines") == count)
        #expect(try summary.whole("ok") + summary.whole("duplicates") == count)
        let exported = try await program("export")
        let expected = try (EventLine.assay("P-1", "before") + "\n" + copies.joined()).lines.map(EventLine.name)
        #expect(try exported.lines.map(EventLine.name).sorted() == expected.sorted())
        let replay = try await program("replay", "-o", "json")
        #expect(try JSONObject(replay.output).whole("randomised") == 450)
    }
}
