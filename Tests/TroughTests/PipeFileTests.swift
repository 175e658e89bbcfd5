import Foundation
import Glibc
import Testing

/// Pipes where files are named, whose other end may never come.
@Suite(.timeLimit(.minutes(3)))
struct PipeFileTests {
    /// No database is named: none is needed before the files are there.
    private let trough = TroughProgram(limit: 30)

    @Test(
        "A command that waits for the other end of a pipe ends as soon as it is asked to",
        arguments: [
            "protocol check @", "scenario check @", "scenario show @", "merge @", "verify --anchor @",
            "simulate --patients 1 --protocol @", "simulate --patients 1 --partial @", "calibrate --scenario @",
            "report --protocol @", "replay --protocol @", "patients --protocol @", "diff default @",
            "worker --protocol @", "load --scenario @", "load --html @", "append --dry-run --rejects @",
        ])
    func signalled(_ command: String) async throws {
        let folder = try TestFolder()
        let pipe = folder.path + "/pipe"
        let made = unsafe mkfifo(pipe, 0o600)
        #expect(made == 0)
        let running = try trough.start(command.replacing("@", with: pipe).split(separator: " ").map(String.init))
        try await Task.sleep(for: .seconds(2))
        #expect(!running.isOver)
        let asked = ContinuousClock.now
        running.send(SIGINT)
        let ended = try await running.wait()
        #expect(ended.status == 130)
        #expect(ended.errors == "")
        #expect(ContinuousClock.now - asked < .seconds(4), "\(ContinuousClock.now - asked)")
    }

    @Test("A pipe for refused lines that nobody reads is refused after a while, and nothing is read before")
    func noReader() async throws {
        let folder = try TestFolder()
        let ended = try await trough.shell(
            """
            cd '\(folder.path)' && mkfifo pipe && echo broken > lines
            "$TROUGH" append --dry-run --rejects pipe lines
            """)
        #expect(ended.status == 2, "\(ended.errors)")
        #expect(ended.output == "")
        #expect(ended.errors.hasPrefix("trough: pipe: nobody reads this pipe"), "\(ended.errors)")
        #expect(ended.errors.contains("expected a reader within"), "\(ended.errors)")
    }

    @Test("Refused lines reach a reader that comes late, one of the shell's, and a descriptor by its name")
    func readers() async throws {
        let folder = try TestFolder()
        let late = try await trough.shell(
            """
            cd '\(folder.path)' && mkfifo pipe && { (sleep 1; cat pipe > piped) & }
            echo broken | "$TROUGH" append --dry-run -q --rejects pipe; status=$?; wait; cat piped; exit $status
            """)
        #expect(late.status == 1 && late.output.contains(#""text":"broken""#), "\(late.output) \(late.errors)")
        for place in [">(cat > out; touch done)", "/dev/fd/4 4> >(cat > out; touch done)"] {
            let script = """
                cd '\(folder.path)' && rm -f out done; echo broken | "$TROUGH" append --dry-run --rejects \(place)
                status=$?; for step in $(seq 100); do [ -e done ] && break; sleep 0.1; done; cat out; exit $status
                """
            let ended = try await trough.shell("exec bash -c '\(script.replacing("'", with: #"'\''"#))'")
            #expect(ended.status == 1, "\(place): \(ended.errors)")
            #expect(ended.output.contains(#""text":"broken""#), "\(place): \(ended.output)")
        }
        let onErrors = try await trough.shell(
            "echo broken | \"$TROUGH\" append --dry-run --rejects /dev/stderr 2>&1 | cat")
        #expect(onErrors.output.contains(#""text":"broken""#), "\(onErrors.output)")
    }
}
