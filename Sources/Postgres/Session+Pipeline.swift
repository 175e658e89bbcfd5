extension Session {
    /// Runs statements one after the other, sent in one piece and answered in one: a single round trip.
    ///
    /// After one that fails the server runs none of the rest. Outside of a transaction the statements are one
    /// transaction, unless they say otherwise. A pipeline is for statements whose rows are few: while they are being sent
    /// nobody reads, so answers that fill the socket's buffers would stop both sides. COPY has no place in it.
    ///
    /// From its second run on, a statement is kept prepared on the server.
    ///
    /// - Returns: The rows of each statement, in order.
    /// - Throws: The error of the first statement that failed.
    package func pipeline(_ statements: [Statement]) throws(PostgresError) -> [Rows] {
        var link: ServerLink?
        for statement in statements { link = try ready(statement.sql) }
        guard let link else { return [] }
        let steps = try steps(of: statements)
        return try finish(steps, exchange(steps, link))
    }

    /// One command of a pipeline, and what its answer means.
    struct PipelineStep {
        enum Purpose {
            case giveBack(name: String)
            case prepare(StatementCache.Key, name: String)
            case run(StatementCache.Key)
        }

        let command: ServerLink.Command
        let sql: String
        let purpose: Purpose
    }

    /// The commands that run statements: those that are worth it are prepared on the way.
    func steps(of statements: [Statement]) throws(PostgresError) -> [PipelineStep] {
        var steps: [PipelineStep] = []
        for statement in statements {
            let sql = statement.sql
            let encoded = try EncodedParameters(statement.parameters)
            let key = StatementCache.Key(sql: sql, types: encoded.types)
            switch self.statements.use(key) {
            case .direct:
                steps.append(PipelineStep(command: .execute(sql, encoded), sql: sql, purpose: .run(key)))
            case .prepare(let name, let evicted):
                if let evicted {
                    let giveBack = ServerLink.Command.execute("DEALLOCATE \(evicted)", try EncodedParameters([]))
                    steps.append(PipelineStep(command: giveBack, sql: sql, purpose: .giveBack(name: evicted)))
                }
                let prepare = ServerLink.Command.prepare(name, sql, encoded.types)
                steps.append(PipelineStep(command: prepare, sql: sql, purpose: .prepare(key, name: name)))
                steps.append(PipelineStep(command: .executePrepared(name, encoded), sql: sql, purpose: .run(key)))
            case .prepared(let name):
                steps.append(PipelineStep(command: .executePrepared(name, encoded), sql: sql, purpose: .run(key)))
            }
        }
        return steps
    }

    /// Sends the commands and reads their answers; a connection that is not ready for others afterwards is given up.
    func exchange(_ steps: [PipelineStep], _ link: ServerLink) -> [ServerResult?] {
        let results = link.pipeline(steps.map(\.command))
        if link.isInPipeline { abandon() }
        return results
    }

    /// Turns the answers to a pipeline into rows or the first error.
    func finish(_ steps: [PipelineStep], _ results: [ServerResult?]) throws(PostgresError) -> [Rows] {
        var rows: [Rows] = []
        for (number, (step, result)) in zip(steps, results).enumerated() {
            // The server waits for data that will never come, and the connection has been given up for it.
            if result?.isCopy == true {
                throw PostgresError(.misuse, "A COPY is run by copyIn or copyOut only.", statement: step.sql)
            }
            let finished: ServerResult
            do throws(PostgresError) {
                finished = try finish(result, of: step.sql)
            } catch {
                if case .run(let key) = step.purpose { _ = statements.recover(key, from: error.sqlState) }
                for case .giveBack(let name) in steps.dropFirst(number + 1).map(\.purpose) {
                    statements.didNotEvict(name)
                }
                throw error
            }
            switch step.purpose {
            case .giveBack: continue
            case .prepare(let key, let name): statements.didPrepare(key, name)
            case .run: rows.append(Rows(finished))
            }
        }
        return rows
    }
}
