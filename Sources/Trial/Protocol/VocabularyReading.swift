internal import StrictYAML

extension YAMLNode {
    /// A word of a closed list.
    func term<Term: VocabularyTerm>(_ list: Term.Type, _ what: String) throws(YAMLRefusal) -> Term {
        let word = try text(Term.choices)
        if let term = Term(named: word.utf8.span) { return term }
        throw unknown(what, word, choices: Term.allCases.map(\.name))
    }
}
