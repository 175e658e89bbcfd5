import ArgumentParser
import Foundation

/// Negative numbers as values of options.
///
/// The parser takes whatever begins with a dash for an option, so that it would say of `--shards -1` that the value is
/// missing, and not which ones are expected. None of the program's options begins with a digit.
enum NegativeValues {
    /// The arguments, in which `--name -1` has become `--name=-1` wherever the option of this name takes a value.
    static func joined(_ arguments: [String]) -> [String] {
        let terminator = arguments.firstIndex(of: "--") ?? arguments.endIndex
        guard arguments.prefix(terminator).contains(where: isNumber) else { return arguments }
        let names = optionNames(of: arguments.prefix { !$0.hasPrefix("-") })
        var result: [String] = []
        for (index, argument) in arguments.enumerated() {
            if index < terminator, isNumber(argument), let last = result.last, names.contains(last) {
                result[result.count - 1] = "\(last)=\(argument)"
            } else {
                result.append(argument)
            }
        }
        return result
    }

    private static func isNumber(_ argument: String) -> Bool {
        var digits = argument.utf8.dropFirst()
        if digits.first == UInt8(ascii: ".") { digits = digits.dropFirst() }
        guard argument.hasPrefix("-"), let first = digits.first else { return false }
        return (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
    }

    /// The names, dashes included, of those options of a command that take a value.
    private static func optionNames(of path: ArraySlice<String>) -> Set<String> {
        // What the parser itself tells of the commands; nothing else says which options are there and which are flags.
        guard let described = try? JSONDecoder().decode(Described.self, from: Data(Trough._dumpHelp().utf8)) else {
            return []
        }
        var command = described.command
        for word in path {
            guard let next = command.subcommand(word) else { break }
            command = next
        }
        while let next = command.defaultSubcommand.flatMap(command.subcommand) { command = next }
        let options = (command.arguments ?? []).filter { $0.kind == "option" }
        return Set(options.flatMap { $0.names ?? [] }.map { ($0.kind == "long" ? "--" : "-") + $0.name })
    }

    private struct Described: Decodable {
        var command: Command
    }

    private struct Command: Decodable {
        var commandName: String
        var defaultSubcommand: String?
        var subcommands: [Command]?
        var arguments: [Argument]?

        func subcommand(_ name: String) -> Command? { subcommands?.first { $0.commandName == name } }
    }

    private struct Argument: Decodable {
        var kind: String
        var names: [Name]?
    }

    private struct Name: Decodable {
        var kind: String
        var name: String
    }
}
