// Swift's own string comparison calls canonically equivalent spellings equal. The event format compares bytes,
// so every comparison of names goes through the two functions below.

/// Whether two texts are the same UTF-8 bytes.
func sameBytes(_ one: String, _ other: String) -> Bool {
    one.utf8.elementsEqual(other.utf8)
}

/// Whether `one` comes before `other` when their UTF-8 bytes are compared from the left.
func precedesInBytes(_ one: String, _ other: String) -> Bool {
    one.utf8.lexicographicallyPrecedes(other.utf8)
}

/// What names an event within its patient: where it comes from and its name there.
struct Identity: Equatable {
    var source: String
    var id: String

    static func == (one: Identity, other: Identity) -> Bool {
        sameBytes(one.source, other.source) && sameBytes(one.id, other.id)
    }
}

/// "(source, id) as bytes": the source decides, the id only between equal sources.
func precedes(_ one: Identity, _ other: Identity) -> Bool {
    if !sameBytes(one.source, other.source) {
        return precedesInBytes(one.source, other.source)
    }
    return precedesInBytes(one.id, other.id)
}
