from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forethought.county.county import County
from forethought.county.days import NEVER, number
from forethought.county.packages import FACTORS
from forethought.county.queues import fifo
from forethought.county.services import service_rows
from forethought.county.teams import first_monday, mondays
from forethought.county.work import DOLS_AFTER_BREAK, LEGAL_BREAK, work


def test_support_ends_on_or_after_its_start_and_with_the_life(county: County) -> None:
    rows, people = county.supported.segments, county.people
    assert (rows["end"] >= rows["start"]).all()
    assert (rows["start"] >= rows["entered"]).all()
    gone = np.minimum(people.died, people.left)[rows["person"]]
    assert (np.minimum(rows["end"], county.last_day) <= gone).all()
    assert ((rows["end"] == NEVER) == (rows["reason"] == 0)).all()


def test_nobody_has_two_packages_at_once(county: County) -> None:
    rows = county.supported.segments
    order = np.lexsort((rows["start"], rows["person"]))
    same = rows["person"][order][1:] == rows["person"][order][:-1]
    assert (rows["start"][order][1:][same] > rows["end"][order][:-1][same]).all()


def test_rows_of_the_case_system_cover_each_package_once(county: County) -> None:
    whole, rows = county.supported.segments, service_rows(county)
    days = np.minimum(rows["end"], county.last_day) - rows["start"] + 1
    covered = np.bincount(rows["segment"], days)
    assert (covered == np.minimum(whole["end"], county.last_day) - whole["start"] + 1).all()


def test_requests_come_from_people_who_live_here(county: County) -> None:
    asked, people = county.asked, county.people
    assert (asked.day >= people.arrived[asked.person]).all()
    assert (asked.day < np.minimum(people.died, people.left)[asked.person]).all()


def test_assessment_follows_request_and_support_follows_assessment(county: County) -> None:
    done = county.assessed
    assert (done.asked >= county.asked.day[done.request]).all()
    assert (done.done >= done.asked).all()
    begun = done.starts < NEVER
    assert (done.starts[begun] > done.done[begun]).all()
    assert done.eligible[begun].all()


def per_day(days: np.ndarray, first: date, last: date) -> float:
    inside = (days >= number(first)) & (days < number(last))
    return float(inside.sum()) / (number(last) - number(first))


def test_the_recording_change_halves_requests_and_the_need_behind_them_stays(
    county: County,
) -> None:
    asked = county.asked
    spans = (date(2018, 10, 1), date(2019, 10, 1)), (date(2022, 10, 1), date(2023, 10, 1))
    before, after = (per_day(asked.day, *span) for span in spans)
    real_before, real_after = (per_day(asked.day[~asked.is_repeat], *span) for span in spans)
    assert 1.7 < before / after < 2.2
    assert real_before / real_after == pytest.approx(0.9, abs=0.12)
    assert asked.day[asked.is_repeat].max() < number(date(2021, 4, 1))


def test_the_first_wave_keeps_people_from_asking(county: County) -> None:
    real = county.asked.day[~county.asked.is_repeat]
    wave = per_day(real, date(2020, 4, 1), date(2020, 6, 1))
    years = [per_day(real, date(y, 4, 1), date(y, 6, 1)) for y in (2017, 2018, 2019)]
    assert wave / np.mean(years) == pytest.approx(0.71, abs=0.12)


def test_the_legal_break_halves_applications(county: County) -> None:
    items = work(county).items
    days = items.filter(stage="dols")["received_on"].cast(int).to_numpy()
    after = per_day(days, LEGAL_BREAK, date(2026, 11, 1))
    before = per_day(days, date(2025, 6, 2), LEGAL_BREAK)
    assert after / before == pytest.approx(DOLS_AFTER_BREAK, abs=0.17)


def test_work_done_stays_within_what_staff_can_do(county: County) -> None:
    done, months = county.assessed, county.months
    starts = mondays(months)
    allowed = np.cumsum(done.staff.weekly_capacity(starts, months), axis=1)
    for row, team in enumerate(done.staff.team):
        finished = done.done[(done.team == team) & (done.done < NEVER)]
        by_week = np.bincount((finished - first_monday(months)) // 7, minlength=starts.size)
        # work closed because somebody died or left leaves its place in the queue unused
        assert (np.cumsum(by_week) <= allowed[row] + 1).all()


def test_a_backlog_grew_after_the_pandemic_and_shrinks(county: County) -> None:
    items = work(county).items.filter(stage="assessment")
    waiting = {
        year: items.filter(
            (items["received_on"] < date(year, 4, 1))
            & (items["completed_on"].is_null() | (items["completed_on"] >= date(year, 4, 1)))
        ).height
        for year in (2018, 2023, 2026)
    }
    assert waiting[2023] > 2 * waiting[2018]
    assert waiting[2026] < waiting[2023]


def test_step_ups_come_at_the_stated_hazards(county: County) -> None:
    """Expected by the truth's own hazards against what came within a month, all Aprils."""
    hazards, ups = county.supported.hazards, county.supported.step_ups
    expected = float(np.exp(hazards["log_hazard"]).sum())
    aprils = np.unique(hazards["day"])
    came = sum(((ups["day"] >= day) & (ups["day"] < day + 30)).sum() for day in aprils)
    assert abs(came - expected) < 4 * np.sqrt(expected)


def test_the_hazard_is_the_sum_of_its_stated_parts(county: County) -> None:
    hazards = county.supported.hazards
    finite = np.isfinite(hazards["log_hazard"])
    columns = np.column_stack([hazards[name][finite] for name in FACTORS])
    frail = county.lasting.frail[hazards["person"][finite]]
    design = np.column_stack([np.ones(frail.size), columns, frail])
    found = np.linalg.lstsq(design, hazards["log_hazard"][finite], rcond=None)[0]
    effects = dict(zip(FACTORS, found[1:-1], strict=True))
    # the groups' own levels and settings are left out here: they blur specialism, cost and age
    for name in ("safeguarding_episodes", "time_since_last_review", "living_environment"):
        assert effects[name] == pytest.approx(FACTORS[name], abs=0.06), name
    assert FACTORS["locality"] == FACTORS["living_environment"] == 0.0


weeks = st.lists(st.integers(0, 5), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(coming=weeks, each_week=st.integers(0, 4))
def test_the_queue_serves_in_order_and_no_more_than_it_can(
    coming: list[int], each_week: int
) -> None:
    arrived = np.repeat(np.arange(len(coming)) * 7, coming)
    capacity = np.full((1, len(coming)), float(each_week))
    done = fifo(arrived, np.zeros(arrived.size, dtype=np.int64), capacity, 0)
    waiting, expected = 0, 0
    for week in range(1, len(coming)):
        waiting += coming[week - 1]
        served = min(waiting, each_week)
        waiting -= served
        expected += served
    finished = done[done < NEVER]
    assert finished.size == expected
    assert (np.diff(done) >= 0).all()
    assert (np.bincount(finished // 7, minlength=1) <= each_week).all() or finished.size == 0
