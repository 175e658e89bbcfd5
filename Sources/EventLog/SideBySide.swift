/// Lets shards work side by side, and gives what each of them made, in the order in which they ended.
///
/// A failure cancels the others.
///
/// - Parameters:
///   - name: What the tasks are called, before their numbers.
///   - isCancellation: Whether a failure only tells that a shard was cancelled.
/// - Throws: The first failure that is not such a cancellation: the cause of the others'.
package func sideBySide<Value: Sendable, Failure: Error>(
    _ count: Int, named name: String, isCancellation: (Failure) -> Bool,
    _ body: @escaping @Sendable (_ shard: Int) async throws(Failure) -> Value
) async throws(Failure) -> [Value] {
    let results = await withTaskGroup(of: Result<Value, Failure>.self) { group in
        for number in 0..<count {
            group.addTask(name: "\(name) \(number)") {
                do throws(Failure) { return .success(try await body(number)) } catch { return .failure(error) }
            }
        }
        var results: [Result<Value, Failure>] = []
        for await result in group {
            if case .failure = result { group.cancelAll() }
            results.append(result)
        }
        return results
    }
    for case .failure(let error) in results where !isCancellation(error) { throw error }
    var values: [Value] = []
    for result in results { values.append(try result.get()) }
    return values
}
