/// Who the patients are: the mix of drugs and diseases, and the covariates of the pharmacokinetics.
package struct PopulationParameters: Sendable, Equatable {
    /// The share of patients whose second anti-TNF is infliximab: 50 of 90 (Roblin, Gut 2020).
    package var infliximabShare = 50.0 / 90
    /// The share with Crohn's disease: 48 of 90 (Roblin, Gut 2020).
    package var crohnShare = 48.0 / 90
    /// The share of women: between 39 % (Fasanmade 2009) and 54 % (Hanzel 2021); assumed.
    package var femaleShare = 0.45
    /// The share of carriers of HLA-DQA1*05: about 40 % of Europeans (Sazonovs, Gastroenterology 2020).
    package var hlaCarrierShare = 0.40
    /// Median age in years: that of Hanzel 2021; log-normal, assumed.
    package var ageMedianYears = 36.0
    /// The standard deviation of the logarithm of the age; assumed.
    package var ageLogSD = 0.35
    /// Median weight in kg, between the 69 and 77 kg of published cohorts; log-normal, assumed.
    package var weightMedianKg = 70.0
    /// The standard deviation of the logarithm of the weight; assumed.
    package var weightLogSD = 0.20
    /// Mean serum albumin in g/L, within the 38 to 44 g/L of published cohorts; normal, assumed.
    package var albuminMeanGPerL = 40.0
    /// The standard deviation of serum albumin in g/L; assumed.
    package var albuminSDGPerL = 4.0
    /// Median duration of the disease in years, after a second-line trial (8.1 ± 8.2); log-normal, assumed.
    package var diseaseDurationMedianYears = 7.0
    /// The coefficient of variation of the duration; assumed.
    package var diseaseDurationCV = 0.80
    /// Over how many days patients are randomised, evenly; assumed.
    package var recruitmentDays = 730.0

    /// The bounds of the weight in kg.
    static let weightKg = (lower: 42.0, upper: 125.0)
    /// The bounds of serum albumin in g/L.
    static let albuminGPerL = (lower: 28.0, upper: 50.0)
    /// The bounds of the age in years.
    static let ageYears = (lower: 18.0, upper: 75.0)

    static let table: [Parameter] = [
        Parameter(
            "population.infliximabShare", \.population.infliximabShare, "", .published, "Roblin 2020: 50 of 90", 0...1),
        Parameter("population.crohnShare", \.population.crohnShare, "", .published, "Roblin 2020: 48 of 90", 0...1),
        Parameter(
            "population.femaleShare", \.population.femaleShare, "", .assumed,
            "between Fasanmade 2009 (39 %) and Hanzel 2021 (54 %)", 0...1),
        Parameter(
            "population.hlaCarrierShare", \.population.hlaCarrierShare, "", .published,
            "Sazonovs 2020: about 40 % of Europeans", 0...1),
        Parameter(
            "population.ageMedianYears", \.population.ageMedianYears, "years", .assumed, "the median of Hanzel 2021",
            18...75),
        Parameter("population.ageLogSD", \.population.ageLogSD, "", .assumed, "gives 18 to 75 years", 0...2),
        Parameter(
            "population.weightMedianKg", \.population.weightMedianKg, "kg", .assumed, "published cohorts: 69 to 77 kg",
            42...125),
        Parameter("population.weightLogSD", \.population.weightLogSD, "", .assumed, "20 % between patients", 0...1),
        Parameter(
            "population.albuminMeanGPerL", \.population.albuminMeanGPerL, "g/L", .assumed,
            "published cohorts: 38 to 44 g/L", 28...50),
        Parameter(
            "population.albuminSDGPerL", \.population.albuminSDGPerL, "g/L", .assumed, "10 % between patients", 0...20),
        Parameter(
            "population.diseaseDurationMedianYears", \.population.diseaseDurationMedianYears, "years", .assumed,
            "second-line trial: 8.1 ± 8.2", 0.1...60),
        Parameter(
            "population.diseaseDurationCV", \.population.diseaseDurationCV, "", .assumed,
            "second-line trial: 8.1 ± 8.2", 0...5),
        Parameter(
            "population.recruitmentDays", \.population.recruitmentDays, "d", .assumed, "two years", 1...3650,
            isWhole: true),
    ]
}
