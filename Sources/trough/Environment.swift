import Foundation

/// The process's environment, read once.
struct Environment: Sendable {
    private let variables: [String: String]

    init(_ variables: [String: String]) { self.variables = variables }

    /// A variable that is set and not empty.
    subscript(name: String) -> String? {
        guard let value = variables[name], !value.isEmpty else { return nil }
        return value
    }

    /// Where programs are looked for.
    var path: String { self["PATH"] ?? "/usr/local/bin:/usr/bin:/bin" }

    /// The folder that belongs to the private PostgreSQL.
    var troughHome: String {
        if let home = self["TROUGH_HOME"] { return home }
        if let data = self["XDG_DATA_HOME"], data.hasPrefix("/") { return data + "/trough" }
        return (self["HOME"] ?? NSHomeDirectory()) + "/.local/share/trough"
    }

    /// Where temporary files go that may be large: on disk, which `/tmp` often is not.
    var temporaryFolder: String { self["TMPDIR"] ?? "/var/tmp" }

    /// The login name of the user.
    var loginName: String { self["LOGNAME"] ?? self["USER"] ?? NSUserName() }

    /// How many columns a line may take where there is no terminal; too few for words are none.
    var columns: Int? { self["COLUMNS"].flatMap { Int($0) }.flatMap { $0 < 40 ? nil : min($0, Int(UInt16.max)) } }

    /// Whether colour is allowed at all.
    var allowsColour: Bool { self["NO_COLOR"] == nil && self["TERM"] != "dumb" }

    /// Whether the locale's texts are UTF-8.
    var isUTF8: Bool {
        let locale = (self["LC_ALL"] ?? self["LC_CTYPE"] ?? self["LANG"] ?? "").uppercased()
        return locale.contains("UTF-8") || locale.contains("UTF8")
    }
}
