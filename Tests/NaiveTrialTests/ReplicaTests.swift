import Foundation
import NaiveTrial
import TestData
import Testing

/// Lines of the example or of its outcomes.
func resourceLines(_ name: String) throws -> [String] {
    try TestData.lines(name.hasSuffix("outcomes") ? TestData.replicaOutcomes : TestData.replica)
}

@Suite struct ReplicaTests {
    @Test("SHA-256 of \"abc\" and of 56 bytes are those of FIPS 180-4")
    func digest() {
        #expect(sha256(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            sha256(Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8))
                == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        )
    }

    @Test("the replica of the 90-patient trial gives the known outcomes, line for line, and the known digest")
    func outcomes() throws {
        let lines = try NaiveTrial.outcomeLines(
            eventLines: resourceLines("roblin-replica"),
            protocolYAML: NaiveTrial.defaultProtocolYAML
        )
        let expected = try resourceLines("roblin-replica.outcomes")
        #expect(lines.count == 90)
        #expect(lines.count == expected.count)
        for (line, wanted) in zip(lines, expected) {
            #expect(line.utf8.elementsEqual(wanted.utf8), "\(line)\nwanted \(wanted)")
        }
        let digested = lines.flatMap { Array($0.utf8) + [UInt8(ascii: "\n")] }
        #expect(sha256(digested) == "0c932359a8248c52e31fcf9ea0b9eb704270170324dbe5c5bb8a5e060fed75ab")
    }

    @Test("the order of the replica's lines changes nothing")
    func order() throws {
        let lines = try resourceLines("roblin-replica")
        let outcomes = try NaiveTrial.outcomeLines(
            eventLines: lines.reversed(),
            protocolYAML: NaiveTrial.defaultProtocolYAML
        )
        #expect(outcomes == (try resourceLines("roblin-replica.outcomes")))
    }

    @Test("the replica has no findings")
    func findings() throws {
        let found = try NaiveTrial.findings(
            eventLines: resourceLines("roblin-replica"),
            protocolYAML: NaiveTrial.defaultProtocolYAML
        )
        #expect(found.count == 90)
        for patient in found {
            #expect(patient.findings.isEmpty, "\(patient.subject): \(patient.findings)")
        }
    }
}
