import Foundation
import LoadTest
import Report
import Testing

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite("The web page of a load test")
struct LoadPageTests {
    /// What a parser for XML finds in a page.
    private final class Elements: NSObject, XMLParserDelegate {
        var names: [String] = []
        var attributes: [(element: String, name: String, value: String)] = []
        var text = ""

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes found: [String: String]
        ) {
            names.append(name)
            for (key, value) in found { attributes.append((name, key, value)) }
        }

        func parser(_ parser: XMLParser, foundCharacters characters: String) { text += characters }
    }

    private func parse(_ html: String) throws -> Elements {
        let elements = Elements()
        let parser = XMLParser(data: Data(html.utf8))
        parser.delegate = elements
        #expect(parser.parse(), "\(String(describing: parser.parserError)) in line \(parser.lineNumber)")
        return elements
    }

    private func expectSound(_ html: String) throws -> Elements {
        #expect(html.hasPrefix("<!DOCTYPE html>\n"))
        let page = try parse(html)
        for name in ["script", "link", "img", "iframe", "object", "a"] { #expect(!page.names.contains(name)) }
        for text in ["http", "url(", "@import", "//", "src="] { #expect(!html.contains(text), "\(text)") }
        for number in ["nan", "inf"] { #expect(!page.attributes.contains { $0.value.contains(number) }) }
        let ids = page.attributes.filter { $0.name == "id" }.map(\.value)
        #expect(Set(ids).count == ids.count)
        let pictures = page.names.count { $0 == "svg" }
        #expect(pictures == 4)
        // Every picture has a title and a description that it refers to.
        #expect(page.names.count { $0 == "desc" } == pictures && page.names.count { $0 == "title" } == pictures + 1)
        for reference in page.attributes.filter({ $0.name == "aria-labelledby" }) {
            for id in reference.value.split(separator: " ") { #expect(ids.contains(String(id))) }
        }
        let roles = page.attributes.filter { $0.element == "svg" && $0.name == "role" }.map(\.value)
        #expect(roles == Array(repeating: "img", count: pictures))
        return page
    }

    @Test("is well-formed, stands by itself and says the numbers in words and tables")
    func sound() throws {
        let result = try LoadResults.make(seed: 1, messages: [("a <b> & \"c\" \u{8}\u{1B}[0m", 2)])
        let page = try expectSound(LoadPage(result, failIf: try LoadCondition.parse("p99>250ms,lag<5")).html)
        #expect(page.text.contains("a <b> & \"c\""))
        #expect(page.text.contains("Passed: p99>250ms does not hold."))
        #expect(page.names.count { $0 == "table" } == 3)
        #expect(page.names.count { $0 == "tr" } == 3 + 14 + 21)
        #expect(page.text.contains("prefers-color-scheme: dark"))
        // Four curves of latency, two distributions, the lag, and three rates.
        #expect(page.names.count { $0 == "path" } == 10)
    }

    @Test("stays of a bounded size however long the test was")
    func bounded() throws {
        let short = LoadPage(try LoadResults.make(seed: 2, seconds: 600)).html
        let long = LoadPage(try LoadResults.make(seed: 2, seconds: 3_000)).html
        _ = try expectSound(long)
        #expect(long.utf8.count < short.utf8.count * 3 / 2 && long.utf8.count < 400_000)
    }

    @Test("draws the curves where the numbers are")
    func places() throws {
        let result = try LoadResults.make(seed: 3, seconds: 10)
        let html = LoadPage(result).html
        let figure = try #require(html.components(separatedBy: "<figure>").first { $0.contains("id=\"lag-title\"") })
        let path = try #require(figure.components(separatedBy: "<path class=\"second\" d=\"M").last)
        let points = path.prefix { $0 != "\"" }.split(separator: "L").map {
            $0.split(separator: " ").compactMap { Double($0) }
        }
        #expect(points.count == 10)
        // Higher lags are higher up, in proportion.
        let lags = result.perSecond.map { Double($0.lag) }
        let top = try #require(points.map { $0[1] }.min())
        let floor = 256.0
        for (point, lag) in zip(points, lags) {
            let expected = floor - (floor - top) * lag / (lags.max() ?? 1)
            #expect(abs(point[1] - expected) < 0.2)
        }
        for (one, next) in zip(points, points.dropFirst()) { #expect(abs(next[0] - one[0] - 66.8) < 0.2) }
    }

    @Test("of a test without any event or of one second is sound too", arguments: [0, 1])
    func small(seconds: Int) throws {
        _ = try expectSound(LoadPage(try LoadResults.make(seed: 4, seconds: seconds, isStopped: true)).html)
    }

    @Test("of a search lists the trials and shows the best one")
    func search() throws {
        let search = try LoadResults.search(trials: 4)
        let page = try expectSound(try #require(LoadPage(search)).html)
        #expect(page.text.contains("3,000 events/s hold; 4,000 do not"))
        #expect(page.text.contains("What follows is the test at 3,000 events/s."))
        #expect(page.names.count { $0 == "table" } == 4)
        #expect(LoadPage(LoadSearch(highest: nil, lowestFailed: nil, conditions: [], trials: [])) == nil)
    }
}
