#!/usr/bin/env python3
"""Virtual patients by the model of Sources/VirtualCohort, in NumPy: the peer that SimulationBenchmark measures against.

The same equations, parameters and outcomes, written for speed: patients side by side in chunks that fit the caches, a
loop over days with no memory allocated in it, and propagators computed only for the days on which a patient's clearance
changes. What it does not make is events: the outcomes of the protocol roblin-2020 are taken from the visits' arrays.
Nor does it draw what only events show: the calendar, the items of scores, adverse events that stop nothing.

Prints one line of JSON: how many patients, in how many seconds, and survival at 24 months for each endpoint and arm.
The seconds do not contain the start of Python and the import of NumPy.
"""

import argparse
import json
import multiprocessing
import sys
import time

import numpy as np

LAST_DAY = 730
DAYS_PER_MONTH = 30.4375
DAYS_PER_YEAR = 365.25
INDUCTION_DAYS = [0, 14, 42]
WEIGHT_KG = (42.0, 125.0)
ALBUMIN_G_PER_L = (28.0, 50.0)
AGE_YEARS = (18.0, 75.0)
EXPOSURE = (-0.6, 1.2)
HLA_SHARE = 0.40

# The protocol roblin-2020.
CLINICAL_FROM, CLINICAL_WITHIN, PK_FROM = 84, 28, 14
HBI_LEAST, CALPROTECTIN_ABOVE, MAYO_ABOVE, ENDOSCOPY_ABOVE = 5, 250, 5, 1
LEVEL_BELOW, SENSITIVE_ABOVE, TOLERANT_LEAST = 0.3, 20.0, 10.0


class Group:
    """The values of one group of a scenario, by name."""


def read_scenario(path):
    """Reads a scenario as trough prints it: groups of `key: value  # comment`, and the list of arms."""
    scenario, group = Group(), None
    scenario.arms = []
    for line in sys.stdin if path == "-" else open(path, encoding="utf-8"):
        text = line.split("  #")[0].rstrip()
        indented = text.startswith(" ")
        text = text.strip()
        if not text or text.startswith("#"):
            continue
        if text.startswith("- {"):
            pairs = dict(pair.split(": ") for pair in text[3:-1].split(", "))
            name = pairs["name"]
            arm = Group()
            arm.name = json.loads(name) if name.startswith('"') else name
            arm.azathioprine = pairs["azathioprine"] == "true"
            arm.share = float(pairs["share"])
            arm.infliximabShare = float(pairs["infliximabShare"]) if "infliximabShare" in pairs else None
            scenario.arms.append(arm)
        elif not indented:
            key, _, value = text.partition(":")
            if key != "arms" and not value:
                group = Group()
                setattr(scenario, key, group)
        else:
            key, _, value = text.partition(": ")
            number = value == "true" if value in ("true", "false") else json.loads(value)
            setattr(group, key, number)
    return scenario


def log_sd(variation):
    """The standard deviation of the logarithm of a log-normal variable with this coefficient of variation."""
    return np.sqrt(np.log(1 + variation * variation))


def middle_and_half_gap(k10, k12, k21):
    """The mean of the magnitudes of the two eigenvalues, and half of their distance."""
    difference = (k10 + k12 - k21) * 0.5
    return (k10 + k12 + k21) * 0.5, np.sqrt(difference * difference + k12 * k21)


def propagator(k10, k12, k21):
    """The exact change of (central, second) over a day, as the elements xx, xy, yx, yy of a matrix."""
    middle, half_gap = middle_and_half_gap(k10, k12, k21)
    fast_rate = middle + half_gap
    slow, fast = np.exp(-(k10 * k21 / fast_rate)), np.exp(-fast_rate)
    cosine = (slow + fast) * 0.5
    narrow = half_gap < 1e-3
    if narrow.any():
        square = half_gap * half_gap
        series = cosine * (square / 6 + 1) / (square * 0.5 + 1)
        sine = np.where(narrow, series, (slow - fast) / np.where(narrow, 1, 2 * half_gap))
    else:
        sine = (slow - fast) / (2 * half_gap)
    excess = (k21 - k10 - k12) * (sine * 0.5)
    return cosine + excess, sine * k21, sine * k12, cosine - excess


def after_infusion(k10, k12, k21, duration):
    """What of a unit is in the two compartments at the end of the day that began with its infusion."""
    middle, half_gap = middle_and_half_gap(k10, k12, k21)
    fast_rate = middle + half_gap
    slow_rate = k10 * k21 / fast_rate
    slow, fast = (
        np.exp(rate * (duration - 1)) * -np.expm1(-rate * duration) / (rate * duration)
        for rate in (slow_rate, fast_rate)
    )
    sine = (slow - fast) / (2 * half_gap)
    return (slow + fast) * 0.5 + sine * (k21 - k10 - k12) * 0.5, sine * k12


def clip(values, lower, upper):
    """Limits an array in place."""
    return np.clip(values, lower, upper, out=values)


class Cohort:
    """Makes chunks of patients, and counts their outcomes by arm, endpoint and day."""

    def __init__(self, scenario, seed, chunk):
        self.scenario, self.chunk = scenario, chunk
        self.random = np.random.Generator(np.random.Philox(seed))
        # By arm, endpoint, whether it is a failure, and day.
        self.counts = np.zeros((len(scenario.arms), 2, 2, LAST_DAY + 1), dtype=np.int64)
        self.arm_bounds = np.cumsum([arm.share for arm in scenario.arms])[:-1]
        self.takes_azathioprine = np.array([arm.azathioprine for arm in scenario.arms])
        common = scenario.population.infliximabShare
        self.infliximab_shares = np.array(
            [common if arm.infliximabShare is None else arm.infliximabShare for arm in scenario.arms])
        interval = int(scenario.infliximab.intervalDays)
        later = range(INDUCTION_DAYS[-1] + interval, LAST_DAY, interval)
        self.infusion_days = np.array(INDUCTION_DAYS + list(later))
        self.injection_days = np.arange(0, LAST_DAY, int(scenario.adalimumab.intervalDays))
        self.injections_mg = np.full(len(self.injection_days), scenario.adalimumab.doseMg)
        self.injections_mg[:2] = [scenario.adalimumab.firstDoseMg, scenario.adalimumab.secondDoseMg]
        self.visit_days = np.array(scenario.visits.days)
        self.trough_days = [
            days[np.abs(days[:, None] - self.visit_days).argmin(axis=0)]
            for days in (self.infusion_days, self.injection_days)
        ]
        # Memory of the daily loop, kept from chunk to chunk.
        self.levels = np.zeros((LAST_DAY + 1, chunk))
        self.inflammation = np.zeros((LAST_DAY + 1, chunk))

    def run(self, patients):
        """Makes so many patients."""
        for first in range(0, patients, self.chunk):
            count = min(self.chunk, patients - first)
            self.draw(first, count)
            self.follow()
            self.visit()

    def draw(self, first, count):
        """Draws patients; those on infliximab come first, so that each drug's patients are a slice."""
        random, scenario = self.random, self.scenario
        population = scenario.population
        self.count = count
        # Every arm gets its share of each stretch of patients.
        place = (np.arange(first, first + count) * 0.6180339887498949) % 1.0
        arms = np.searchsorted(self.arm_bounds, place, side="right")
        gets_infliximab = random.random(count) < self.infliximab_shares[arms]
        self.arms = np.concatenate([arms[gets_infliximab], arms[~gets_infliximab]])
        on_infliximab = np.count_nonzero(gets_infliximab)
        self.infliximab, self.adalimumab = slice(0, on_infliximab), slice(on_infliximab, count)
        self.azathioprine = self.takes_azathioprine[self.arms]
        self.crohn = random.random(count) < population.crohnShare
        self.female = random.random(count) < population.femaleShare
        self.carrier = random.random(count) < population.hlaCarrierShare
        normal = random.standard_normal((11, count))
        self.weight = clip(population.weightMedianKg * np.exp(population.weightLogSD * normal[0]), *WEIGHT_KG)
        self.albumin = clip(population.albuminMeanGPerL + population.albuminSDGPerL * normal[1], *ALBUMIN_G_PER_L)
        self.age = clip(population.ageMedianYears * np.exp(population.ageLogSD * normal[2]), *AGE_YEARS)
        self.duration = np.minimum(
            population.diseaseDurationMedianYears * np.exp(log_sd(population.diseaseDurationCV) * normal[3]), 60)
        self.draw_kinetics(normal[4], normal[5], normal[6])
        markers = scenario.markers
        self.calprotectin_deviation = markers.calprotectinPatientLogSD * normal[7]
        self.severity_deviation = markers.severityPatientSD * normal[8]
        self.crp_deviation = markers.crpPatientLogSD * normal[9]
        inflammation = scenario.inflammation
        self.half_effect = np.exp(inflammation.halfEffectLogSD * normal[10])
        self.half_effect[self.infliximab] *= inflammation.halfEffectInfliximabUgPerML
        self.half_effect[self.adalimumab] *= inflammation.halfEffectAdalimumabUgPerML
        self.draw_antibodies(random.standard_normal(count))
        self.draw_retention()

    def draw_kinetics(self, clearance_z, volume_z, absorption_z):
        """Clearance, volume and rates without antibodies."""
        first, second = self.scenario.infliximab, self.scenario.adalimumab
        self.clearance, self.volume = np.empty(self.count), np.empty(self.count)
        self.k12, self.k21 = np.zeros(self.count), np.empty(self.count)
        part = self.infliximab
        female = self.female[part]
        self.clearance[part] = (
            first.clearanceLPerDay
            * np.exp(log_sd(first.clearanceCV) * clearance_z[part])
            * (self.albumin[part] / first.albuminReferenceGPerL) ** first.albuminExponent
            * np.where(female, first.femaleClearanceFactor, 1)
            * np.where(self.crohn[part] & self.azathioprine[part], first.azathioprineCrohnClearanceFactor, 1)
        )
        self.volume[part] = (
            first.centralVolumeL
            * np.exp(log_sd(first.centralVolumeCV) * volume_z[part])
            * (self.weight[part] / first.weightReferenceKg) ** first.weightVolumeExponent
            * np.where(female, first.femaleVolumeFactor, 1)
        )
        self.k12[part] = first.exchangeLPerDay / self.volume[part]
        self.k21[part] = first.exchangeLPerDay / first.peripheralVolumeL
        part = self.adalimumab
        self.clearance[part] = (
            second.clearanceLPerDay
            * np.exp(log_sd(second.clearanceCV) * clearance_z[part])
            * (self.weight[part] / second.weightReferenceKg) ** second.weightExponent
            * (self.albumin[part] / second.albuminReferenceGPerL) ** second.albuminExponent
        )
        self.volume[part] = second.volumeL * np.exp(log_sd(second.volumeCV) * volume_z[part])
        self.k21[part] = second.absorptionPerDay * np.exp(log_sd(second.absorptionCV) * absorption_z[part])
        self.k10 = self.clearance / self.volume

    def draw_antibodies(self, peak_z):
        """The day of the first antibodies, infinite where there are none, and the plateau of the titre."""
        random, immunity = self.random, self.scenario.immunogenicity
        self.plateau = np.maximum(
            immunity.plateauMedianNgPerML * np.exp(immunity.plateauLogSD * peak_z), immunity.firstTitreNgPerML * 1.001)
        self.ratio = self.plateau / immunity.firstTitreNgPerML - 1
        typical, self.doubling = np.empty(self.count), np.empty(self.count)
        typical[self.infliximab] = immunity.typicalInfliximabClearanceLPerDay
        typical[self.adalimumab] = immunity.typicalAdalimumabClearanceLPerDay
        self.doubling[self.infliximab] = immunity.doublingTitreInfliximabNgPerML
        self.doubling[self.adalimumab] = immunity.doublingTitreAdalimumabNgPerML
        mean = 1 + HLA_SHARE * (immunity.hlaHazardRatio - 1)
        hazard = (
            np.exp(immunity.exposureSlope * clip(self.clearance / typical - 1, *EXPOSURE))
            * np.where(self.carrier, immunity.hlaHazardRatio / mean, 1 / mean)
            * np.where(self.azathioprine, immunity.azathioprineHazardRatio, 1)
        )
        time = immunity.lagDays + immunity.onsetScaleDays * (
            random.standard_exponential(self.count) / hazard) ** (1 / immunity.onsetShape)
        share = np.where(self.azathioprine, immunity.azathioprineSusceptibleShare, immunity.susceptibleShare)
        self.onset = np.where(random.random(self.count) < share, np.ceil(np.minimum(time, 1e9)), np.inf)

    def draw_retention(self):
        """The days of stops by adverse events and of withdrawals, infinite where there are none."""
        random, retention = self.random, self.scenario.retention
        rate = np.where(
            self.azathioprine, retention.azathioprineAdverseEventStopsPerMonth,
            retention.adverseEventStopsPerMonth) / DAYS_PER_MONTH
        with np.errstate(divide="ignore"):
            self.adverse_event = np.floor(random.standard_exponential(self.count) / rate) + 1
            leave = random.standard_exponential(self.count) / np.float64(retention.dropOutsPerYear / DAYS_PER_YEAR)
        self.withdrawal = np.floor(leave) + 1
        of_azathioprine = self.azathioprine & (random.random(self.count) < retention.azathioprineStopShare)
        self.stop = np.where(of_azathioprine, np.inf, self.adverse_event)

    def titre(self, days_since_onset, plateau, ratio):
        """The logistic curve of antibodies; 0 before the first."""
        growth = self.scenario.immunogenicity.growthPerDay
        value = plateau / (1 + ratio * np.exp(np.minimum(days_since_onset * -growth, 700)))
        return np.where(days_since_onset >= 0, value, 0)

    def clearance_changes(self):
        """For each day the patients whose clearance is another than the day before, and their propagators."""
        immunity = self.scenario.immunogenicity
        with_antibodies = np.flatnonzero(self.onset < LAST_DAY)
        first = self.onset[with_antibodies].astype(np.int64)
        ratio = self.ratio[with_antibodies]
        to_plateau = np.maximum(np.log(ratio * 1e6), 0) / immunity.growthPerDay
        last = np.minimum(first + np.minimum(to_plateau, 1e6).astype(np.int64) + 1, LAST_DAY - 1)
        length = last - first + 1
        start = np.cumsum(length) - length
        since = np.arange(length.sum()) - np.repeat(start, length)
        day = (np.repeat(first, length) + since).astype(np.int16)
        # In the order of days, so that a day's changes are a slice; of 16 bits, numbers are sorted by radix.
        order = np.argsort(day, kind="stable")
        patient = np.repeat(with_antibodies, length)[order]
        since = since[order]
        growth = np.exp(np.arange(LAST_DAY + 1) * -immunity.growthPerDay)
        titre = self.plateau[patient] / (1 + self.ratio[patient] * growth[since])
        factor = 1 + (titre / self.doubling[patient]) ** immunity.clearanceExponent
        values = propagator(self.k10[patient] * factor, self.k12[patient], self.k21[patient])
        bounds = np.zeros(LAST_DAY + 2, dtype=np.int64)
        np.cumsum(np.bincount(day, minlength=LAST_DAY + 1), out=bounds[1:])
        return patient, values, bounds.tolist()

    def infusions(self):
        """For each infusion what of it is in the two compartments at the end of its day."""
        immunity, drug = self.scenario.immunogenicity, self.scenario.infliximab
        part, duration = self.infliximab, drug.infusionHours / 24
        dose = drug.doseMgPerKg * self.weight[part]
        k10, k12, k21 = self.k10[part], self.k12[part], self.k21[part]
        untouched = np.array(after_infusion(k10, k12, k21, duration))
        infused = {}
        for day in self.infusion_days.tolist():
            share = untouched
            touched = np.flatnonzero(self.onset[part] <= day)
            if len(touched):
                titre = self.titre(day - self.onset[touched], self.plateau[touched], self.ratio[touched])
                factor = 1 + (titre / self.doubling[touched]) ** immunity.clearanceExponent
                share = untouched.copy()
                share[:, touched] = after_infusion(k10[touched] * factor, k12[touched], k21[touched], duration)
            infused[day] = share * np.where(self.stop[part] > day, dose, 0)
        return infused

    def follow(self):
        """Follows drug and inflammation from day to day."""
        inflammation = self.scenario.inflammation
        changed, values, bounds = self.clearance_changes()
        infused = self.infusions()
        injected = dict(zip(self.injection_days.tolist(), self.injections_mg.tolist()))
        xx, xy, yx, yy = propagator(self.k10, self.k12, self.k21)
        # Columns of the matrix, so that a day's step is two products and a sum for both compartments.
        from_central, from_second = np.array([xx, yx]), np.array([xy, yy])
        (xx, yx), (xy, yy) = from_central, from_second
        new_xx, new_xy, new_yx, new_yy = values
        amounts, moved = np.zeros((2, self.count)), np.zeros((2, self.count))
        central, second = amounts
        per_volume, half_effect = 1 / self.volume, self.half_effect
        # D0 (1 - E C / (EC50 + C)) as D0 (1 - E) + D0 E EC50 / (EC50 + C), which is an operation less.
        untreated = np.where(self.azathioprine, inflammation.azathioprineFactor, 1.0)
        resistant = untreated * (1 - inflammation.greatestEffect)
        responsive = untreated * inflammation.greatestEffect * half_effect
        healing, returning = np.exp(-inflammation.healingPerDay), np.exp(-inflammation.returnPerDay)
        # Whichever rate is to be taken gives the greater product with the distance, or always the smaller.
        choose = np.maximum if healing >= returning else np.minimum
        target, distance, healed = (np.empty(self.count) for _ in range(3))
        levels, inflammations = self.levels[:, : self.count], self.inflammation[:, : self.count]
        disease = inflammations[0]
        disease[:] = 1
        ifx, adl = self.infliximab, self.adalimumab
        depot, stop = second[adl], self.stop[adl]
        for day in range(LAST_DAY):
            lower, upper = bounds[day], bounds[day + 1]
            if upper > lower:
                patient = changed[lower:upper]
                xx[patient] = new_xx[lower:upper]
                xy[patient] = new_xy[lower:upper]
                yx[patient] = new_yx[lower:upper]
                yy[patient] = new_yy[lower:upper]
            if day in injected:
                depot += injected[day] * (stop > day)
            np.multiply(from_central, central, out=moved)
            np.multiply(from_second, second, out=amounts)
            amounts += moved
            if day in infused:
                amounts[:, ifx] += infused[day]
            level = np.multiply(central, per_volume, out=levels[day + 1])
            np.add(half_effect, level, out=target)
            np.divide(responsive, target, out=target)
            np.add(resistant, target, out=target)
            np.subtract(disease, target, out=distance)
            np.multiply(distance, healing, out=healed)
            np.multiply(distance, returning, out=distance)
            choose(distance, healed, out=distance)
            disease = np.add(target, distance, out=inflammations[day + 1])

    def visit(self):
        """What is found at the visits, all of them at once, and the outcomes."""
        random, scenario = self.random, self.scenario
        markers, assays, visits = scenario.markers, scenario.assays, scenario.visits
        shape = (len(self.visit_days), self.count)
        patient = np.arange(self.count)
        window = random.integers(-int(visits.windowDays), int(visits.windowDays) + 1, shape)
        day = np.clip(self.visit_days[:, None] + window, 1, LAST_DAY)
        attended = (random.random(shape) >= visits.missedShare) & (day < self.withdrawal)
        stool_day = np.maximum(day - random.integers(0, int(visits.stoolDays) + 1, shape), 0)
        normal = random.standard_normal((7,) + shape)
        inflammation = self.inflammation[day, patient]
        calprotectin = np.rint(
            markers.calprotectinBaseUgPerG
            * np.exp(
                markers.calprotectinSlope * self.inflammation[stool_day, patient]
                + self.calprotectin_deviation
                + log_sd(markers.calprotectinVisitCV) * normal[0]
            )
        )
        severity = inflammation + self.severity_deviation + markers.severityVisitSD * normal[1]
        hbi = clip(np.rint(severity * markers.hbiSlope + markers.hbiBase), 0, 100)
        mayo = clip(np.rint(severity * markers.mayoSlope + markers.mayoBase), 0, 12)
        endoscopic = inflammation + markers.severityVisitSD * normal[2]
        endoscopy = clip(np.floor(endoscopic * markers.endoscopySlope + markers.endoscopyBase), 0, 3)
        mayo = np.minimum(np.maximum(mayo, endoscopy), endoscopy + 9)
        crp_log = markers.crpSlope * inflammation + self.crp_deviation + markers.crpVisitLogSD * normal[3]
        crp = np.rint(markers.crpBaseMgPerL * np.exp(crp_log) * 10) / 10
        thioguanine = np.rint(markers.thioguanineMedianPmol * np.exp(log_sd(markers.thioguanineCV) * normal[4]))

        # A trough, drawn before the dose next to the planned visit; at the visit where the drug is no longer given.
        trough = np.empty(shape, dtype=np.int64)
        trough[:, self.infliximab] = self.trough_days[0][:, None]
        trough[:, self.adalimumab] = self.trough_days[1][:, None]
        blood_day = np.where(trough < self.stop, trough, day)
        level = self.levels[blood_day, patient]
        titre = self.titre(blood_day - self.onset, self.plateau, self.ratio)
        antibody_sd = log_sd(assays.antibodyCV)
        sensitive = titre / (level / assays.maskingLevelUgPerML + 1) * np.exp(antibody_sd * normal[5])
        tolerant = titre * assays.tolerantUnitsPerNg * np.exp(antibody_sd * normal[6])
        level *= np.exp(log_sd(assays.levelCV) * random.standard_normal(shape))
        level = clip(np.rint(level * 100) / 100, assays.levelLowerUgPerML, assays.levelUpperUgPerML)
        sensitive = clip(np.rint(sensitive * 10) / 10, assays.sensitiveLowerNgPerML, assays.sensitiveUpperNgPerML)
        tolerant = clip(np.rint(tolerant * 10) / 10, assays.tolerantLowerAUPerML, assays.tolerantUpperAUPerML)
        self.findings = (calprotectin, crp, hbi, mayo, endoscopy, level, sensitive, tolerant, thioguanine)

        crohn_failure = (hbi >= HBI_LEAST) & (calprotectin > CALPROTECTIN_ABOVE) & (stool_day >= CLINICAL_FROM)
        colitis_failure = (mayo > MAYO_ABOVE) & (endoscopy > ENDOSCOPY_ABOVE)
        failed = attended & (day >= CLINICAL_FROM) & np.where(self.crohn, crohn_failure, colitis_failure)
        stopped = np.where(self.adverse_event < self.withdrawal, self.adverse_event, np.inf)
        self.count_outcomes(0, np.minimum(np.where(failed, day, np.inf).min(axis=0), stopped))
        # A value at a limit of quantification is reported as lying beyond it.
        is_low = (level < LEVEL_BELOW) | (level <= min(assays.levelLowerUgPerML, LEVEL_BELOW))
        has_sensitive = (sensitive > SENSITIVE_ABOVE) & (sensitive > assays.sensitiveLowerNgPerML)
        has_tolerant = (tolerant >= TOLERANT_LEAST) & (tolerant > assays.tolerantLowerAUPerML)
        is_sampled = attended & (blood_day >= PK_FROM) & (blood_day < self.withdrawal)
        failed = is_sampled & ((is_low & has_sensitive) | has_tolerant)
        self.count_outcomes(1, np.where(failed, blood_day, np.inf).min(axis=0))

    def count_outcomes(self, endpoint, failure_day):
        """Counts each patient's failure, or the end of follow-up without one."""
        end = np.minimum(self.withdrawal, LAST_DAY)
        is_failure = failure_day <= end
        day = np.minimum(failure_day, end).astype(np.int64)
        arms, days = self.counts.shape[0], LAST_DAY + 1
        place = (self.arms * 2 + is_failure) * days + day
        self.counts[:, endpoint] += np.bincount(place, minlength=arms * 2 * days).reshape(arms, 2, days)


def survival(censored, failures):
    """The Kaplan-Meier estimate on the last day, from counts by day."""
    ended = censored + failures
    at_risk = np.cumsum(ended[::-1])[::-1]
    return float(np.prod(1 - failures / np.maximum(at_risk, 1)))


def made(job):
    """The counts of one process's share of patients."""
    scenario, seed, chunk, patients = job
    cohort = Cohort(scenario, seed, chunk)
    cohort.run(patients)
    return cohort.counts


def check(scenario):
    """Refuses what the outcomes, taken visit by visit, would not be right for."""
    visits = scenario.visits
    late = [day for day in visits.days if day + visits.windowDays >= CLINICAL_FROM]
    gap = min(np.diff(late), default=LAST_DAY)
    if gap <= CLINICAL_WITHIN + 2 * visits.windowDays + visits.stoolDays:
        sys.exit("Visits are so near each other that a score and a stool sample of two visits could fit together.")
    if scenario.retention.stopAfterFailure:
        sys.exit("retention.stopAfterFailure is true; only scenarios without such stops can be made.")


def main():
    parser = argparse.ArgumentParser(description="Makes virtual patients with NumPy and prints survival as JSON.")
    parser.add_argument("--scenario", required=True, metavar="FILE", help="the scenario, as \"trough scenario show\" "
                        "prints it; - for standard input")
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--processes", type=int, default=1, help="how many share the patients")
    parser.add_argument("--chunk", type=int, default=8192, help="the patients that are made side by side")
    arguments = parser.parse_args()
    scenario = read_scenario(arguments.scenario)
    check(scenario)
    seeds = np.random.SeedSequence(arguments.seed).spawn(arguments.processes)
    bounds = [arguments.patients * part // arguments.processes for part in range(arguments.processes + 1)]
    jobs = [
        (scenario, seed, arguments.chunk, upper - lower) for seed, lower, upper in zip(seeds, bounds, bounds[1:])
    ]
    start = time.perf_counter()
    if arguments.processes == 1:
        parts = [made(jobs[0])]
    else:
        with multiprocessing.Pool(arguments.processes) as pool:
            parts = pool.map(made, jobs, chunksize=1)
    seconds = time.perf_counter() - start
    counts = sum(parts)
    figures = {
        endpoint: {arm.name: survival(*counts[row, column]) for row, arm in enumerate(scenario.arms)}
        for column, endpoint in enumerate(("clinical-failure", "pharmacokinetic-failure"))
    }
    print(json.dumps({
        "patients": int(counts[:, 0].sum()), "seconds": seconds,
        "patientsPerSecond": arguments.patients / seconds, "survival": figures, "numpy": np.__version__,
    }))


if __name__ == "__main__":
    main()
