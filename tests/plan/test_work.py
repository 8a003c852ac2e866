from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from forethought.errors import DataError
from forethought.plan.work import (
    STAGES,
    WAITING_BANDS,
    OpenWork,
    WorkFlow,
    known_items,
    work_flow,
)

AS_OF = date(2026, 10, 31)  # a Saturday
SCHEMA = {
    "stage": pl.String,
    "work_class": pl.String,
    "team": pl.String,
    "received_on": pl.Date,
    "started_on": pl.Date,
    "completed_on": pl.Date,
    "due_on": pl.Date,
    "recorded_on": pl.Date,
}


def item(received: date, completed: date | None = None, **fields: Any) -> dict[str, Any]:
    row = {
        "stage": "assessment",
        "work_class": "Older people",
        "team": "East",
        "received_on": received,
        "started_on": None,
        "completed_on": completed,
        "due_on": received + timedelta(days=28),
        "recorded_on": received,
    }
    return row | fields


def items(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=SCHEMA)


def staff(**fields: Any) -> pl.DataFrame:
    row = {
        "team": "East",
        "month": date(2026, 9, 1),
        "fte_funded": 5.0,
        "fte_in_post": 4.0,
        "fte_available": 2.0,
        "agency_fte": 0.5,
    }
    return pl.DataFrame([row | fields])


@pytest.fixture(scope="module")
def flow() -> WorkFlow:
    made = items(
        item(date(2026, 9, 7), date(2026, 9, 20)),
        item(date(2026, 9, 13), date(2026, 9, 21)),
        item(date(2026, 10, 17)),
        item(date(2026, 10, 18), stage="review", team="West", due_on=None),
        item(date(2026, 4, 1), started_on=date(2026, 5, 1)),
        item(date(2026, 10, 28), recorded_on=date(2026, 11, 4)),
        item(date(2026, 10, 5), date(2026, 11, 2)),
    )
    return work_flow(made, staff(), as_of=AS_OF)


def test_work_is_counted_by_whole_week_from_monday(flow: WorkFlow) -> None:
    """Received on Monday 7 and Sunday 13 September; closed on Sunday 20 and Monday 21."""
    weeks = flow.weeks.filter(pl.col("stage") == "assessment").sort("ds")
    seen = dict(zip(weeks["ds"], weeks.select("incoming", "closed").iter_rows(), strict=True))
    assert seen[date(2026, 9, 7)] == (2, 0)
    assert seen[date(2026, 9, 14)] == (0, 1)
    assert seen[date(2026, 9, 21)] == (0, 1)
    assert max(seen) == date(2026, 10, 19)  # the week of 26 October has not ended


def test_what_is_recorded_or_closed_later_is_not_known(flow: WorkFlow) -> None:
    assert flow.open_work.items == 4


def test_open_work_is_held_by_age_stage_and_class(flow: WorkFlow) -> None:
    """A simulation starts here: 14 days waited from 17 October, 213 from 1 April."""
    rows = flow.open_work.frame.sort("waiting_days")
    assert rows["waiting_days"].to_list() == [13, 14, 26, 213]
    assert rows["started"].to_list() == [False, False, False, True]
    assert rows["overdue_days"].to_list() == [None, -14, -2, 185]


@pytest.mark.parametrize(
    ("waited", "band"),
    [
        (0, "Up to 2 weeks"),
        (14, "Up to 2 weeks"),
        (15, "Over 2 to 4 weeks"),
        (28, "Over 2 to 4 weeks"),
        (29, "Over 4 to 8 weeks"),
        (56, "Over 4 to 8 weeks"),
        (57, "Over 8 weeks to 6 months"),
        (182, "Over 8 weeks to 6 months"),
        (183, "Over 6 months"),
    ],
)
def test_waiting_bands_meet_without_a_gap(waited: int, band: str) -> None:
    found = work_flow(items(item(AS_OF - timedelta(days=waited))), staff(), as_of=AS_OF)
    bands = found.open_work.by_band().filter(pl.col("items") > 0)
    assert bands["band"].to_list() == [band]


def test_every_stage_and_band_stands_in_the_bands(flow: WorkFlow) -> None:
    bands = flow.open_work.by_band()
    assert bands.height == len(STAGES) * len(WAITING_BANDS)
    assert bands["items"].sum() == flow.open_work.items


def test_work_without_a_due_day_is_neither_late_nor_on_time(flow: WorkFlow) -> None:
    overdue = flow.open_work.overdue()
    assert dict(overdue.select("overdue", "items").iter_rows()) == {False: 2, True: 1}


def test_open_at_a_weeks_end_is_all_in_less_all_closed(flow: WorkFlow) -> None:
    last = flow.open_weeks.filter(pl.col("ds") == date(2026, 10, 25))
    assert last["open"].sum() == 4
    assert int(flow.weeks["incoming"].sum()) - int(flow.weeks["closed"].sum()) == 4


def test_closed_work_is_set_against_staff_available(flow: WorkFlow) -> None:
    row = flow.staff.row(0, named=True)
    assert (row["closed"], row["closed_per_fte"]) == (2, 1.0)
    nobody = work_flow(items(item(date(2026, 9, 1))), staff(fte_available=0.0), as_of=AS_OF)
    assert nobody.staff["closed_per_fte"].to_list() == [None]


def test_work_closed_before_it_came_in_is_closed_that_day() -> None:
    known = known_items(items(item(date(2026, 9, 7), date(1753, 1, 2))), as_of=AS_OF)
    assert known["completed_on"].to_list() == [date(2026, 9, 7)]


def test_weeks_whose_records_are_still_to_come_are_marked() -> None:
    """Recorded 20 days after it came in: weeks that ended less than 20 days ago lack some."""
    days = [AS_OF - timedelta(days=back) for back in range(500)]
    rows = [item(day, recorded_on=day + timedelta(days=20)) for day in days]
    found = work_flow(items(*rows), staff(), as_of=AS_OF)
    assert found.provisional == (date(2026, 10, 12), date(2026, 10, 19))


def test_unknown_stages_and_no_work_are_refused() -> None:
    with pytest.raises(DataError, match="Unknown stages: asessment"):
        work_flow(items(item(AS_OF, stage="asessment")), staff(), as_of=AS_OF)
    with pytest.raises(DataError, match="no work items"):
        work_flow(items(), staff(), as_of=AS_OF)


def test_open_work_from_the_future_is_refused(flow: WorkFlow) -> None:
    frame = flow.open_work.frame.with_columns(waiting_days=pl.lit(-1))
    with pytest.raises(DataError, match="after the day"):
        OpenWork(AS_OF, frame)
