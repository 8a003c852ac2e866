"""The computation of a work insight: flows, open work and staff, small numbers hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import polars as pl

from forethought.data.disclosure import protect, protect_linked
from forethought.insights.base import Check, Result, RunContext
from forethought.insights.kinds.work import WorkSpec
from forethought.plan.work import STAGES, WorkFlow, work_flow

if TYPE_CHECKING:
    from forethought.insights.base import Frames

ALL = "all"
FLOWS = ("incoming", "closed")


def compute_work(frames: Frames, spec: WorkSpec, context: RunContext) -> Result:
    """Count work in, out and open, and hide small numbers.

    The result's tables are protected; `position` is not stored but for its bands, as its cells
    are people.
    """
    settings = spec.settings
    flow = work_flow(frames[settings.items], frames[settings.staff], as_of=context.as_of)
    minimum = context.minimum_count
    last_week, last_month = flow.weeks["ds"].max(), flow.months["ds"].max()
    weeks = flow.weeks.filter(
        pl.col("ds") > last_week - timedelta(weeks=settings.weeks_shown)  # type: ignore[operator]
    )
    months = flow.months.filter(
        pl.col("ds") > pl.lit(last_month).dt.offset_by(f"-{settings.months_shown}mo")
    )
    by_month = _flows(months, minimum, ("stage", "team"))
    tables = {
        "weeks": _flows(weeks, minimum, ("stage",)),
        "months": by_month,
        "open_weeks": _open_weeks(flow, minimum).filter(pl.col("ds") > weeks["ds"].min()),
        "bands": _bands(flow, minimum),
        "overdue": _overdue(flow, minimum),
        "staff": _staff(flow, by_month),
    }
    requests = _requests(context)
    if requests is not None:
        tables["requests"] = requests
    return Result(
        tables=tables,
        values={
            "teams": sorted(weeks["team"].unique().to_list()),
            "stages": [s for s in STAGES if s in set(weeks["stage"].unique())],
            "provisional": [day.isoformat() for day in flow.provisional],
            "last_week": last_week.isoformat(),  # type: ignore[union-attr]
        },
        metrics=_metrics(flow, settings.recent_weeks),
        checks=_checks(flow),
    )


def _open_weeks(flow: WorkFlow, minimum: int) -> pl.DataFrame:
    """`ds` (Sunday), `open`: all open work at each week's end, null where it is small."""
    whole = flow.open_weeks.group_by("ds").agg(pl.col("open").sum()).sort("ds")
    return whole.with_columns(pl.when(~_small("open", minimum)).then(pl.col("open")).alias("open"))


def _small(count: str, minimum: int) -> pl.Expr:
    return pl.col(count).is_between(1, minimum - 1)


def _flows(frame: pl.DataFrame, minimum: int, axes: Sequence[str]) -> pl.DataFrame:
    """`stage`, `team`, `ds`, `incoming`, `closed`; null where a count is small or tells one.

    By each axis alone, and all together ("all").
    """
    parts = [_shown(_margins(frame, count, axes), count, minimum) for count in FLOWS]
    keys = ["stage", "team", "ds"]
    return parts[0].join(parts[1], on=keys, how="full", coalesce=True).sort(keys)


def _margins(frame: pl.DataFrame, count: str, axes: Sequence[str]) -> dict[str, pl.DataFrame]:
    """The frame by each axis, each with the rows of all."""
    whole = frame.group_by("ds").agg(pl.col(count).sum())
    found = {}
    for axis in axes:
        parts = frame.group_by("ds", axis).agg(pl.col(count).sum())
        total = whole.with_columns(pl.lit(ALL).alias(axis)).select(parts.columns)
        found[axis] = pl.concat([parts, total]).sort("ds", axis)
    return found


def _shown(margins: Mapping[str, pl.DataFrame], count: str, minimum: int) -> pl.DataFrame:
    """Margins in one frame, protected together, period by period."""
    if minimum > 1:
        protected = protect_linked(
            margins,
            count=count,
            by={axis: ("ds", axis) for axis in margins},
            minimum_count=minimum,
            totals=dict.fromkeys(margins, ALL),
        )
        margins = {axis: part.table for axis, part in protected.items()}
    parts: list[pl.DataFrame] = []
    for axis, part in margins.items():
        other = "team" if axis == "stage" else "stage"
        rows = part.with_columns(pl.lit(ALL).alias(other)).select("stage", "team", "ds", count)
        parts.append(rows if not parts else rows.filter(pl.col(axis) != ALL))
    return pl.concat(parts).sort("stage", "team", "ds")


def _bands(flow: WorkFlow, minimum: int) -> pl.DataFrame:
    """`stage`, `band`, `items`, with the rows and columns of all."""
    cells = _with_totals(flow.open_work.by_band(), "stage", "band")
    if minimum <= 1:
        return cells
    done = protect(
        cells,
        count="items",
        by=("stage", "band"),
        minimum_count=minimum,
        totals={"stage": ALL, "band": ALL},
    )
    return done.table.drop("suppressed")


def _overdue(flow: WorkFlow, minimum: int) -> pl.DataFrame:
    """`stage`, `overdue` ("yes", "no", "all"), `items`."""
    word = pl.when(pl.col("overdue")).then(pl.lit("yes")).otherwise(pl.lit("no"))
    counted = flow.open_work.overdue().with_columns(word.alias("overdue"))
    cells = _with_totals(counted, "stage", "overdue")
    if minimum <= 1 or cells.is_empty():
        return cells
    done = protect(
        cells,
        count="items",
        by=("stage", "overdue"),
        minimum_count=minimum,
        totals={"stage": ALL, "overdue": ALL},
    )
    return done.table.drop("suppressed")


def _with_totals(cells: pl.DataFrame, first: str, second: str) -> pl.DataFrame:
    cells = cells.with_columns(pl.col("items").cast(pl.Int64))
    rows = cells.group_by(first, maintain_order=True).agg(
        pl.lit(ALL).alias(second), pl.col("items").sum()
    )
    columns = cells.group_by(second, maintain_order=True).agg(
        pl.lit(ALL).alias(first), pl.col("items").sum()
    )
    whole = pl.DataFrame({first: [ALL], second: [ALL], "items": [cells["items"].sum()]})
    order = (first, second, "items")
    return pl.concat(
        [
            part.select(order).with_columns(pl.col("items").cast(pl.Int64))
            for part in (cells, rows, columns, whole)
        ]
    )


def _staff(flow: WorkFlow, by_month: pl.DataFrame) -> pl.DataFrame:
    """Staff by team and month, closed work null where it is small or tells a small count."""
    seen = by_month.filter(pl.col("stage") == ALL).select("team", "ds", "closed")
    staff = flow.staff.drop("closed").join(seen, on=["team", "ds"], how="inner")
    rate = pl.when(pl.col("closed").is_not_null()).then(pl.col("closed_per_fte"))
    return staff.with_columns(rate.alias("closed_per_fte")).sort("team", "ds")


def _requests(context: RunContext) -> pl.DataFrame | None:
    """The county's requests by month, past and expected, from the demand insight it follows."""
    for result in context.upstream.values():
        months = result.tables.get("months")
        if months is not None and "measure" in months.columns:
            return months.filter(
                (pl.col("measure") == "requests")
                & (pl.col("service") == ALL)
                & (pl.col("who") == ALL)
                & (pl.col("district") == ALL)
            ).select("ds", "observed", "mean", "lo-80", "hi-80", "lo-95", "hi-95")
    return None


def _metrics(flow: WorkFlow, recent: int) -> dict[str, float]:
    weeks = flow.weeks.group_by("ds").agg(pl.col(FLOWS).sum()).sort("ds").tail(recent)
    overdue = flow.open_work.overdue()
    due = int(overdue["items"].sum())
    late = int(overdue.filter("overdue")["items"].sum())
    return {
        "open_items": float(flow.open_work.items),
        "overdue_share": late / due if due else 0.0,
        "recent_incoming": float(weeks["incoming"].sum()),
        "recent_closed": float(weeks["closed"].sum()),
        "weeks_provisional": float(len(flow.provisional)),
    }


def _checks(flow: WorkFlow) -> list[Check]:
    """Open work is what came in less what was closed; bands and due days hold all of it."""
    last = flow.open_weeks["ds"].max()
    weeks = int(flow.weeks["incoming"].sum()) - int(flow.weeks["closed"].sum())
    open_then = int(flow.open_weeks.filter(pl.col("ds") == last)["open"].sum())
    bands = int(flow.open_work.by_band()["items"].sum())
    return [
        Check(
            "Open work adds up",
            "Work open at the last week's end = all that came in less all that was closed",
            f"{open_then:,} = {weeks:,}",
            open_then == weeks,
        ),
        Check(
            "Waiting bands hold all",
            "The bands of waiting add up to the open work",
            f"{bands:,} of {flow.open_work.items:,}",
            bands == flow.open_work.items,
        ),
    ]
