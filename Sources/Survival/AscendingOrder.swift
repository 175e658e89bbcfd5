/// Sorts the rows of a column of times by time; rows with equal times keep their order.
///
/// Long columns take a radix sort over the bits of the numbers: linear in the rows, and passes over bits that all rows
/// share are left out, which makes whole days cheap.
/// - Parameter times: finite and not negative.
/// - Returns: the indices of the rows in ascending order of their times.
func ascendingOrder(of times: [Double]) -> [Int] {
    guard times.count >= 1_024 else {
        return times.indices.sorted { (times[$0], $0) < (times[$1], $1) }
    }
    // Adding zero turns minus zero into zero; from there on the bits of a Double ascend with its value.
    var keys = times.map { ($0 + 0).bitPattern }
    var order = Array(times.indices)
    var nextKeys = keys
    var nextOrder = order
    var shared = keys[0]
    var present = keys[0]
    for key in keys {
        shared &= key
        present |= key
    }
    let varying = shared ^ present
    let digitBits = 11
    let mask: UInt64 = (1 << digitBits) - 1
    var starts = [Int](repeating: 0, count: 1 << digitBits)
    for shift in stride(from: 0, to: 64, by: digitBits) where (varying >> shift) & mask != 0 {
        for digit in starts.indices { starts[digit] = 0 }
        for key in keys { starts[Int((key >> shift) & mask)] += 1 }
        var start = 0
        for digit in starts.indices {
            let count = starts[digit]
            starts[digit] = start
            start += count
        }
        for row in keys.indices {
            let key = keys[row]
            let digit = Int((key >> shift) & mask)
            let place = starts[digit]
            starts[digit] = place + 1
            nextKeys[place] = key
            nextOrder[place] = order[row]
        }
        swap(&keys, &nextKeys)
        swap(&order, &nextOrder)
    }
    return order
}
