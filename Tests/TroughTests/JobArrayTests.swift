import Foundation
import TestData
import Testing

/// The script that runs a part of a simulation or replay in a job array, run as Slurm and Kubernetes would.
@Suite("A task of a job array")
struct JobArrayTests {
    private let trough = TroughProgram()

    /// The folder of the scripts, as it is shipped.
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Deploy").path
    private static let script = "\(folder)/array-task.sh"

    @Test(
        "All tasks of an array, merged, give the bytes of one run",
        arguments: [
            "SLURM_ARRAY_TASK_ID=$k SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_COUNT=4 PARTS=4",
            "SLURM_ARRAY_TASK_ID=$k SLURM_ARRAY_TASK_MIN=$k SLURM_ARRAY_TASK_COUNT=1 PARTS=4",
            "JOB_COMPLETION_INDEX=$((k - 1)) PARTS=4",
        ])
    func array(variables: String) async throws {
        let folder = try TestFolder()
        let ended = try await trough.shell(
            """
            set -e
            cd '\(folder.path)'
            export SIMULATION='--patients 1001 --seed 7 --workers 1' RESULTS='\(folder.path)'
            for k in 3 1 4 2; do \(variables) sh '\(Self.script)'; done
            "$TROUGH" merge part-*.trough -o json > merged
            "$TROUGH" simulate --patients 1001 --seed 7 -q -o json > whole
            cmp merged whole && ls part-*-of-4.trough | wc -l
            """)
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output == "4\n")
    }

    @Test(
        "All tasks of an array that replays, merged, have the digest and the lines of one replay",
        arguments: [
            ("SLURM_ARRAY_TASK_ID=$k SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_COUNT=5 PARTS=5", 64, 5),
            ("JOB_COMPLETION_INDEX=$((k - 1)) PARTS=5", 3, 3),
        ])
    func replayArray(variables: String, slices: Int, files: Int) async throws {
        try await CommandLog.with { log in
            _ = try await log.trough("append", "--slices", "\(slices)", TestData.replica.path)
            let folder = try TestFolder()
            let ended = try await log.trough.shell(
                """
                set -e
                cd '\(folder.path)'
                export REPLAY='--study main --shards 1' SLICES=\(slices) RESULTS='\(folder.path)'
                for k in 3 1 5 4 2; do \(variables) sh '\(Self.script)'; done
                "$TROUGH" merge part-*.trough --outcomes merged -o json
                ls part-*-of-5.trough | wc -l
                """)
            #expect(ended.status == 0, "\(ended.errors)")
            #expect(ended.lines.last == "\(files)")
            #expect(try JSONObject(ended.lines.first ?? "").string("digest") == TestData.replicaDigest)
            #expect(folder.text("merged") == (try String(contentsOf: TestData.replicaOutcomes, encoding: .utf8)))
            #expect(ended.errors.contains("has no slice") == (slices < 5), "\(ended.errors)")
        }
    }

    /// `sbatch --array=3` tells the task that it is the first and only one; the folder has a space in its name.
    @Test("A part that was lost is run again alone, by the file that made all")
    func lost() async throws {
        let folder = try TestFolder()
        let ended = try await trough.shell(
            """
            cd '\(folder.path)'
            mkdir -p 'to submit/cohort' && cp '\(Self.folder)'/* 'to submit' && cd 'to submit'
            export SIMULATION='--patients 1001 --seed 7 --workers 1' PARTS=4 SLURM_SUBMIT_DIR="$PWD"
            task() { SLURM_ARRAY_TASK_ID=$1 SLURM_ARRAY_TASK_MIN=$2 SLURM_ARRAY_TASK_COUNT=$3 sh virtual-cohort.sbatch; }
            for k in 1 2 4; do task $k 1 4; done
            "$TROUGH" merge cohort/part-*.trough -o json > merged; echo $?
            task 3 3 1; echo $?
            "$TROUGH" merge cohort/part-*.trough -o json > merged; echo $?
            "$TROUGH" simulate --patients 1001 --seed 7 -q -o json > whole
            cmp merged whole; echo $?
            """)
        #expect(ended.lines == ["2", "0", "0", "0"], "\(ended.output) \(ended.errors)")
    }

    @Test(
        "What would be another part, or one of another number of parts, is refused",
        arguments: [
            ("SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=3 SLURM_ARRAY_TASK_COUNT=1", "PARTS is not set"),
            ("SLURM_ARRAY_TASK_ID=3 PARTS=", "PARTS is not set"),
            ("SLURM_ARRAY_TASK_ID=3 PARTS=four", "PARTS is \"four\""),
            ("SLURM_ARRAY_TASK_ID=3 PARTS=010", "PARTS is \"010\""),
            ("SLURM_ARRAY_TASK_ID=0 PARTS=4", "there is no part 0 of 4"),
            ("SLURM_ARRAY_TASK_ID=5 PARTS=4", "there is no part 5 of 4"),
            ("JOB_COMPLETION_INDEX=4 PARTS=4", "there is no part 5 of 4"),
            ("SLURM_ARRAY_TASK_ID=3 PARTS=16", "part-1-of-4.trough is there, and PARTS is 16"),
            ("SLURM_ARRAY_TASK_ID=3 PARTS=4 RESULTS=", "RESULTS is not set"),
            ("SLURM_ARRAY_TASK_ID=3 PARTS=4 REPLAY=", "SIMULATION and REPLAY are both set"),
            ("SLURM_ARRAY_TASK_ID=3 PARTS=4 SIMULATION=", "neither SIMULATION nor REPLAY is set"),
        ])
    func refused(variables: String, sentence: String) async throws {
        let folder = try TestFolder()
        let ended = try await trough.shell(
            """
            cd '\(folder.path)'
            touch part-1-of-4.trough
            export SIMULATION='--patients 1001 --seed 7 --workers 1' RESULTS='\(folder.path)'
            \(variables) sh '\(Self.script)'; echo $?
            ls
            """)
        #expect(ended.lines == ["2", "part-1-of-4.trough"], "\(ended.output) \(ended.errors)")
        #expect(ended.errors.contains(sentence), "\(ended.errors)")
    }

    @Test("A task whose result is there already does nothing")
    func again() async throws {
        let folder = try TestFolder()
        let ended = try await trough.shell(
            """
            cd '\(folder.path)'
            export RESULTS='\(folder.path)' JOB_COMPLETION_INDEX=0 PARTS=1
            SIMULATION='--patients 100' sh '\(Self.script)'; echo $?
            before=$(cat part-1-of-1.trough | cksum)
            SIMULATION='--patients 200' sh '\(Self.script)'; echo $?
            test "$before" = "$(cat part-1-of-1.trough | cksum)"; echo $?
            """)
        #expect(ended.lines == ["0", "0", "0"], "\(ended.output) \(ended.errors)")
        #expect(ended.errors.contains("is there already"))
    }

    @Test("Outside an array it says what it expects")
    func outside() async throws {
        let ended = try await trough.shell("sh '\(Self.script)'")
        #expect(ended.status == 2)
        #expect(ended.errors.contains("expected to run in a job array"))
    }
}
