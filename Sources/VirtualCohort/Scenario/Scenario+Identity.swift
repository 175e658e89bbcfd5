extension Scenario {
    /// The name, and where the scenario is not as it is built in under that name, a mark of its content: two scenarios
    /// with the same identifier make the same patients.
    ///
    /// The sizes of trials do not count, since they do not change a patient.
    package var identifier: String {
        let own = withoutSizes
        if Scenario.builtIn(name)?.withoutSizes == own { return name }
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        // FNV-1a over the file's text, which states everything.
        for byte in own.yaml.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return name + "~" + String(repeating: "0", count: 16 - digits.count) + digits
    }

    private var withoutSizes: Scenario {
        var scenario = self
        for arm in scenario.arms.indices { scenario.arms[arm].size = 0 }
        return scenario
    }
}
