extension TrialProtocol {
    /// The default protocol, `roblin-2020`, as the YAML that the engine ships, with the origin of each value.
    ///
    /// Source: Roblin X, Williet N, Boschetti G, et al. Gut 2020;69:1206-1212, doi 10.1136/gutjnl-2019-319758.
    package static let defaultYAML = """
        # Failure of a second anti-TNF, with or without azathioprine, after immune-mediated loss of response to a first,
        # modelled on the randomised trial of Roblin X, Williet N, Boschetti G, et al. Gut 2020;69:1206-1212,
        # doi 10.1136/gutjnl-2019-319758.
        #
        # Each value is marked:
        #   published   stated in the abstract of the publication
        #   assumption  not stated there, chosen for this file: review it before you rely on outcomes
        # Only the abstract was at hand. An assumption may therefore differ from what the full text or the trial's own
        # protocol says.

        name: roblin-2020

        # published: two arms, the second anti-TNF alone, or together with azathioprine.
        # assumption: their names here, and that monotherapy, listed first, is the reference of comparisons.
        arms: [monotherapy, combination]

        # published: two years of follow-up, results at 24 months. assumption: counted as 730 days from randomisation.
        horizon: 730

        # assumption: treatment policy, a stop that is not for an adverse event changes nothing (ICH E9(R1)).
        intercurrent: {treatment-stop: ignore}

        endpoints:
          # published: clinical failure is one rule for Crohn's disease, another for ulcerative colitis, or an adverse
          # event that requires treatment to be stopped.
          clinical-failure:
            # published: HBI of 5 or more together with faecal calprotectin above 250 ug/g of stool.
            # assumption: the two lie at most 28 days apart.
            # assumption: nothing counts before day 84, since patients are randomised in relapse and need time to respond.
            - name: crohn-activity
              disease: CD
              within: 28
              from: 84
              all:
                - {score: HBI, at-least: 5}
                - {assay: calprotectin, above: 250}

            # published: Mayo score above 5 together with an endoscopic subscore above 1.
            # assumption: both are of the same day, as the total contains the subscore; nothing counts before day 84.
            - name: colitis-activity
              disease: UC
              within: 0
              from: 84
              all:
                - {score: Mayo, above: 5}
                - {score: Mayo, item: endoscopy, above: 1}

            # published: an adverse event that requires treatment to be stopped.
            # assumption: the abstract does not say which treatment, so that a stop of any drug counts, azathioprine
            # included, from the day of randomisation; "drug: study-drug" would count the anti-TNF alone.
            - name: adverse-event-stop
              from: 0
              all:
                - {adverse-event: {action: withdrawn}}

          # published: unfavourable pharmacokinetics of the second anti-TNF is either of the two criteria below. The
          # abstract gives them without numbers: every number here is an assumption.
          pharmacokinetic-failure:
            # published: undetectable trough level with high antibodies, on a drug-sensitive assay.
            # assumption: undetectable is below 0.3 ug/mL, high is above 20 ng/mL, and the two lie at most a day apart.
            # assumption: nothing counts before day 14.
            - name: drug-sensitive
              within: 1
              from: 14
              all:
                - {assay: study-drug, below: 0.3}
                - {assay: anti-study-drug, method: drug-sensitive, unit: ng/mL, above: 20}

            # published: antibodies appear on a drug-tolerant assay.
            # assumption: positive is 10 AU/mL or more, one positive sample is enough, and nothing counts before day 14.
            - name: drug-tolerant
              from: 14
              all:
                - {assay: anti-study-drug, method: drug-tolerant, unit: AU/mL, at-least: 10}

        """

    /// The default protocol, read from ``defaultYAML`` once.
    package static let roblin2020: TrialProtocol = {
        do {
            return try ProtocolFile.parse(defaultYAML, fileName: "roblin-2020.yaml")
        } catch {
            fatalError("The protocol that is shipped with the engine is broken: \(error)")
        }
    }()
}
