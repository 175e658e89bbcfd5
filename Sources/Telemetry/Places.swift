import Synchronization

/// The places for connections, of which there are only so many.
final class Places: Sendable {
    private let free: Mutex<Int>

    /// Begins with all places free.
    init(_ count: Int) { free = Mutex(count) }

    /// Takes a place, unless none is free.
    func take() -> Place? {
        free.withLock { free in
            guard free > 0 else { return nil }
            free -= 1
            return Place(of: self)
        }
    }

    fileprivate func giveBack() {
        free.withLock { $0 += 1 }
    }
}

/// One taken place, free again when nobody has a reference to it any more.
///
/// Both a connection and the question that was asked over it have one: a client that asks and is gone before the answer
/// keeps its place until the answer is known, or many such clients would have many answers worked out at a time.
final class Place: Sendable {
    private let places: Places

    fileprivate init(of places: Places) { self.places = places }

    deinit { places.giveBack() }
}
