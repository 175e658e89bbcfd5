import Trial

/// Spells the optional fields of a virtual patient's enrolment.
enum EnrolmentWriter {
    /// Appends the detail, its keys in the order of their bytes.
    static func append(
        _ group: PatientGroup, _ population: PopulationParameters, lane: Int, calendar: PatientCalendar,
        firstDrug: Drug, to arena: inout [UInt8]
    ) -> ByteRange {
        let (ageChance, durationChance) = group.streams.uniformPair(.ageAndDuration, 0, lane: lane)
        let normals = StandardNormal.quantile(Lanes(ageChance, durationChance, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5))
        let durationLogSD = PatientGroup.logSD(ofCV: population.diseaseDurationCV)
        let factors = Lanes.exp(normals * Lanes(population.ageLogSD, durationLogSD, 0, 0, 0, 0, 0, 0))
        let age = min(
            max(population.ageMedianYears * factors[0], PopulationParameters.ageYears.lower),
            PopulationParameters.ageYears.upper)
        let start = arena.count
        arena.append(text: "{\"albuminGPerL\":")
        append(tenths: group.albuminGPerL[lane], to: &arena)
        arena.append(text: ",\"birthYear\":")
        CanonicalJSON.append(whole: calendar.birthYear(age: Int(age)), to: &arena)
        arena.append(text: ",\"diseaseDurationYears\":")
        append(tenths: min(population.diseaseDurationMedianYears * factors[1], 60), to: &arena)
        arena.append(text: ",\"firstDrug\":\"")
        arena.append(text: firstDrug.name)
        arena.append(text: group.hlaCarrier[lane] ? "\",\"hlaDQA105\":true" : "\",\"hlaDQA105\":false")
        arena.append(text: ",\"weightKg\":")
        append(tenths: group.weightKg[lane], to: &arena)
        arena.append(text: "}")
        return ByteRange(from: start, to: arena.count)
    }

    /// Appends a number rounded to tenths, in the shortest spelling.
    private static func append(tenths value: Double, to arena: inout [UInt8]) {
        let tenths = Int((value * 10).rounded())
        CanonicalJSON.append(whole: tenths / 10, to: &arena)
        guard tenths % 10 != 0 else { return }
        arena.append(UInt8(ascii: "."))
        CanonicalJSON.append(whole: tenths % 10, to: &arena)
    }
}
