/// A statement with its binary parameters (`$1`, `$2`, …), for statements that are sent together.
package struct Statement: Sendable, Hashable {
    /// The text, which holds one statement.
    package let sql: String
    /// The values of its parameters.
    package let parameters: [Parameter]

    /// A statement from its text and the values of its parameters.
    package init(_ sql: String, _ parameters: [Parameter] = []) {
        self.sql = sql
        self.parameters = parameters
    }
}
