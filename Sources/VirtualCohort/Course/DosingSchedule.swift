/// On which days which doses are given, as a scenario has it.
package struct DosingSchedule: Sendable {
    /// Doses of one drug.
    package struct Course: Sendable {
        /// The days of the doses, ascending.
        package let days: [Int]
        /// For each dose its amount: mg per kg of infliximab, mg of adalimumab.
        package let amounts: [Double]
        /// For each day the number of the dose, -1 where there is none.
        let doseOfDay: [Int]

        init(days: [Int], amount: (Int) -> Double) {
            self.days = days
            amounts = days.indices.map(amount)
            var doseOfDay = [Int](repeating: -1, count: VisitParameters.lastDay + 1)
            for (number, day) in days.enumerated() { doseOfDay[day] = number }
            self.doseOfDay = doseOfDay
        }

        /// The dose's day next to a day, the earlier of two that are equally near.
        func nearestDay(to day: Int) -> Int {
            days.min { abs($0 - day) < abs($1 - day) } ?? day
        }
    }

    /// Infusions: the induction, then at even intervals.
    package let infliximab: Course
    /// Injections at even intervals, of which the first two are larger.
    package let adalimumab: Course

    /// The schedule of a scenario up to the last day of follow-up, on which nothing is given any more.
    package init(_ scenario: Scenario) {
        let induction = InfliximabParameters.inductionDays
        let interval = max(1, Int(scenario.infliximab.intervalDays))
        let start = induction[induction.count - 1] + interval
        infliximab = Course(days: induction + Array(stride(from: start, to: VisitParameters.lastDay, by: interval))) {
            _ in scenario.infliximab.doseMgPerKg
        }
        let second = scenario.adalimumab
        adalimumab = Course(
            days: Array(stride(from: 0, to: VisitParameters.lastDay, by: max(1, Int(second.intervalDays))))
        ) { number in
            switch number {
            case 0: second.firstDoseMg
            case 1: second.secondDoseMg
            default: second.doseMg
            }
        }
    }
}
