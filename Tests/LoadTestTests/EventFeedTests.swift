import LoadTest
import Testing
import Trial

@Suite("The queue of events made ahead", .timeLimit(.minutes(1)))
struct EventFeedTests {
    private func turn(_ number: Int) -> EventBatch {
        var batch = EventBatch()
        batch.records.append(
            EventRecord(time: Int64(number), patient: 0, source: 0, id: .none, kind: .completion))
        return batch
    }

    @Test("keeps the order, holds no more than its bound and loses nothing")
    func order() async {
        let feed = EventFeed()
        let count = 500
        let most = await withTaskGroup(of: Int.self) { group in
            group.addTask {
                for number in 0..<count { #expect(await feed.put(turn(number))) }
                return 0
            }
            group.addTask {
                var most = 0
                for number in 0..<count {
                    most = max(most, feed.count)
                    #expect(await feed.next()?.records.first?.time == Int64(number))
                    if number % 7 == 0 { await Task.yield() }
                }
                return most
            }
            return await group.reduce(0, max)
        }
        #expect(most <= Limits.turnsAhead)
        #expect(feed.count == 0)
    }

    @Test("lets nobody wait once it is closed")
    func closed() async {
        let feed = EventFeed()
        await withTaskGroup { group in
            group.addTask {
                var number = 0
                while await feed.put(turn(number)) { number += 1 }
                #expect(number <= Limits.turnsAhead)
            }
            while feed.count < Limits.turnsAhead { await Task.yield() }
            feed.close()
        }
        #expect(await feed.next() == nil)
        #expect(await !feed.put(turn(1)))
        let empty = EventFeed()
        async let nothing = empty.next()
        await Task.yield()
        empty.close()
        #expect(await nothing == nil)
    }
}
