/// Writes one canonical JSON object, key by key in the order of their bytes.
struct DetailWriter {
    private let start: Int
    private var isEmpty = true

    /// Begins at the end of the arena.
    init(at arena: [UInt8]) { start = arena.count }

    /// Writes a key, after which its value must be written.
    mutating func append(key: EventKey, to arena: inout [UInt8]) {
        arena.append(isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ","))
        isEmpty = false
        arena.append(UInt8(ascii: "\""))
        arena.append(text: key.name)
        arena.append(UInt8(ascii: "\""))
        arena.append(UInt8(ascii: ":"))
    }

    /// Ends the object, and tells where it stands; without a key there is none.
    func close(_ arena: inout [UInt8]) -> ByteRange {
        if isEmpty { return .none }
        arena.append(UInt8(ascii: "}"))
        return ByteRange(start: UInt32(start), count: UInt32(arena.count - start))
    }
}
