/// A raster of dots that is shown as characters: eight dots to a braille cell, or one dot to an ASCII character.
struct PlotCanvas {
    /// How a curve is drawn.
    struct Pen {
        /// The number of the group that the dots belong to.
        var group: Int
        /// The pen for a group: thin or thick, then broken ones, each with its own mark in ASCII.
        init(group: Int) { self.group = group }

        /// How many dots wide a line is.
        var thickness: Int { group % 2 == 0 ? 1 : 2 }
        /// How many dots of a run are drawn, out of how many.
        var dash: (on: Int, of: Int) { [(1, 1), (4, 6), (2, 4)][group / 2 % 3] }
        /// The character of the curve in ASCII.
        var mark: Character { ["*", "o", "+", "x", "#", "@"][group % Limits.curves] }
    }

    /// How many characters wide and high the canvas is.
    let columns: Int
    let rows: Int
    private let isBraille: Bool
    /// For each cell the dots that are set, bits as in Unicode's braille patterns.
    private var patterns: [UInt8]
    /// For each cell the group that was last drawn there, -1 for none.
    private var owners: [Int]

    /// An empty canvas of so many characters.
    init(columns: Int, rows: Int, isBraille: Bool) {
        self.columns = columns
        self.rows = rows
        self.isBraille = isBraille
        patterns = Array(repeating: 0, count: columns * rows)
        owners = Array(repeating: -1, count: columns * rows)
    }

    /// How many dots a cell has from left to right.
    var dotsAcross: Int { isBraille ? 2 : 1 }
    /// How many dots a cell has from top to bottom.
    var dotsDown: Int { isBraille ? 4 : 1 }

    /// Draws a line through corners, from each straight across and then straight down to the next.
    mutating func draw(_ corners: [(x: Int, y: Int)], _ pen: Pen) {
        guard var place = corners.first else { return }
        var run = 0
        dot(place, pen, run)
        for corner in corners.dropFirst() {
            while place.x < corner.x {
                place.x += 1
                run += 1
                dot(place, pen, run)
            }
            while place.y < corner.y {
                place.y += 1
                run += 1
                dot(place, pen, run)
            }
        }
    }

    /// What a cell shows, and the group it belongs to; `nil` where nothing was drawn.
    func cell(_ column: Int, _ row: Int) -> (character: Character, group: Int)? {
        let place = row * columns + column
        guard patterns[place] != 0 else { return nil }
        let group = owners[place]
        guard isBraille, let scalar = Unicode.Scalar(0x2800 + UInt32(patterns[place])) else {
            return (Pen(group: group).mark, group)
        }
        return (Character(scalar), group)
    }

    private mutating func dot(_ place: (x: Int, y: Int), _ pen: Pen, _ run: Int) {
        guard isBraille else {
            set(place.x, place.y, pen.group)
            return
        }
        guard run % pen.dash.of < pen.dash.on else { return }
        for down in 0..<pen.thickness {
            for across in 0..<pen.thickness { set(place.x + across, place.y + down, pen.group) }
        }
    }

    private mutating func set(_ x: Int, _ y: Int, _ group: Int) {
        let column = x / dotsAcross
        let row = y / dotsDown
        guard (0..<columns).contains(column), (0..<rows).contains(row) else { return }
        // The order of the bits in Unicode's braille patterns: three down on the left, three on the right, then a
        // fourth row.
        let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
        patterns[row * columns + column] |= bits[y % dotsDown][x % dotsAcross]
        owners[row * columns + column] = group
    }
}
