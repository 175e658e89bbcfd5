/// A symmetric matrix, of which the lower triangle is kept, row by row.
struct SymmetricMatrix: Sendable, Equatable {
    let size: Int
    var elements: [Double]

    init(size: Int) {
        self.size = size
        elements = [Double](repeating: 0, count: size * (size + 1) / 2)
    }

    /// The element of a row and a column; the order of the two does not matter.
    subscript(row: Int, column: Int) -> Double {
        get { elements[Self.place(row, column)] }
        set { elements[Self.place(row, column)] = newValue }
    }

    var diagonal: [Double] { (0..<size).map { self[$0, $0] } }

    private static func place(_ row: Int, _ column: Int) -> Int {
        row >= column ? row * (row + 1) / 2 + column : column * (column + 1) / 2 + row
    }
}

/// The factors L D Lᵀ of a positive semidefinite matrix, with the columns that depend on earlier ones left out.
struct SymmetricFactors: Sendable {
    private var factors: SymmetricMatrix
    /// The columns whose pivot is below its floor: they add nothing to the columns before them.
    private(set) var dependent: [Int] = []
    private var isDependent: [Bool]

    /// Factors a matrix.
    /// - Parameters:
    ///   - matrix: the matrix.
    ///   - floors: for each column the pivot below which it counts as dependent; zero and less always do.
    init(_ matrix: SymmetricMatrix, floors: [Double]) {
        factors = matrix
        isDependent = [Bool](repeating: false, count: matrix.size)
        for column in 0..<matrix.size {
            let pivot = factors[column, column]
            guard pivot.isFinite, pivot > 0, pivot >= floors[column] else {
                isDependent[column] = true
                dependent.append(column)
                continue
            }
            for row in (column + 1)..<max(matrix.size, column + 1) {
                let ratio = factors[row, column] / pivot
                for lower in row..<matrix.size {
                    factors[lower, row] -= ratio * factors[lower, column]
                }
                factors[row, column] = ratio
            }
        }
    }

    /// Solves for a right-hand side; dependent columns get zero.
    func solve(_ rightHandSide: [Double]) -> [Double] {
        var solution = rightHandSide
        for row in 0..<factors.size {
            for column in 0..<row where !isDependent[column] {
                solution[row] -= factors[row, column] * solution[column]
            }
        }
        for row in (0..<factors.size).reversed() {
            guard !isDependent[row] else {
                solution[row] = 0
                continue
            }
            solution[row] /= factors[row, row]
            for lower in (row + 1)..<max(factors.size, row + 1) where !isDependent[lower] {
                solution[row] -= factors[lower, row] * solution[lower]
            }
        }
        return solution
    }

    /// The inverse, with zeros in the rows and columns of dependent columns.
    func inverse() -> SymmetricMatrix {
        var inverse = SymmetricMatrix(size: factors.size)
        for column in 0..<factors.size where !isDependent[column] {
            var unit = [Double](repeating: 0, count: factors.size)
            unit[column] = 1
            let solution = solve(unit)
            for row in column..<factors.size { inverse[row, column] = solution[row] }
        }
        return inverse
    }
}
