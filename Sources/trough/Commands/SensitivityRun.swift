import Projection
import Report
import Trial

extension ReportCommand {
    /// Reports the study under every protocol of a sweep, in one read.
    func sweep(_ context: Context) async throws -> ExitStatus {
        let own = try await trial.trialProtocol()
        let sweep: ProtocolSweep
        do throws(SweepRefusal) {
            sweep = try ProtocolSweep(own, sweeps, atMost: Projection.Limits.protocols)
        } catch {
            throw Failure(.usage, "--sweep: \(error.description)")
        }
        var prepared = try await StudyReplay(sweep.points.map(\.trial), study, cut, replay, database, context)
        prepared.replay.spellsLines = false
        let results = try await prepared.run(replay, database.verbosity, context)
        let options = options(
            endpoint: endpoint ?? sweep.onlyEndpoint, months: months?.values ?? [Self.sweepMonth])
        let analysis: SensitivityReport
        do throws(ReportError) {
            analysis = SensitivityReport(sweep, try await SurvivalReport.reports(results, options: options))
        } catch {
            throw Failure(error)
        }
        await warn(analysis.warnings, context)
        switch output {
        case .table: await context.output.write(analysis.table(context.style))
        case .json: await context.output.write(analysis.json())
        case .ndjson: await context.output.write(analysis.ndjson())
        case .csv: await context.output.write(analysis.csv())
        }
        return .done
    }
}
