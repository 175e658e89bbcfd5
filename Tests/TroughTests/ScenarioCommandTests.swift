import Foundation
import Testing

@Suite(.timeLimit(.minutes(6)))
struct ScenarioCommandTests {
    /// No database is named: these commands need none.
    private let trough = TroughProgram()

    private static let builtIn = ["roblin-2020", "pants-hr", "early-antibodies", "no-effect"]

    @Test("The scenarios that are built in are listed, each with what it is for, within 80 columns")
    func list() async throws {
        let ended = try await trough("scenario", "list")
        #expect(ended.status == 0)
        #expect(ended.errors == "")
        #expect(ended.lines.map { $0.prefix { $0 != " " } } == Self.builtIn.map { Substring($0) })
        for line in ended.lines { #expect(line.split(separator: " ").count > 3, "\(line)") }
        #expect(ended.lines.filter { $0.count > 80 } == [])
    }

    @Test("What show prints is a file that check accepts and from which the same patients are made", arguments: builtIn)
    func show(_ name: String) async throws {
        let folder = try TestFolder()
        let shown = try await trough("scenario", "show", name)
        #expect(shown.status == 0)
        #expect(shown.output.hasPrefix("name: \"\(name)\"\n"))
        #expect(shown.output.contains("# ug/mL, assumed: "))
        let path = try folder.file("mine.yaml", shown.output).path
        let checked = try await trough("scenario", "check", path)
        #expect(checked.status == 0, "\(checked.errors)")
        #expect(checked.output.hasPrefix("scenario \(name)\n"), "the content is that of the built-in one")
        #expect(!checked.output.contains("changed; the default") || name != "roblin-2020")
        let size = ["simulate", "--patients", "20", "--to", "-", "-q"]
        let fromFile = try await trough.run(size + ["--scenario", path])
        let fromName = try await trough.run(size + ["--scenario", name])
        #expect(fromFile.output == fromName.output)
        let again = try await trough("scenario", "show", path)
        #expect(again.output == shown.output)
    }

    @Test("A file states what is different, and check shows what that is, within 80 columns")
    func changes() async throws {
        let folder = try TestFolder()
        let path = try folder.file(
            "mine.yaml",
            """
            name: mine
            basis: pants-hr
            infliximab: {clearanceLPerDay: 0.5}
            arms:
              - {name: alone, azathioprine: false, share: 0.25, size: 30}
              - {name: both, azathioprine: true, share: 0.75, size: 60}

            """
        ).path
        let checked = try await trough("scenario", "check", path)
        #expect(checked.status == 0, "\(checked.errors)")
        #expect(checked.output.contains("alone: anti-TNF alone, share 0.25, 30 in a trial"))
        #expect(checked.output.contains("changed; the default 0.407: Fasanmade 2009"), "\(checked.output)")
        #expect(checked.lines.filter { $0.count > 80 } == [])
        let cohort = try await trough("simulate", "--patients", "100", "--scenario", path, "-o", "json")
        let groups = try JSONObject(cohort.output).objects("endpoints")[0].objects("groups")
        #expect(try groups.map { try $0.string("name") } == ["alone", "both"])
        #expect(try groups.map { try $0.whole("n") } == [25, 75])
        let trials = try await trough("simulate", "--trials", "4", "--scenario", path, "-o", "json")
        #expect(try JSONObject(trials.output).whole("patients") == 360)
        // The sources name a mark of the content, so that the same name with another content is another scenario.
        let lines = try await trough("simulate", "--patient", "1", "--scenario", path)
        #expect(try JSONObject(try #require(lines.lines.first)).string("source").hasPrefix("/virtual/mine~"))
    }

    @Test("An unknown name is refused with those there are, and a full disk is said")
    func refused() async throws {
        for command in ["show", "check"] {
            let ended = try await trough("scenario", command, "nowhere")
            #expect(ended.status == 2)
            #expect(ended.output == "")
            #expect(ended.errors.contains("nowhere: "), "\(ended.errors)")
            #expect(ended.errors.contains("roblin-2020, pants-hr"), "\(ended.errors)")
        }
        let full = try await trough.shell("exec \"$TROUGH\" scenario show > /dev/full")
        #expect(full.status == 1)
        #expect(full.errors.contains("standard output"))
        let closed = try await trough.shell("\"$TROUGH\" scenario show | head -n 1")
        #expect(closed.lines == ["name: \"roblin-2020\""])
        #expect(closed.errors == "")
        let none = try await trough("scenario", "check")
        #expect(none.status == 2)
    }
}
