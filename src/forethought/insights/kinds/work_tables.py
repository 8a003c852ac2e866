"""Tables of a work page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from forethought.insights.blocks import Column, Scalar, Table
from forethought.place.calendar import long_date, month_name
from forethought.plan.work import STAGES, WAITING_BANDS
from forethought.results import words

ALL = "all"
BY_PERIOD = "incoming-and-closed"
BY_AGE = "open-work-by-waiting-time"
BY_DUE = "open-work-past-its-due-day"
BY_TEAM = "staff-and-closed-work-by-team"
BY_MONTH = "requests-by-month"

Cells = tuple[tuple[str, ...], tuple[Scalar, ...]]


def flow_table(
    rows: pl.DataFrame, period: str, what: str, place: str, open_weeks: pl.DataFrame | None
) -> Table:
    """Incoming and closed by week or month: the figures of the chart, and open work by week."""
    open_at = {} if open_weeks is None else dict(open_weeks.select("ds", "open").iter_rows())
    cells: list[Cells] = []
    for row in rows.iter_rows(named=True):
        day = row["ds"]
        name = month_name(day) if period == "month" else long_date(day)
        incoming, closed = row["incoming"], row["closed"]
        gap = None if incoming is None or closed is None else incoming - closed
        texts = [
            name,
            words.cell(incoming, 1),
            words.cell(closed, 1),
            words.SUPPRESSED if gap is None else words.signed(gap, 1),
        ]
        values: list[Scalar] = [day.isoformat(), incoming, closed, gap]
        if open_at:
            left = open_at.get(day + timedelta(days=6))
            texts.append(words.cell(left, 1))
            values.append(left)
        cells.append((tuple(texts), tuple(values)))
    starting = "Week starting" if period == "week" else "Month"
    columns = [
        Column(period, starting),
        Column("incoming", "Came in", numeric=True, counts_people=True),
        Column("closed", "Closed", numeric=True, counts_people=True),
        Column("difference", "Came in less closed", numeric=True),
    ]
    if open_at:
        columns.append(Column("open", "Open at its end", numeric=True, counts_people=True))
    return _table(
        f"{BY_PERIOD}-{period}",
        f"Incoming and closed by {period}",
        f"{what}, pieces of work, {place}.",
        tuple(columns),
        cells,
        view=True,
    )


def age_table(bands: pl.DataFrame, stages: Sequence[str], section: str) -> Table:
    """Open work by stage and waiting band."""
    order = [*WAITING_BANDS, ALL]
    found = {(s, b): n for s, b, n in bands.select("stage", "band", "items").iter_rows()}
    cells: list[Cells] = []
    for stage in [*stages, ALL]:
        name = STAGES.get(stage, "All work")
        counts = [found.get((stage, band)) for band in order]
        cells.append(((name, *(words.cell(n, 1) for n in counts)), (name, *counts)))
    columns = [
        Column(f"band{place}", "All" if band == ALL else band, numeric=True, counts_people=True)
        for place, band in enumerate(order)
    ]
    return _table(
        BY_AGE,
        "Open work by stage and waiting time",
        "Pieces of work open on the last day, by time since they came in.",
        (Column("stage", "Stage"), *columns),
        cells,
        section=section,
    )


def overdue_table(overdue: pl.DataFrame, stages: Sequence[str], section: str) -> Table:
    """Open work past its due day, by stage."""
    found = {(s, d): n for s, d, n in overdue.select("stage", "overdue", "items").iter_rows()}
    cells: list[Cells] = []
    for stage in [*stages, ALL]:
        name = STAGES.get(stage, "All work")
        every, late = found.get((stage, ALL)), found.get((stage, "yes"))
        share = None if every is None or late is None or not every else late / every
        texts = (
            name,
            words.cell(every, 1),
            words.cell(late, 1),
            words.SUPPRESSED if share is None else words.percent(share),
        )
        cells.append((texts, (name, every, late, None if share is None else round(share, 3))))
    return _table(
        BY_DUE,
        "Open work past its due day",
        "Pieces of work with a due day, open on the last day.",
        (
            Column("stage", "Stage"),
            Column("open", "Open with a due day", numeric=True, counts_people=True),
            Column("overdue", "Past it", numeric=True, counts_people=True),
            Column("share", "Share past it", numeric=True),
        ),
        cells,
        section=section,
    )


def staff_table(staff: pl.DataFrame, team: str, section: str) -> Table:
    """Staff and closed work by team in the last whole month, or by month for one team."""
    rows = staff if team == ALL else staff.filter(pl.col("team") == team)
    by_month = team != ALL
    shown = rows.sort("ds").tail(13) if by_month else rows.filter(pl.col("ds") == rows["ds"].max())
    cells: list[Cells] = []
    for row in shown.iter_rows(named=True):
        name = month_name(row["ds"]) if by_month else row["team"]
        fte = [row[c] for c in ("fte_funded", "fte_in_post", "fte_available", "agency_fte")]
        closed, rate = row["closed"], row["closed_per_fte"]
        texts = (
            name,
            *("" if value is None else words.decimal(value) for value in fte),
            words.cell(closed, 1),
            words.SUPPRESSED if rate is None else words.decimal(rate),
        )
        values = (name, *fte, closed, None if rate is None else round(rate, 2))
        cells.append((texts, values))
    when = f"{team}, by month." if by_month else _month_of(shown)
    return _table(
        BY_TEAM,
        "Staff and closed work",
        f"Full-time equivalent staff and pieces of work closed. {when}",
        (
            Column("month" if by_month else "team", "Month" if by_month else "Team"),
            Column("funded", "Funded", numeric=True),
            Column("in_post", "In post", numeric=True),
            Column("available", "Available", numeric=True),
            Column("agency", "Of which agency", numeric=True),
            Column("closed", "Closed", numeric=True, counts_people=True),
            Column("closed_per_fte", "Closed for each available", numeric=True),
        ),
        cells,
        section=section,
    )


def _month_of(shown: pl.DataFrame) -> str:
    return f"{month_name(shown['ds'][0])}." if shown.height else "No month yet."


def request_table(seen: pl.DataFrame, ahead: pl.DataFrame, section: str) -> Table:
    """Requests by month, expected first and then the past, newest first: the chart's figures."""
    cells: list[Cells] = []
    for row in pl.concat([ahead, seen.reverse()], how="diagonal").iter_rows(named=True):
        past = row["observed"] is not None
        value = row["observed"] if past else row["mean"]
        limits = [row[c] for c in ("lo-80", "hi-80", "lo-95", "hi-95")]
        said = [words.rounded(value), *("actual" if past else words.rounded(v) for v in limits)]
        kept = [round(value), *(None if past else round(v) for v in limits)]
        month = row["ds"]
        cells.append(((month_name(month), *said), (month.isoformat()[:7], *kept)))
    return _table(
        BY_MONTH,
        "Requests by month",
        "Requests for support; most likely figure with its ranges. To the nearest 10.",
        (
            Column("month", "Month"),
            Column("requests", "Requests", numeric=True, counts_people=True),
            Column("low80", "8 in 10: from", numeric=True, muted=True),
            Column("high80", "8 in 10: to", numeric=True, muted=True),
            Column("low95", "19 in 20: from", numeric=True, muted=True),
            Column("high95", "19 in 20: to", numeric=True, muted=True),
        ),
        cells,
        section=section,
    )


def _table(
    name: str,
    heading: str,
    caption: str,
    columns: tuple[Column, ...],
    cells: Sequence[Cells],
    *,
    section: str = "",
    view: bool = False,
) -> Table:
    return Table(
        name=name,
        heading=heading,
        caption=caption,
        columns=columns,
        rows=tuple(texts for texts, _ in cells),
        values=tuple(values for _, values in cells),
        role="view" if view else "section",
        section=section,
    )
