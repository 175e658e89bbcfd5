/// SHA-256 of bytes as 64 hexadecimal digits (FIPS 180-4).
func sha256(_ message: [UInt8]) -> String {
    var hash = squareRootFractions
    var padded = message + [0x80]
    while padded.count % 64 != 56 { padded.append(0) }
    for shift in stride(from: 56, through: 0, by: -8) {
        padded.append(UInt8(truncatingIfNeeded: (message.count * 8) >> shift))
    }
    for start in stride(from: 0, to: padded.count, by: 64) {
        absorb(padded[start..<start + 64], into: &hash)
    }
    return hash.map { word in
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
}

private func rotated(_ word: UInt32, _ by: UInt32) -> UInt32 {
    (word >> by) | (word << (32 - by))
}

private func absorb(_ block: ArraySlice<UInt8>, into hash: inout [UInt32]) {
    var words: [UInt32] = []
    for place in stride(from: block.startIndex, to: block.endIndex, by: 4) {
        words.append(block[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) })
    }
    for place in 16..<64 {
        let (early, late) = (words[place - 15], words[place - 2])
        let first = rotated(early, 7) ^ rotated(early, 18) ^ (early >> 3)
        let second = rotated(late, 17) ^ rotated(late, 19) ^ (late >> 10)
        words.append(words[place - 16] &+ first &+ words[place - 7] &+ second)
    }
    var state = hash
    for place in 0..<64 {
        let (a, e) = (state[0], state[4])
        let mixed = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
        let chosen = (e & state[5]) ^ (~e & state[6])
        let first = state[7] &+ mixed &+ chosen &+ cubeRootFractions[place] &+ words[place]
        let majority = (a & state[1]) ^ (a & state[2]) ^ (state[1] & state[2])
        let second = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) &+ majority
        state = [first &+ second, a, state[1], state[2], state[3] &+ first, e, state[5], state[6]]
    }
    hash = zip(hash, state).map { $0 &+ $1 }
}

private let primes: [Int] = (2...311).filter { candidate in
    !(2..<candidate).contains { candidate % $0 == 0 }
}

/// The first 32 bits of the fraction of a root, found by bisection in whole numbers: root · 2³² rounded down.
private func rootFraction(of prime: Int, power: Int) -> UInt32 {
    var (low, high) = (UInt64(0), UInt64(32) << 32)
    while high - low > 1 {
        let middle = (low + high) / 2
        if raised(middle, to: power, isAtMost: prime) { low = middle } else { high = middle }
    }
    return UInt32(truncatingIfNeeded: low)
}

/// Whether (value / 2³²)^power ≤ prime, exactly.
private func raised(_ value: UInt64, to power: Int, isAtMost prime: Int) -> Bool {
    var product = UInt128(value) * UInt128(value)
    if power == 2 { return product <= UInt128(prime) << 64 }
    // The cube of a value below 2³⁶ has less than 108 bits.
    product *= UInt128(value)
    return product <= UInt128(prime) << 96
}

private let squareRootFractions = primes.prefix(8).map { rootFraction(of: $0, power: 2) }
private let cubeRootFractions = primes.prefix(64).map { rootFraction(of: $0, power: 3) }
