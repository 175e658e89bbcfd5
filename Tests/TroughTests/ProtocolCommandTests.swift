import Foundation
import Testing

@Suite(.timeLimit(.minutes(6)))
struct ProtocolCommandTests {
    /// No database is named: these commands need none.
    private let trough = TroughProgram()

    @Test("What show prints, check accepts and explains")
    func showAndCheck() async throws {
        let folder = try TestFolder()
        let shown = try await trough("protocol", "show")
        #expect(shown.status == 0)
        #expect(shown.errors == "")
        #expect(shown.output.contains("name: roblin-2020"))
        let path = try folder.file("mine.yaml", shown.output).path
        let checked = try await trough("protocol", "check", path)
        #expect(checked.status == 0)
        #expect(checked.errors == "")
        for word in [
            "roblin-2020", "monotherapy, combination", "730", "ignore", "clinical-failure", "pharmacokinetic-failure",
            "crohn-activity", "colitis-activity", "adverse-event-stop", "drug-sensitive", "drug-tolerant",
        ] {
            #expect(checked.output.contains(word), "\(word)")
        }
        let piped = try await trough("protocol", "check", "-", input: shown.output)
        #expect(piped.status == 0, "\(piped.errors)")
        #expect(piped.output.replacing("-: ", with: "\(path): ") == checked.output)
    }

    @Test("On a terminal no line of a checked protocol is longer than 80 columns")
    func narrow() async throws {
        let folder = try TestFolder()
        let path = try folder.file("mine.yaml", await trough("protocol", "show").output).path
        let checked = try await trough.shell(
            "script -qec 'stty cols 80; \"$TROUGH\" protocol check \"\(path)\"' /dev/null")
        #expect(checked.output.contains("\r\n    day 84\r\n"), "\(checked.output.debugDescription)")
        #expect(checked.output.split(separator: "\r\n").allSatisfy { $0.count <= 80 })
    }

    @Test("A name in a protocol cannot turn the direction of what check prints")
    func turningName() async throws {
        let shown = try await trough("protocol", "show").output
        let folder = try TestFolder()
        let path = try folder.file("turned.yaml", shown.replacing("roblin-2020", with: "a\u{202E}b")).path
        let checked = try await trough("protocol", "check", path)
        #expect(checked.status == 0, "\(checked.errors)")
        #expect(checked.output.contains(": protocol a\u{FFFD}b\n"), "\(checked.output.debugDescription)")
        #expect(checked.output.lines.count > 8 && !checked.output.contains("\u{202E}"))
    }

    @Test("A mistake is refused with file, line and what was expected")
    func mistakes() async throws {
        let folder = try TestFolder()
        let shown = try await trough("protocol", "show")
        for (name, right, wrong) in [
            ("unknown-key", "horizon: 730", "horizon: 730\ncolour: blue"),
            ("not-a-number", "at-least: 5", "at-least: five"),
            ("arm-twice", "[monotherapy, combination]", "[monotherapy, monotherapy]"),
            ("endpoint-twice", "pharmacokinetic-failure:", "clinical-failure:"),
            ("no-such-strategy", "treatment-stop: ignore", "treatment-stop: forget"),
            ("unknown-analyte", "assay: calprotectin", "assay: calprotectine"),
            ("negative-window", "within: 28", "within: -1"),
        ] {
            #expect(shown.output.contains(right), "\(right)")
            let text = shown.output.replacing(right, with: wrong, maxReplacements: 1)
            let path = try folder.file(name + ".yaml", text).path
            let checked = try await trough("protocol", "check", path)
            #expect(checked.status == 2, "\(name)")
            #expect(checked.output == "")
            let place = checked.errors.firstMatch(of: /:(\d+):\d+:\s/)
            let line = try #require(place.flatMap { Int($0.1) }, "\(checked.errors)")
            let expected = text.split(separator: "\n", omittingEmptySubsequences: false)
                .firstIndex { $0.contains(wrong.split(separator: "\n").last ?? "") }
            #expect(checked.errors.hasPrefix("trough: \(path):"))
            // The second endpoint of a name is where the mistake shows, not the first.
            if name != "endpoint-twice" { #expect(line == (expected ?? 0) + 1, "\(checked.errors)") }
        }
    }

    @Test("A file that is none, is a folder, or is not UTF-8 is wrong usage")
    func noFile() async throws {
        let folder = try TestFolder()
        let bytes = try folder.file("bytes.yaml", bytes: [0x6E, 0xFF, 0xFE, 0x0A])
        let empty = try folder.file("empty.yaml", "").path
        for path in [folder.path + "/none.yaml", folder.path, bytes, empty] {
            let checked = try await trough("protocol", "check", path)
            #expect(checked.status == 2, "\(path)")
            #expect(checked.errors.contains(path), "\(checked.errors)")
            #expect(checked.output == "")
        }
    }
}
