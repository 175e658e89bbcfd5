"""The same trial with the Python library eventsourcing: the peer of trough append and trough replay.

A patient is an aggregate, an event line one of its events. Events are stored with the library's PostgreSQL recorder, 10,000 lines
a commit as trough does, with all aggregates kept in memory so that none is ever read back to be appended to. They are
read through the library's notification log, turned into domain events by its mapper, and folded under the protocol
roblin-2020 into outcome lines, spelled as trough spells them, without findings. The lines are taken apart but not
validated.

usage: peer_eventsourcing.py append URL EVENTS.ndjson
       peer_eventsourcing.py replay URL OUTCOMES.ndjson
       peer_eventsourcing.py version

Prints {"events":N,"seconds":S,"peakMegabytes":M}; the clock starts after the imports.
"""

import json
import resource
import sys
import time
from collections import defaultdict
from datetime import datetime, timezone
from importlib.metadata import version
from platform import python_version
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from psycopg.conninfo import conninfo_to_dict

LINES_PER_COMMIT = 10_000
NOTIFICATIONS_PER_PAGE = 10_000


class Patient(Aggregate):
    """All that is known of one patient."""

    @event("Enrolled")
    def __init__(self, subject: str) -> None:
        self.subject = subject

    @staticmethod
    def create_id(subject: str) -> UUID:
        return uuid5(NAMESPACE_URL, "/patients/" + subject)

    @event("Recorded")
    def record(self, kind: str, when: str, source: str, name: str, data: dict) -> None:
        """Nothing is kept: what follows from the events is for the fold."""


class Trial(Application):
    """The study. No snapshots: a fold needs every event."""

    name = "trial"


def open_trial(url):
    place = conninfo_to_dict(url)
    return Trial(
        {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": place["dbname"],
            "POSTGRES_HOST": place["host"],
            "POSTGRES_PORT": str(place.get("port", 5432)),
            "POSTGRES_USER": place.get("user", "trough"),
            "POSTGRES_PASSWORD": "",
            # The faster of the library's two ways to insert, and the one that takes thousands of events at once.
            "POSTGRES_ENABLE_DB_FUNCTIONS": "yes",
        }
    )


def append(url, path):
    trial = open_trial(url)
    patients, touched, lines = {}, {}, 0
    with open(path, encoding="utf-8") as file:
        for line in file:
            fact = json.loads(line)
            subject = fact["subject"]
            patient = patients.get(subject)
            if patient is None:
                patient = patients[subject] = Patient(subject=subject)
            patient.record(fact["type"], fact["time"], fact["source"], fact["id"], fact["data"])
            touched[subject] = patient
            lines += 1
            if lines % LINES_PER_COMMIT == 0:
                trial.save(*touched.values())
                touched = {}
    if touched:
        trial.save(*touched.values())
    trial.close()
    return lines


def replay(url, path):
    trial = open_trial(url)
    subjects, histories, count, start = {}, defaultdict(list), 0, 1
    while True:
        page = trial.recorder.select_notifications(start, NOTIFICATIONS_PER_PAGE)
        if not page:
            break
        for stored in page:
            recorded = trial.mapper.to_domain_event(stored)
            if isinstance(recorded, Patient.Enrolled):
                subjects[recorded.originator_id] = recorded.subject
            else:
                count += 1
                histories[recorded.originator_id].append(
                    Fact(recorded.kind, recorded.when, recorded.source, recorded.name, recorded.data)
                )
        start = page[-1].id + 1
    trial.close()
    outcomes = []
    for identifier, subject in subjects.items():
        outcome = fold(subject, histories[identifier])
        if outcome is not None:
            outcomes.append(outcome)
    outcomes.sort(key=lambda outcome: outcome["subject"].encode())
    with open(path, "w", encoding="utf-8") as file:
        for outcome in outcomes:
            file.write(json.dumps(outcome, ensure_ascii=False, separators=(",", ":")) + "\n")
    return count


class Fact:
    """An event, with its instant in UTC and its place in the order of a patient's events."""

    __slots__ = ("kind", "instant", "source", "name", "data", "order")

    def __init__(self, kind, when, source, name, data):
        self.kind = kind
        self.instant = datetime.fromisoformat(when).astimezone(timezone.utc)
        self.source = source
        self.name = name
        self.data = data
        self.order = (self.instant, source.encode(), name.encode())


# By analyte the units in which it is sent: the unit it is compared in, and the factor.
LEVEL = {"ug/mL": ("ug/mL", 1.0), "mg/L": ("ug/mL", 1.0), "ng/mL": ("ug/mL", 0.001)}
ANTIBODIES = {
    "ng/mL": ("ng/mL", 1.0), "ug/L": ("ng/mL", 1.0), "ug/mL": ("ng/mL", 1000.0), "AU/mL": ("AU/mL", 1.0),
}
UNITS = {
    "infliximab": LEVEL, "adalimumab": LEVEL, "anti-infliximab": ANTIBODIES, "anti-adalimumab": ANTIBODIES,
    "calprotectin": {"ug/g": ("ug/g", 1.0), "mg/kg": ("ug/g", 1.0)},
    "crp": {"mg/L": ("mg/L", 1.0), "mg/dL": ("mg/L", 10.0)},
    "albumin": {"g/L": ("g/L", 1.0), "g/dL": ("g/L", 10.0)},
    "6-tgn": {"pmol/8e8RBC": ("pmol/8e8RBC", 1.0)},
}

HORIZON = 730

# The protocol roblin-2020. A criterion: name, disease, window in days, first day, conditions. A condition: what it looks at,
# and what must be true of a value, its comparator, the method and the unit.
ABOVE = {None: lambda value, limit: value > limit, ">": lambda value, limit: value >= limit}
AT_LEAST = {None: lambda value, limit: value >= limit, ">": lambda value, limit: value >= limit}
BELOW = {None: lambda value, limit: value < limit, "<": lambda value, limit: value <= limit}
CLINICAL = [
    ("crohn-activity", "CD", 28, 84, [
        (("score", "HBI", "total"), AT_LEAST, 5, None, None), (("assay", "calprotectin"), ABOVE, 250, None, None)]),
    ("colitis-activity", "UC", 0, 84, [
        (("score", "Mayo", "total"), ABOVE, 5, None, None), (("score", "Mayo", "endoscopy"), ABOVE, 1, None, None)]),
    ("adverse-event-stop", None, 0, 0, [(("adverse-event", "withdrawn"), None, None, None, None)]),
]
PHARMACOKINETIC = [
    ("drug-sensitive", None, 1, 14, [
        (("assay", "study-drug"), BELOW, 0.3, None, None),
        (("assay", "anti-study-drug"), ABOVE, 20, "drug-sensitive", "ng/mL")]),
    ("drug-tolerant", None, 0, 14, [
        (("assay", "anti-study-drug"), AT_LEAST, 10, "drug-tolerant", "AU/mL")]),
]
ENDPOINTS = {"clinical-failure": CLINICAL, "pharmacokinetic-failure": PHARMACOKINETIC}


def corrected(facts):
    """The facts with every correction applied; the latest correction of an event wins."""
    winners = {}
    for fact in facts:
        if fact.kind == "trough.correction.v1":
            target = (fact.data["corrects"]["source"], fact.data["corrects"]["id"])
            if target not in winners or winners[target].order < fact.order:
                winners[target] = fact
    result = []
    for fact in facts:
        if fact.kind == "trough.correction.v1":
            continue
        winner = winners.get((fact.source, fact.name))
        if winner is None:
            result.append(fact)
        elif winner.data["replacement"] is not None:
            new = winner.data["replacement"]
            result.append(Fact(new["type"], new["time"], fact.source, fact.name, new["data"]))
    result.sort(key=lambda fact: fact.order)
    return result


def observations(fact, drug):
    """What conditions see in a fact: what it is, value, comparator, method, unit."""
    data = fact.data
    if fact.kind == "trough.assay.v1":
        unit, factor = UNITS[data["analyte"]][data["unit"].replace("\u00b5", "u").replace("\u03bc", "u")]
        rest = (data["value"] * factor, data.get("comparator"), data.get("method"), unit)
        yield (("assay", data["analyte"]), *rest)
        if data["analyte"] == drug:
            yield (("assay", "study-drug"), *rest)
        elif data["analyte"] == "anti-" + drug:
            yield (("assay", "anti-study-drug"), *rest)
    elif fact.kind == "trough.score.v1":
        for item in ("total", "endoscopy"):
            if item in data:
                yield (("score", data["instrument"], item), data[item], None, None, None)
        for item, value in data.get("items", {}).items():
            yield (("score", data["instrument"], item), value, None, None, None)
    elif fact.kind == "trough.adverse-event.v1":
        yield (("adverse-event", data["action"]), None, None, None, None)


def satisfies(condition, value, comparator, method, unit):
    _, relation, limit, asked_method, asked_unit = condition
    if asked_method not in (None, method) or asked_unit not in (None, unit):
        return False
    if relation is None:
        return True
    test = relation.get(comparator)
    return test is not None and test(value, limit)


def first_failure(criteria, days):
    """The first day on which a criterion holds, its name and the evidence; None when none ever does."""
    latest = [[None] * len(criterion[4]) for criterion in criteria]
    for day, seen in days:
        met = [False] * len(criteria)
        for fact, (what, *rest) in seen:
            for number, (_, _, _, first, conditions) in enumerate(criteria):
                if day < first:
                    continue
                for place, condition in enumerate(conditions):
                    if condition[0] == what and satisfies(condition, *rest):
                        latest[number][place] = (day, fact)
                        met[number] = True
        for number, (name, _, window, _, _) in enumerate(criteria):
            if met[number] and all(last is not None and last[0] >= day - window for last in latest[number]):
                return day, name, [{"source": fact.source, "id": fact.name} for _, fact in latest[number]]
    return None


def fold(subject, facts):
    """A patient's outcome; None without randomisation."""
    facts = corrected(facts)
    randomisation = next((fact for fact in facts if fact.kind == "trough.randomisation.v1"), None)
    if randomisation is None:
        return None
    enrolment = next((fact for fact in facts if fact.kind == "trough.enrolment.v1"), None)
    disease = None if enrolment is None else enrolment.data["disease"]
    drug = randomisation.data["drug"]
    start = randomisation.instant.date().toordinal()

    days, limit, reason, last_contact = [], HORIZON, "horizon", 0
    ends = {"withdrawal": None, "completion": None}
    for fact in facts:
        day = fact.instant.date().toordinal() - start
        last_contact = max(last_contact, day)
        if day < 0:
            continue
        for end in ends:
            if ends[end] is None and fact.kind == f"trough.{end}.v1":
                ends[end] = day
        if not days or days[-1][0] != day:
            days.append((day, []))
        days[-1][1].extend((fact, seen) for seen in observations(fact, drug))
    for end, day in ends.items():
        if day is not None and day < limit:
            limit, reason = day, end

    outcomes = {}
    for endpoint, criteria in ENDPOINTS.items():
        failure = first_failure([one for one in criteria if one[1] in (None, disease)], days)
        if failure is not None and failure[0] <= limit:
            status, (day, cause, evidence) = "event", failure
        else:
            status, evidence = "censored", []
            day, cause = (last_contact, "last-contact") if last_contact < limit else (limit, reason)
        outcomes[endpoint] = {"status": status, "day": day, "cause": cause, "evidence": evidence}
    return {
        "subject": subject, "arm": randomisation.data["arm"], "disease": disease, "drug": drug, "outcomes": outcomes,
        "findings": [],
    }


def main():
    if sys.argv[1:] == ["version"]:
        print(f"Python {python_version()}, eventsourcing {version('eventsourcing')}, psycopg {version('psycopg')}")
        return
    work = {"append": append, "replay": replay}[sys.argv[1]]
    began = time.perf_counter()
    events = work(sys.argv[2], sys.argv[3])
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"events": events, "seconds": seconds, "peakMegabytes": peak}))


if __name__ == "__main__":
    main()
