from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from tests.plan.demand_events import (
    COMMUNITY,
    HOME_CARE,
    NURSING,
    RESIDENTIAL,
    areas,
    event,
    frame,
    made_events,
)

from forethought.errors import DataError
from forethought.plan.demand import Panel, panel
from forethought.plan.demand.late import completeness, estimated
from forethought.plan.demand.panel import last_whole_month
from forethought.plan.demand.spells import OPEN, districts_of, known_events, support_spells
from forethought.plan.demand.vocabulary import PROFILES, SERVICES, weekly_cost

LAST = date(2024, 12, 1)
KNOWN = date(2024, 12, 31)


def six_people() -> pl.DataFrame:
    """Ada moves from home care to a home; Ben turns 65; Cy has two services; and so on."""
    home = {"service_type": COMMUNITY, "service_component": HOME_CARE}
    weekly = {"cost_frequency_unit_type": "Weekly", "planned_units_per_week": 1.0}
    hourly = {"cost_frequency_unit_type": "Hourly", "planned_units_per_week": 10.0}
    sessions = {"cost_frequency_unit_type": "Per session", "planned_units_per_week": 2.0}
    start = date(2022, 1, 1)
    ben = {
        "service_component": "Community supported living",
        "birth_month": date(1958, 3, 1),
        "primary_support_reason": "Learning disability support",
        "lsoa21": "B1",
        "cost_frequency_unit_type": "Monthly",
    }
    rows: list[tuple[str, date, date | None, dict[str, object]]] = [
        ("ada", date(2022, 2, 10), date(2022, 6, 30), {**home, **hourly, "unit_cost": 20.0}),
        ("ada", date(2022, 6, 1), None, {"service_type": RESIDENTIAL, **weekly, "unit_cost": 1e3}),
        ("ben", start, None, {"service_type": COMMUNITY, **ben, "unit_cost": 520.0}),
        (
            "cy",
            start,
            None,
            {
                "service_type": COMMUNITY,
                "service_component": "Day support",
                **sessions,
                "unit_cost": 50.0,
            },
        ),
        (
            "cy",
            start,
            None,
            {
                "service_type": COMMUNITY,
                "delivery_mechanism": "Direct payment",
                **weekly,
                "unit_cost": 300.0,
            },
        ),
        (
            "di",
            date(2022, 3, 1),
            date(2022, 3, 31),
            {"service_type": NURSING, **weekly, "unit_cost": 1200.0},
        ),
        ("ed", start, None, {"service_type": "Short term support: ST-Max", **weekly}),
        ("fay", start, None, {"client_type": "Unpaid carer", **home, **weekly}),
    ]
    services = [event(who, "Service", first, last, **fields) for who, first, last, fields in rows]
    return frame([event("ada", "Request", start), *services])


@pytest.fixture(scope="module")
def six() -> Panel:
    return panel(six_people(), areas(), known_by=KNOWN, last_month=LAST)


def count(of: Panel, month: date, service: str | None = None, name: str = "supported") -> float:
    cube = getattr(of, name)[..., of.months.index(month)]
    return float(cube[list(SERVICES).index(service)].sum() if service else cube.sum())


def test_a_person_with_two_services_counts_once_by_the_main_one(six: Panel) -> None:
    """Cy has a direct payment and day support; Ada in June has home care and a home."""
    assert count(six, date(2022, 5, 1), "direct_payment") == 1
    assert count(six, date(2022, 5, 1), "day") == 0
    assert count(six, date(2022, 6, 1), "residential") == 1
    assert count(six, date(2022, 6, 1), "home_care") == 0
    assert count(six, date(2022, 6, 1)) == 3


def test_short_term_support_and_carers_are_not_long_term_support(six: Panel) -> None:
    assert count(six, date(2022, 1, 1)) == 2  # Ben and Cy, not Ed nor Fay


def test_someone_who_ends_on_the_last_day_is_supported_on_it(six: Panel) -> None:
    """Di's last day is 31 March: counted that day, gone in April."""
    assert count(six, date(2022, 3, 1), "nursing") == 1
    assert count(six, date(2022, 4, 1), "nursing") == 0
    assert count(six, date(2022, 4, 1), "nursing", "ends") == 1


def test_a_move_between_services_is_a_start_and_an_end_but_nobody_new(six: Panel) -> None:
    june = date(2022, 6, 1)
    assert count(six, june, "residential", "starts") == 1
    assert count(six, june, "home_care", "ends") == 1
    assert count(six, june, name="new") == 0


def test_turning_65_moves_between_groups_without_a_start_or_an_end(six: Panel) -> None:
    """Ben's 65th birthday falls in March 2023."""
    at = six.months.index(date(2023, 3, 1))
    young, old = (
        PROFILES.index(("learning_disability", "18-64")),
        PROFILES.index(("older_people", "65-74")),
    )
    living = list(SERVICES).index("supported_living")
    assert six.supported[living, young, :, at].sum() == 0
    assert six.supported[living, old, :, at].sum() == 1
    assert six.ageing[living, young, :, at].sum() == -1
    assert six.starts[..., at].sum() == 0


def test_person_weeks_and_cost_are_counted_day_by_day(six: Panel) -> None:
    """Di: 31 days of 1,200 pounds a week. Cy: 300 + 2 sessions of 50 each week."""
    at = six.months.index(date(2022, 3, 1))
    nursing, direct = list(SERVICES).index("nursing"), list(SERVICES).index("direct_payment")
    assert six.person_weeks[nursing, ..., at].sum() == pytest.approx(31 / 7)
    assert six.cost_gbp[nursing, ..., at].sum() == pytest.approx(31 / 7 * 1200)
    assert six.cost_gbp[direct, ..., at].sum() == pytest.approx(31 / 7 * 400)


@pytest.mark.parametrize(
    ("frequency", "units", "expected"),
    [
        ("Hourly", 10.0, 1000.0),
        ("Weekly", None, 100.0),
        ("Fortnightly", 1.0, 50.0),
        ("4-weekly", 1.0, 25.0),
        ("Monthly", 1.0, 100 * 12 / 52),
        ("Quarterly", 1.0, 100 * 4 / 52),
        ("Annually", 1.0, 100 / 52),
        ("One-off", 1.0, 0.0),
        ("Hourly", None, None),
    ],
)
def test_weekly_cost_follows_the_official_rule(
    frequency: str, units: float | None, expected: float | None
) -> None:
    row = event("x", "Service", KNOWN, unit_cost=-100.0, cost_frequency_unit_type=frequency,
                planned_units_per_week=units)  # fmt: skip
    found = frame([row]).select(weekly_cost()).item()
    assert found == (None if expected is None else pytest.approx(expected))


def test_requests_within_four_days_of_the_last_are_one() -> None:
    days = [date(2022, 1, 3), date(2022, 1, 7), date(2022, 1, 12), date(2022, 3, 1)]
    rows = [event("ada", "Request", day, day) for day in days]
    rows.append(event("ada", "Service", date(2022, 3, 1), service_type=NURSING, unit_cost=1.0))
    found = panel(frame(rows), areas(), known_by=KNOWN, last_month=LAST)
    assert found.requests.sum(axis=(0, 1))[:3].tolist() == [2.0, 0.0, 1.0]


def test_stock_and_flow_agree_to_the_last_person() -> None:
    made = panel(
        made_events(months=48, last=LAST, seed=3), areas(), known_by=KNOWN, last_month=LAST
    )
    change = np.diff(made.supported, axis=-1)
    flow = (made.starts - made.ends + made.ageing)[..., 1:]
    assert np.abs(change - flow).max() == 0
    assert np.abs(made.ageing.sum(axis=1)).max() == 0


def test_the_panel_agrees_with_a_plain_count_of_people() -> None:
    """The slow, obvious way: who has an event on the last day of the month?"""
    events = made_events(months=30, last=LAST, seed=5)
    found = panel(events, areas(), known_by=KNOWN, last_month=LAST)
    for month in (found.months[0], found.months[17], LAST):
        day = pl.select(pl.lit(month).dt.month_end()).item()
        there = events.filter(
            (pl.col("event_type") == "Service")
            & (pl.col("event_start_date") <= day)
            & ((pl.col("event_end_date") >= day) | (pl.col("event_end_date") > KNOWN))
        )
        assert count(found, month) == there["person_id"].n_unique()


def test_row_order_and_repeated_rows_change_nothing() -> None:
    events = made_events(months=30, last=LAST, seed=6)
    again = pl.concat([events.reverse(), events.head(200)])
    first, second = (panel(e, areas(), known_by=KNOWN, last_month=LAST) for e in (events, again))
    assert (first.supported == second.supported).all()
    assert (first.requests == second.requests).all()
    assert np.abs(first.cost_gbp - second.cost_gbp).max() < 1e-6


def test_what_was_recorded_later_is_not_known() -> None:
    rows = [
        event("ada", "Service", date(2022, 1, 1), date(2022, 8, 31), service_type=NURSING),
        event(
            "ben", "Service", date(2022, 5, 1), service_type=NURSING, recorded_on=date(2022, 9, 1)
        ),
    ]
    known = known_events(frame(rows), known_by=date(2022, 6, 30))
    assert known["person_id"].to_list() == ["ada"]
    assert known["event_end_date"].to_list() == [None]  # the end lay ahead


def test_a_missing_years_row_of_continuing_support_is_bridged() -> None:
    kind = {"service_type": NURSING, "event_outcome": "Continuation of support or services"}
    rows = [
        event("ada", "Service", date(2021, 4, 1), date(2022, 3, 31), **kind),
        event("ada", "Service", date(2023, 4, 1), date(2024, 3, 31), **kind),
        event("ben", "Service", date(2021, 4, 1), date(2022, 3, 31), service_type=NURSING),
    ]
    lookup = districts_of(areas(), known_by=KNOWN)
    spells = support_spells(frame(rows), lookup, known_by=KNOWN).sort("person_id", "begins")
    ada = spells.filter(pl.col("person_id") == "ada")
    assert ada["stops"].to_list()[-1] == OPEN
    assert ada["new"].sum() == 1
    assert spells.filter(pl.col("person_id") == "ben")["stops"].to_list() == [date(2022, 4, 1)]


def test_late_months_are_estimated_and_stock_and_flow_still_agree() -> None:
    """Records come 10 days late on average: half of the last month's is still to come."""
    events = made_events(months=48, last=LAST, seed=8, late_days=20)
    whole = panel(events, areas(), known_by=date(2026, 1, 1), last_month=LAST)
    then = panel(events, areas(), known_by=KNOWN, last_month=LAST, districts=whole.districts)
    known = completeness(events, known_by=KNOWN, months=then.months)
    better = estimated(then, known)
    truth = whole.starts[..., -3:].sum()
    assert abs(better.starts[..., -3:].sum() - truth) < 0.5 * abs(
        then.starts[..., -3:].sum() - truth
    )
    assert LAST in known.provisional
    assert date(2024, 1, 1) not in known.provisional
    change = np.diff(better.supported, axis=-1)
    flow = (better.starts - better.ends + better.ageing)[..., 1:]
    assert np.abs(change - flow).max() < 1e-9


def test_too_short_a_history_and_no_support_are_refused() -> None:
    with pytest.raises(DataError, match="no long-term support"):
        panel(frame([event("ada", "Request", KNOWN)]), areas(), known_by=KNOWN, last_month=LAST)
    row = event("ada", "Service", date(2024, 6, 1), service_type=NURSING)
    with pytest.raises(DataError, match="span 7 months"):
        panel(frame([row]), areas(), known_by=KNOWN, last_month=LAST)


def test_a_panel_whose_shape_does_not_fit_its_labels_is_refused(six: Panel) -> None:
    with pytest.raises(DataError, match="does not fit"):
        replace(six, districts=(*six.districts, "D9"))


def test_the_frame_holds_every_person_and_request(six: Panel) -> None:
    rows = six.frame
    assert rows["supported"].sum() == six.supported.sum()
    assert rows["requests"].sum() == six.requests.sum() == 1


def test_the_last_whole_month_ends_on_or_before_the_day() -> None:
    assert last_whole_month(date(2026, 10, 31)) == date(2026, 10, 1)
    assert last_whole_month(date(2026, 10, 30)) == date(2026, 9, 1)
