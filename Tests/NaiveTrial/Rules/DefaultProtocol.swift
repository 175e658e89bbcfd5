extension NaiveTrial {
    /// The default protocol, `roblin-2020`, as the endpoint rules give it.
    package static let defaultProtocolYAML = """
        name: roblin-2020
        arms: [monotherapy, combination]      # the first is the reference
        horizon: 730
        intercurrent: {treatment-stop: ignore}
        endpoints:
          clinical-failure:
            - {name: crohn-activity, disease: CD, within: 28, from: 84,
               all: [{score: HBI, at-least: 5}, {assay: calprotectin, above: 250}]}
            - {name: colitis-activity, disease: UC, within: 0, from: 84,
               all: [{score: Mayo, above: 5}, {score: Mayo, item: endoscopy, above: 1}]}
            - {name: adverse-event-stop, from: 0, all: [{adverse-event: {action: withdrawn}}]}
          pharmacokinetic-failure:
            - {name: drug-sensitive, within: 1, from: 14,
               all: [{assay: study-drug, below: 0.3},
                     {assay: anti-study-drug, method: drug-sensitive, unit: ng/mL, above: 20}]}
            - {name: drug-tolerant, from: 14,
               all: [{assay: anti-study-drug, method: drug-tolerant, unit: AU/mL, at-least: 10}]}

        """
}
