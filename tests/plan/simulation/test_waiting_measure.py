"""The official waiting time against a slow reading of its rules; the lists; shares by group."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from tests.plan.simulation.answers import START, two_stages, uncertain_demand

import forethought as ft
from forethought.errors import DataError
from forethought.plan.simulation.equality import on_time_by_group, simulated_on_time_by_group
from forethought.plan.simulation.national_lists import lists_today, simulated_lists
from forethought.plan.simulation.pathway import Distribution, Target
from forethought.plan.simulation.waiting_measure import waiting_times

OUTCOMES = (
    "Progress to reablement/ST-Max", "Progress to assessment, review or reassessment",
    "Progress to support planning or services", "Continuation of support or services",
    "NFA: Support declined", "Admitted to hospital", None,
)  # fmt: skip
SERVICES = (
    "Long term support: Community", "Short term support: ST-Max",
    "Short term support: Ongoing low level", "Short term support: Other short term",
    "Unpaid carer support: Direct to unpaid carer",
)  # fmt: skip
TO_SERVICE = (OUTCOMES[0], OUTCOMES[2], OUTCOMES[3])


def event(person: str, kind: str, day: date, **more: Any) -> dict[str, Any]:
    row = {
        "person_id": person, "event_type": kind, "event_start_date": day, "event_end_date": day,
        "event_outcome": None, "client_type": "Service user", "assessment_type": None,
        "service_type": None, "birth_month": date(1940, 1, 1), "event_reference": 0,
    }  # fmt: skip
    return row | more


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, infer_schema_length=None).with_row_index("event_reference_new").drop(
        "event_reference"
    ).rename({"event_reference_new": "event_reference"})  # fmt: skip


def request(person: str, day: date, outcome: str | None = OUTCOMES[1]) -> dict[str, Any]:
    return event(person, "Request", day, event_outcome=outcome)


def assessment(person: str, day: date, outcome: str | None = OUTCOMES[2]) -> dict[str, Any]:
    return event(
        person, "Assessment", day, event_outcome=outcome, assessment_type="Long term assessment"
    )


def service(
    person: str, day: date, end: date | None = None, name: str = SERVICES[0]
) -> dict[str, Any]:
    return event(person, "Service", day, event_end_date=end, service_type=name)


def random_events(seed: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(150):
        born = date(int(rng.integers(1930, 2003)), int(rng.integers(1, 13)), 1)
        for _ in range(int(rng.integers(1, 8))):
            kind = str(rng.choice(["Request", "Assessment", "Service", "Review"]))
            day = date(2024, 1, 1) + timedelta(days=int(rng.integers(0, 500)))
            open_end = kind == "Service" and rng.random() < 0.4
            end = None if open_end else day + timedelta(days=int(rng.integers(0, 200)))
            rows.append(
                event(
                    f"p{number}", kind, day, event_end_date=end, birth_month=born,
                    event_outcome=OUTCOMES[int(rng.integers(0, len(OUTCOMES)))],
                    client_type="Service user" if rng.random() < 0.9 else "Unpaid carer",
                    assessment_type="Long term" if rng.random() < 0.8 else "Financial",
                    service_type=SERVICES[int(rng.integers(0, len(SERVICES)))],
                )
            )  # fmt: skip
    return frame(rows)


def age(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def months_before(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    for back in range(4):
        try:
            return date(index // 12, index % 12 + 1, day.day - back)
        except ValueError:
            continue
    raise AssertionError


def is_client(day: date, services: list[dict[str, Any]]) -> bool:
    for each in services:
        months = 12 if each["service_type"].startswith("Long") else 3
        counts = each["service_type"] in {SERVICES[0], SERVICES[1], SERVICES[3]}
        end = each["event_end_date"]
        lately = end is None or end >= months_before(day, months)
        if each["event_start_date"] < day and counts and lately:
            return True
    return False


def rank(row: dict[str, Any], services: list[dict[str, Any]]) -> int | None:
    """1 for a valid request, 2 for an assessment, 3 for a service; None: left out."""
    day, kind = row["event_start_date"], row["event_type"]
    valid = row["client_type"] == "Service user" and row["event_outcome"] in OUTCOMES[:4]
    if age(row["birth_month"], day) < 25:
        return None
    if kind == "Request" and valid and not is_client(day, services):
        return 1
    if kind == "Assessment" and row["assessment_type"] == "Long term":
        return 2
    if kind == "Service" and not row["service_type"].startswith("Unpaid"):
        return 3
    return None


def follow_up(kept: list[dict[str, Any]], place: int) -> tuple[int, int]:
    """Places of the response and of the service of a request; -1 for none."""
    kinds = [each["rank"] for each in kept]
    first, served = (
        next((n for n in range(place, len(kept)) if kinds[n] == kind), -1) for kind in (2, 3)
    )
    if served >= 0 and (first < 0 or first > served):
        return served, served
    last = first
    while first >= 0 and last + 1 < len(kept) and kinds[last + 1] == 2:
        last += 1
    block = kept[first : last + 1]
    led_on = first < 0 or any(each["event_outcome"] in TO_SERVICE for each in block)
    return first, served if led_on else -1


def slow_waits(events: pl.DataFrame) -> list[tuple[Any, ...]]:
    """The rules one by one, person by person."""
    found = []
    for _, part in events.group_by("person_id"):
        rows = list(part.iter_rows(named=True))
        services = [row for row in rows if row["event_type"] == "Service"]
        ranked = [row | {"rank": rank(row, services)} for row in rows]
        kept = [row for row in ranked if row["rank"] is not None]
        kept.sort(key=lambda r: (r["event_start_date"], r["rank"], -r["event_reference"]))
        before: list[tuple[int, int]] = []
        for place in [n for n, row in enumerate(kept) if row["rank"] == 1]:
            ends = follow_up(kept, place)
            overlaps = bool(before) and max(before[-1]) > place
            for now, which in zip(ends, (0, 1), strict=True):
                overlaps |= 0 <= now <= max([each[which] for each in before], default=-1)
            before.append(ends)
            if not overlaps:
                day = kept[place]["event_start_date"]
                days = [(kept[n]["event_start_date"] - day).days if n >= 0 else None for n in ends]
                found.append((day, *days))
    return sorted(found, key=str)


@pytest.mark.parametrize("seed", range(6))
def test_the_measure_is_what_a_slow_reading_of_its_rules_gives(seed: int) -> None:
    events = random_events(seed)
    found = waiting_times(events)
    ours = found.waits.select("request_on", "response_days", "service_days")
    assert sorted(ours.iter_rows(), key=str) == slow_waits(events)
    assert found.waits.height > 40


def test_waits_run_to_the_response_and_to_the_first_service() -> None:
    day = date(2026, 1, 5)
    found = waiting_times(
        frame(
            [
                request("a", day),
                assessment("a", date(2026, 1, 25)),
                service("a", date(2026, 4, 5)),
                request("b", day),
                service("b", date(2026, 1, 15)),
            ]
        )
    )
    rows = found.waits.sort("response_days").select("response_by", "response_days", "service_days")
    assert rows.rows() == [("Service", 10, 10), ("Assessment", 20, 90)]
    quarters = found.frame.filter(metric="first service")["quarter"].to_list()
    assert quarters == [date(2026, 1, 1), date(2026, 4, 1)]
    response = found.frame.filter(metric="first response").row(0, named=True)
    assert (response["median_days"], response["waits"]) == (15.0, 2)


def test_an_assessment_that_leads_nowhere_ends_the_wait_for_a_service() -> None:
    day = date(2026, 1, 5)
    nowhere = assessment("a", day, "NFA: Support declined")
    rows = [request("a", day), nowhere, service("a", date(2026, 3, 5))]
    assert waiting_times(frame(rows)).waits["service_days"].to_list() == [None]
    second = [*rows[:2], assessment("a", date(2026, 2, 1)), rows[2]]
    assert waiting_times(frame(second)).waits["service_days"].to_list() == [59]


@pytest.mark.parametrize(
    ("name", "ended", "is_new"),
    [
        ("Long term support: Community", date(2025, 1, 4), True),
        ("Long term support: Community", date(2025, 1, 5), False),
        ("Short term support: ST-Max", date(2025, 10, 4), True),
        ("Short term support: ST-Max", date(2025, 10, 5), False),
        ("Short term support: Ongoing low level", None, True),
    ],
)
def test_who_had_a_service_lately_is_no_new_client(
    name: str,
    ended: date | None,
    is_new: bool,  # noqa: FBT001
) -> None:
    rows = [service("a", date(2024, 1, 1), ended, name), request("a", date(2026, 1, 5))]
    found = waiting_times(frame([*rows, assessment("a", date(2026, 1, 9))]))
    assert found.waits.height == int(is_new)


def test_a_first_conversation_is_the_response_only_before_release_two() -> None:
    days = (date(2025, 6, 30), date(2025, 7, 1))
    rows = [request(f"p{n}", day) for n, day in enumerate(days)]
    rows += [assessment(f"p{n}", day + timedelta(days=9)) for n, day in enumerate(days)]
    events = frame(rows).with_columns(pl.lit(value=True).alias("talked"))
    found = waiting_times(events, conversation="talked")
    assert found.waits["response_days"].to_list() == [0, 9]


def test_columns_that_are_missing_are_named() -> None:
    with pytest.raises(DataError, match="event_outcome"):
        waiting_times(frame([request("a", date(2026, 1, 5))]).drop("event_outcome"))


def test_the_three_lists_of_a_simulation_are_its_stages() -> None:
    base = two_stages(30.0)
    late = {name: Target(28, 0.9) for name in ("urgent", "standard")}
    stages = (
        replace(base.stages[0], list_of="assessment"),
        replace(base.stages[1], list_of="review", target=late),
    )
    pathway = replace(base, stages=stages)
    run = ft.plan.simulate(
        pathway, uncertain_demand(), None, start=START, end=date(2026, 9, 1), replications=20,
        engine="cohort",
    )  # fmt: skip
    found = simulated_lists(run)
    assert found["list_of"].unique().sort().to_list() == ["assessment", "review"]
    mean = found.filter(list_of="assessment")["mean"].to_numpy()
    np.testing.assert_allclose(mean, run.series("waiting", "assessment").mean(axis=0))
    overdue = found.filter(list_of="review")["mean"].to_numpy()
    np.testing.assert_allclose(overdue, run.series("overdue", "planning").mean(axis=0))
    today = pl.DataFrame(
        {
            "stage": ["assessment", "assessment", "planning", "planning"],
            "work_class": ["urgent"] * 4,
            "waiting_days": [10, 200, 28, 29],
            "cases": [5, 2, 7, 3],
        }
    )
    rows = lists_today(pathway, today).rows()
    assert rows == [("assessment", 7, 2), ("care", 0, 0), ("review", 3, 0)]


def test_the_list_for_care_keeps_who_waits_for_it_after_the_work() -> None:
    base = two_stages(40.0)
    fortnight = {name: Distribution("fixed", 14.0) for name in ("urgent", "standard")}
    stages = (base.stages[0], replace(base.stages[1], list_of="care", delay=fortnight))
    pathway = replace(base, stages=stages)
    run = ft.plan.simulate(
        pathway, uncertain_demand(), None, start=START, end=date(2026, 7, 1), replications=20,
        engine="cohort",
    )  # fmt: skip
    found = simulated_lists(run)["mean"].to_numpy()
    both = run.series("waiting", "planning") + run.series("working", "planning")
    np.testing.assert_allclose(found, both.mean(axis=0))
    assert (found > run.series("waiting", "planning").mean(axis=0)).any()
    today = pl.DataFrame(
        {
            "stage": ["planning", "planning", "assessment"],
            "work_class": ["urgent"] * 3,
            "waiting_days": [3, 200, 9],
            "started": [False, True, True],
            "cases": [5, 2, 4],
        }
    )
    assert lists_today(pathway, today).row(1) == ("care", 7, 2)


def test_each_item_is_judged_by_its_own_due_day() -> None:
    day = date(2026, 1, 1)
    items = pl.DataFrame(
        {
            "due_on": [day + timedelta(days=n) for n in (7, 7, 21, 60)] + [None],
            "completed_on": [day + timedelta(days=n) for n in (7, 8, 8)] + [None, None],
            "group": ["a"] * 5,
        }
    )
    found = on_time_by_group(items, group="group", as_of=date(2026, 2, 1), until="completed")
    assert found.select("judged", "on_time").row(0) == (3, 2)  # two are not due yet or never


def test_work_still_within_its_limit_is_not_judged() -> None:
    day = date(2026, 1, 1)
    items = pl.DataFrame(
        {
            "received_on": [day] * 6,
            "started_on": [
                day + timedelta(days=28), day + timedelta(days=29), None, day, day, None,
            ],
            "ethnicity": ["a", "a", "a", "b", None, "b"],
        }
    )  # fmt: skip
    late = on_time_by_group(items, group="ethnicity", within_days=28, as_of=date(2026, 2, 1))
    rows = {r[0]: r[1:4] for r in late.iter_rows()}
    assert rows == {"a": (3, 1, 1 / 3), "b": (2, 1, 0.5), "Not known": (1, 1, 1.0)}
    assert late.filter(group="a")["gap"][0] == pytest.approx(1 / 3 - 2 / 3)
    early = on_time_by_group(items, group="ethnicity", within_days=28, as_of=date(2026, 1, 20))
    assert int(early["judged"].sum()) == 2


def test_groups_take_the_share_of_their_classes() -> None:
    base = two_stages(34.0)
    target = {"urgent": Target(5, 0.9), "standard": Target(28, 0.9)}
    pathway = replace(base, stages=(replace(base.stages[0], target=target), base.stages[1]))
    run = ft.plan.simulate(
        pathway, uncertain_demand(), None, start=START, end=date(2026, 12, 1), replications=20,
        engine="cohort",
    )  # fmt: skip
    mix = pl.DataFrame(
        {
            "stage": ["assessment"] * 3,
            "work_class": ["urgent", "standard", "standard"],
            "group": ["x", "x", "y"],
            "cases": [10, 0, 10],
        }
    )
    found = {row[1]: row for row in simulated_on_time_by_group(run, mix).iter_rows()}
    for group, name in (("x", "urgent"), ("y", "standard")):
        judged = run.series("judged", "assessment", work_class=name).sum(axis=1)
        kept = run.series("on_time", "assessment", work_class=name).sum(axis=1)
        assert found[group][2] == pytest.approx(judged.mean())
        assert found[group][3] == pytest.approx((kept / judged).mean())
