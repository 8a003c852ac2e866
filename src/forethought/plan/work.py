"""Work as recorded: what comes in and what is closed, what is open and how old, who does it.

No simulation: `OpenWork` is the position from which one may start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from forethought.errors import DataError
from forethought.place.calendar import month_end
from forethought.plan.demand.late import WHOLE, recorded_share

STAGES: Mapping[str, str] = {
    "request": "Requests",
    "assessment": "Assessments",
    "support_planning": "Support planning",
    "review": "Reviews",
    "safeguarding": "Safeguarding",
    "dols": "Deprivation of liberty",
}
WAITING_BANDS: Mapping[str, tuple[int, int | None]] = {
    "Up to 2 weeks": (0, 14),
    "Over 2 to 4 weeks": (15, 28),
    "Over 4 to 8 weeks": (29, 56),
    "Over 8 weeks to 6 months": (57, 182),
    "Over 6 months": (183, None),
}
"""Days since it came in, first and last; six months is the limit that ADASS surveys report."""

NOT_KNOWN = "Not known"
RECENT_WEEKS = 6
SUNDAY = 7


@dataclass(frozen=True, eq=False)
class OpenWork:
    """The work that is open at the end of a day: where a simulation may start.

    Args:
        as_of: The day.
        frame: `stage`, `work_class`, `team`, `waiting_days` (since it came in), `started`
            (whether work on it has begun), `overdue_days` (since it was due; negative: days
            left; null: no due day) and `items`, how many are alike.
    """

    as_of: date
    frame: pl.DataFrame

    def __post_init__(self) -> None:
        if self.frame.height and int(self.frame["waiting_days"].min()) < 0:  # type: ignore[arg-type]
            raise DataError("Open work cannot have come in after the day it is counted on.")

    @property
    def items(self) -> int:
        """How many pieces of work are open."""
        return int(self.frame["items"].sum())

    def by_band(self) -> pl.DataFrame:
        """`stage`, `band`, `items`: every stage and waiting band, also where there is none."""
        grid = pl.DataFrame({"stage": list(STAGES)}).join(
            pl.DataFrame({"band": list(WAITING_BANDS)}), how="cross"
        )
        counted = (
            self.frame.with_columns(waiting_band().alias("band"))
            .group_by("stage", "band")
            .agg(pl.col("items").sum())
        )
        return grid.join(
            counted, on=["stage", "band"], how="left", maintain_order="left"
        ).fill_null(0)

    def overdue(self) -> pl.DataFrame:
        """`stage`, `overdue` (bool), `items`: work with a due day, past it or not."""
        return (
            self.frame.drop_nulls("overdue_days")
            .group_by("stage", (pl.col("overdue_days") > 0).alias("overdue"))
            .agg(pl.col("items").sum())
            .sort("stage", "overdue")
        )


@dataclass(frozen=True, eq=False)
class WorkFlow:
    """Work in and out, what is open, and the staff who do it.

    Args:
        weeks: `stage`, `team`, `ds` (Monday), `incoming`, `closed`; whole weeks only.
        months: The same by month (its first day); whole months only.
        open_weeks: `stage`, `team`, `ds` (Sunday), `open`: open at the end of each week.
        open_work: What is open at the end of the last day.
        staff: `team`, `ds` (month), `fte_funded`, `fte_in_post`, `fte_available`, `agency_fte`,
            `closed`, `closed_per_fte` (work closed in the month for each full-time post
            available; null without one).
        provisional: Mondays of weeks of which more than 2 in 100 records are still to come.
    """

    weeks: pl.DataFrame
    months: pl.DataFrame
    open_weeks: pl.DataFrame
    open_work: OpenWork
    staff: pl.DataFrame
    provisional: tuple[date, ...]


def work_flow(items: pl.DataFrame, staff: pl.DataFrame, *, as_of: date) -> WorkFlow:
    """Count work in, out and open, as it was known on a day.

    Args:
        items: One row a piece of work: `stage`, `work_class`, `team`, `received_on`,
            `started_on`, `completed_on`, `due_on`, `recorded_on`.
        staff: `team`, `month`, `fte_funded`, `fte_in_post`, `fte_available`, `agency_fte`.
        as_of: The day; rows recorded later are left out, what was closed later is open.

    Raises:
        DataError: There is no work, or a stage that is not known.
    """
    known = known_items(items, as_of=as_of)
    unknown = sorted(set(known["stage"].unique()) - set(STAGES))
    if known.is_empty() or unknown:
        raise DataError(
            f"Unknown stages: {', '.join(unknown)}." if unknown else "There are no work items.",
            where="stage",
            remedy=f"Known: {', '.join(STAGES)}.",
        )
    last_sunday = as_of - timedelta(days=as_of.isoweekday() % SUNDAY)
    last_month = as_of if as_of == month_end(as_of) else as_of.replace(day=1) - timedelta(days=1)
    first = min(known["received_on"].to_list())
    weeks = _flow(known, "1w", first, last_sunday)
    months = _flow(known, "1mo", first, last_month)
    return WorkFlow(
        weeks=weeks,
        months=months,
        open_weeks=_open_at_ends(weeks),
        open_work=open_work(known, as_of=as_of),
        staff=_staff(staff, months),
        provisional=_provisional(known, as_of=as_of, last_sunday=last_sunday),
    )


def known_items(items: pl.DataFrame, *, as_of: date) -> pl.DataFrame:
    """Work as it was known on a day: later records left out, later steps not yet taken.

    Work that is said to be closed before it came in counts as closed on the day it came in.
    """
    begun = pl.col("started_on")
    done = pl.max_horizontal("completed_on", "received_on")
    return items.filter(
        (pl.col("received_on") <= as_of) & (pl.col("recorded_on") <= as_of).fill_null(value=True)
    ).with_columns(
        pl.when(begun <= as_of).then(begun).alias("started_on"),
        pl.when(pl.col("completed_on").is_not_null() & (done <= as_of))
        .then(done)
        .alias("completed_on"),
        pl.col("team", "work_class").fill_null(NOT_KNOWN),
    )


def open_work(known: pl.DataFrame, *, as_of: date) -> OpenWork:
    """The position at the end of a day (see `OpenWork`)."""
    frame = (
        known.filter(pl.col("completed_on").is_null())
        .select(
            "stage",
            "work_class",
            "team",
            (pl.lit(as_of) - pl.col("received_on")).dt.total_days().alias("waiting_days"),
            pl.col("started_on").is_not_null().alias("started"),
            (pl.lit(as_of) - pl.col("due_on")).dt.total_days().alias("overdue_days"),
        )
        .group_by(pl.all())
        .agg(pl.len().alias("items"))
        .sort(pl.all())
    )
    return OpenWork(as_of, frame)


def waiting_band() -> pl.Expr:
    """The waiting band of `waiting_days`."""
    last = list(WAITING_BANDS)[-1]
    found = pl.lit(last)
    for band, (_, most) in reversed(list(WAITING_BANDS.items())[:-1]):
        found = pl.when(pl.col("waiting_days") <= most).then(pl.lit(band)).otherwise(found)
    return found


def _flow(known: pl.DataFrame, every: str, first: date, last: date) -> pl.DataFrame:
    """Incoming and closed by stage, team and whole period, zeros included."""
    parts = []
    for column, name in (("received_on", "incoming"), ("completed_on", "closed")):
        parts.append(
            known.filter(pl.col(column) <= last)
            .with_columns(pl.col(column).dt.truncate(every).alias("ds"))
            .group_by("stage", "team", "ds")
            .agg(pl.len().cast(pl.Int64).alias(name))
        )
    start = pl.select(pl.lit(first).dt.truncate(every)).item()
    periods = pl.date_range(start, last, every, eager=True).alias("ds").to_frame()
    pairs = known.select("stage", "team").unique().sort("stage", "team")
    grid = pairs.join(periods, how="cross")
    keys = ["stage", "team", "ds"]
    for part in parts:
        grid = grid.join(part, on=keys, how="left", maintain_order="left")
    return grid.with_columns(pl.col("incoming", "closed").fill_null(0))


def _open_at_ends(weeks: pl.DataFrame) -> pl.DataFrame:
    """Open at each week's end: all that came in so far, less all that was closed."""
    return weeks.select(
        "stage",
        "team",
        (pl.col("ds") + pl.duration(days=SUNDAY - 1)).alias("ds"),
        (pl.col("incoming") - pl.col("closed")).cum_sum().over("stage", "team").alias("open"),
    )


def _staff(staff: pl.DataFrame, months: pl.DataFrame) -> pl.DataFrame:
    closed = months.group_by("team", "ds").agg(pl.col("closed").sum())
    return (
        staff.rename({"month": "ds"})
        .with_columns(pl.col("ds").dt.truncate("1mo"))
        .join(closed, on=["team", "ds"], how="inner")
        .with_columns(
            pl.when(pl.col("fte_available") > 0)
            .then(pl.col("closed") / pl.col("fte_available"))
            .alias("closed_per_fte")
        )
        .select(
            "team",
            "ds",
            "fte_funded",
            "fte_in_post",
            "fte_available",
            "agency_fte",
            "closed",
            "closed_per_fte",
        )
        .sort("team", "ds")
    )


def _provisional(known: pl.DataFrame, *, as_of: date, last_sunday: date) -> tuple[date, ...]:
    ends = [last_sunday - timedelta(weeks=back) for back in range(RECENT_WEEKS - 1, -1, -1)]
    rows = known.drop_nulls("recorded_on").select(
        (pl.col("received_on").dt.truncate("1w") + pl.duration(days=SUNDAY - 1)).alias("ends"),
        "recorded_on",
    )
    shares = recorded_share(rows, ends=ends, known_by=as_of)
    return tuple(
        end - timedelta(days=SUNDAY - 1)
        for end, share in zip(ends, shares, strict=True)
        if share < WHOLE
    )
