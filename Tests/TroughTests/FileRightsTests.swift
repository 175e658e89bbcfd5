import Foundation
import Glibc
import Testing

/// Whose the files are that the program writes, and who may read them.
@Suite(.timeLimit(.minutes(3)))
struct FileRightsTests {
    private let trough = TroughProgram()

    /// Runs a script in a folder of its own, with a file `f` in it that is replaced by `$write`.
    private func files(_ script: String, _ folder: TestFolder) async throws -> [String] {
        let ended = try await trough.shell(
            """
            cd '\(folder.path)' && chmod 755 . && umask 022
            write='\(TroughProgram.path) simulate --patients 20 -q -o json --to'
            \(script)
            """)
        #expect(ended.status == 0, "\(ended.errors)")
        return ended.lines.filter { !$0.hasPrefix("{") }
    }

    @Test("A file that is written anew keeps its mode, one that was not there has the usual one")
    func mode() async throws {
        let folder = try TestFolder()
        let modes = try await files(
            """
            for mode in 600 640 664 400; do
                echo before > f$mode && chmod $mode f$mode && $write f$mode && stat -c '%a %s' f$mode
            done
            $write new && stat -c %a new && (umask 077; $write own) && stat -c %a own && ls
            """, folder)
        let sizes = modes.prefix(4).compactMap { Int($0.split(separator: " ")[1]) }
        #expect(modes.prefix(4).map { $0.prefix(4) } == ["600 ", "640 ", "664 ", "400 "])
        #expect(sizes.allSatisfy { $0 > 10_000 })
        #expect(modes.dropFirst(4) == ["644", "600", "f400", "f600", "f640", "f664", "new", "own"])
    }

    @Test("Partial results keep the mode of the file that they replace")
    func otherFiles() async throws {
        let folder = try TestFolder()
        let modes = try await files(
            """
            for name in part whole; do touch $name && chmod 600 $name; done
            $TROUGH simulate --patients 20 --partial part && $TROUGH merge part --partial whole -q && stat -c %a part whole
            """, folder)
        #expect(modes == ["600", "600"])
    }

    @Test("A file that is written anew by root keeps its owner and group", .enabled(if: geteuid() == 0))
    func owner() async throws {
        let folder = try TestFolder()
        let owners = try await files(
            "touch f && chmod 640 f && chown nobody:daemon f && $write f && stat -c '%a %U %G' f", folder)
        #expect(owners == ["640 nobody daemon"])
    }

    @Test(
        "Where owner and group cannot be kept, nobody else may do more than before", .enabled(if: geteuid() == 0))
    func lostOwner() async throws {
        let folder = try TestFolder()
        let modes = try await files(
            """
            chmod 777 .
            for mode in 640 664 604 666; do
                touch f$mode && chmod $mode f$mode && chgrp daemon f$mode
                setpriv --reuid=nobody --regid=nogroup --clear-groups -- $write f$mode && stat -c '%a %U %G' f$mode
            done
            touch shared && chmod 660 shared && chgrp daemon shared
            setpriv --reuid=nobody --regid=nogroup --groups=daemon -- $write shared && stat -c '%a %U %G' shared
            """, folder)
        #expect(
            modes == [
                "600 nobody nogroup", "644 nobody nogroup", "600 nobody nogroup", "666 nobody nogroup",
                "660 nobody daemon",
            ])
    }

    @Test("While it is written, the file that is to replace a private one is nobody else's to read")
    func inProgress() async throws {
        let folder = try TestFolder()
        let path = try folder.file("f", "before\n").path
        #expect(unsafe chmod(path, 0o600) == 0)
        let running = try trough.start(["simulate", "--patients", "900000000", "--to", path], input: "")
        let temporary = "\(path).\(running.identifier).part"
        try await eventually { FileManager.default.fileExists(atPath: temporary) }
        let mode = try FileManager.default.attributesOfItem(atPath: temporary)[.posixPermissions] as? Int
        running.send(SIGINT)
        #expect(try await running.wait().status == 130)
        #expect(mode == 0o600)
        #expect(folder.names == ["f"] && folder.text("f") == "before\n")
    }

    @Test("What stayed behind of a process of the same number opens the file to nobody")
    func leftBehind() async throws {
        let folder = try TestFolder()
        let modes = try await files(
            """
            touch f && chmod 600 f
            sh -c 'touch f.$$.part && chmod 666 f.$$.part && exec '"$write f" && stat -c %a f && ls
            """, folder)
        #expect(modes == ["600", "f"])
    }

    @Test("A file in a folder that cannot be written to is refused with what is missing", .enabled(if: geteuid() == 0))
    func lockedFolder() async throws {
        let folder = try TestFolder()
        let ended = try await trough.shell(
            """
            cd '\(folder.path)' && chmod 755 . && touch f && chmod 666 f
            setpriv --reuid=nobody --regid=nogroup --clear-groups -- "$TROUGH" simulate --patients 20 --to f
            """)
        #expect(ended.status == 2)
        #expect(
            ended.errors == """
                trough: f: the file cannot be written: Permission denied. A file is written beside its place and put there \
                when it is whole; expected a folder that can be written to.

                """)
    }

    /// A list of access (POSIX.1e) in which `nobody` may read, and owner, group and others have these rights.
    private static func list(_ rights: (UInt8, UInt8, UInt8)) -> Data {
        let entries: [(kind: UInt8, rights: UInt8, isNobody: Bool)] = [
            (0x01, rights.0, false), (0x02, 4, true), (0x04, rights.1, false), (0x10, 4, false),
            (0x20, rights.2, false),
        ]
        return Data(
            [2, 0, 0, 0]
                + entries.flatMap {
                    [$0.kind, 0, $0.rights, 0] + ($0.isNobody ? [0xFE, 0xFF, 0, 0] : [255, 255, 255, 255])
                })
    }

    /// Gives a file or folder a list, and tells whether the file system has such.
    private static func give(_ list: Data, _ name: String, to path: String) -> Bool {
        let key = FileAttributeKey("NSFileExtendedAttributes")
        return (try? FileManager.default.setAttributes([key: [name: list]], ofItemAtPath: path)) != nil
    }

    /// Who may read `f`: a user whom a list may name, and one of the file's group.
    private static let readers = """
        for user in --reuid=nobody\\ --regid=nogroup --reuid=daemon\\ --regid=daemon; do
            setpriv $user --clear-groups -- cat f > /dev/null 2>&1 && echo yes || echo no
        done
        """

    @Test(
        "A further user who may read a file may read the one in its place, and its group no more than before",
        .enabled(if: geteuid() == 0))
    func accessList() async throws {
        let folder = try TestFolder()
        let path = try folder.file("f", "before\n").path
        guard Self.give(Self.list((6, 0, 0)), "system.posix_acl_access", to: path) else { return }
        let readers = try await files("chgrp daemon f && \(Self.readers)\n$write f && \(Self.readers)", folder)
        #expect(readers == ["yes", "no", "yes", "no"])
    }

    @Test(
        "A folder's list for new files gives nobody more of a file that is written anew", .enabled(if: geteuid() == 0))
    func defaultList() async throws {
        let folder = try TestFolder()
        let path = try folder.file("f", "before\n").path
        guard Self.give(Self.list((7, 5, 0)), "system.posix_acl_default", to: folder.path) else { return }
        #expect(unsafe chmod(path, 0o640) == 0)
        let readers = try await files(
            "chgrp daemon f && \(Self.readers)\n$write f && \(Self.readers)\nstat -c '%a %G' f", folder)
        #expect(readers == ["no", "yes", "no", "yes", "640 daemon"])
    }
}
