extension OperatingCharacteristics {
    /// The columns of ``csv()``, in order.
    ///
    /// `quantity` is `survival` (at 24 months), `medianDays`, `logRankP`, `power` or `atLeastAsExtreme`; the last two have
    /// only a mean, the share of trials. `finite` is the share of trials in which the quantity is reached or
    /// estimable; an infinite median counts in the quantiles, an estimate that a trial has not is left out of them.
    package static let csvColumns =
        ["endpoint", "arm", "quantity", "trials", "finite", "mean", "standardDeviation"]
        + ["q025", "q250", "q500", "q750", "q975"]

    /// The characteristics as comma-separated values (RFC 4180); a field is empty where nothing is reached.
    package func csv() -> String {
        var table = CSVText()
        table.append(Self.csvColumns.map(CSVText.Field.text))
        for endpoint in endpoints {
            for arm in endpoint.arms {
                table.append(row(endpoint.name, arm.name, "survival", arm.survival))
                table.append(row(endpoint.name, arm.name, "medianDays", arm.medianDays))
            }
            table.append(row(endpoint.name, "", "logRankP", endpoint.logRankP))
            table.append(row(endpoint.name, "power", share: endpoint.power))
            if let published = endpoint.published {
                table.append(row(endpoint.name, "atLeastAsExtreme", share: published.shareAtLeast))
            }
        }
        return String(decoding: table.bytes, as: UTF8.self)
    }

    private func row(
        _ endpoint: String, _ arm: String, _ quantity: String, _ distribution: Distribution
    ) -> [CSVText.Field] {
        let numbers =
            [distribution.finiteShare, distribution.mean, distribution.standardDeviation] + distribution.quantiles
        return [.text(endpoint), .text(arm), .text(quantity), .whole(range.count)]
            + numbers.map { .number($0.isFinite ? $0 : nil) }
    }

    private func row(_ endpoint: String, _ quantity: String, share: Double) -> [CSVText.Field] {
        [.text(endpoint), .text(""), .text(quantity), .whole(range.count), .number(nil), .number(share)]
            + [CSVText.Field](repeating: .number(nil), count: 6)
    }
}
