"""What work items and staff records say of a pathway: position, demand, staff, effort, ways out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from forethought.errors import DataError
from forethought.insights.kinds.simulation import PERSON
from forethought.insights.kinds.simulation_effort import (
    Effort,
    is_pressed,
    known_effort,
    listed,
    staffed_stages,
)
from forethought.insights.kinds.simulation_flows import Window, measured_arrivals, measured_routes
from forethought.place.calendar import bank_holidays
from forethought.plan.simulation.calibration import mean_effort
from forethought.plan.simulation.lengths import survival
from forethought.plan.simulation.model import hours_by_day
from forethought.plan.simulation.pathway import Distribution, Pathway, Resource

SUNDAY = 7
SOME_CASES = 20
"""Fewest closed cases from which effort is measured."""
BUSY_SHARE = 0.9
"""Where a list is shorter than a week's work, staff are taken as no busier than this."""
OLDEST_WEEKS = 520


@dataclass(frozen=True, eq=False)
class Service:
    """A pathway as the records say that it runs.

    Args:
        pathway: The pathway with staff, effort, class mix, ways out and dispersion as measured.
        position: `stage`, `work_class`, `waiting_days`, `started`, `cases`: what is open.
        weeks: `stage`, `ds` (Sunday), `incoming`, `closed`, `waiting`: whole recorded weeks.
        months: The same by month.
        weekly: Expected cases of a week without holidays, by demand flow, with the recorded weeks.
        effort: How well the hours of a case are known.
        measured: What was measured, by part, in words; the rest is as the file says.
    """

    pathway: Pathway
    position: pl.DataFrame
    weeks: pl.DataFrame
    months: pl.DataFrame
    weekly: Mapping[str, np.ndarray]
    effort: Effort
    measured: Mapping[str, str]


def measured_service(
    pathway: Pathway,
    items: pl.DataFrame,
    staff: pl.DataFrame,
    *,
    as_of: date,
    measured_weeks: int,
    demand_weeks: int,
    demand_from: date | None,
    seed: int = 0,
) -> Service:
    """Measure a pathway from the records of the service.

    Args:
        pathway: As its file has it; `records` say which rows are whose.
        items: Work items: the columns that `records` name, and their days.
        staff: `team`, `month`, `fte_in_post`.
        as_of: Last day that is known.
        measured_weeks: Weeks from which effort is measured.
        demand_weeks: Weeks from which demand and ways out are measured.
        demand_from: First day of which demand may be counted; None: any.
        seed: Seed.

    Raises:
        DataError: No work item belongs to the pathway, though it says which should.
    """
    cases = labelled(items, pathway, as_of=as_of)
    if cases.is_empty() and any(stage.records for stage in pathway.stages):
        raise DataError(
            "No work item belongs to a stage of the pathway.",
            where=pathway.name,
            remedy="Look at `records` of its stages: columns and values of the work items.",
        )
    weeks = by_period(cases, as_of=as_of, every="1w")
    months = by_period(cases, as_of=as_of, every="1mo")
    told: dict[str, str] = {}
    staffed = _with_staff(pathway, staff, as_of, told)
    window = Window.of(cases, as_of=as_of, weeks=demand_weeks, first=demand_from)
    with_mix, weekly = measured_arrivals(staffed, cases, window, told)
    with_routes = measured_routes(with_mix, cases, window, told)
    span = measured_weeks * SUNDAY
    ended = _with_effort(with_routes, staff, weeks, as_of=as_of, days=span, told=told)
    held = _supported(ended, cases, window, told)
    position = pl.concat([_position(ended, cases, window, as_of, told), held])
    effort = known_effort(
        ended, weeks, staff, last=window.last, measured_weeks=measured_weeks, seed=seed
    )
    return Service(ended, position, weeks, months, weekly, effort, told)


def labelled(items: pl.DataFrame, pathway: Pathway, *, as_of: date) -> pl.DataFrame:
    """Work known on a day, of the pathway: `stage`, `work_class`, `received_on`, `recorded_on`,
    `done_on` (null: open), and the person where the work items have one.

    A case whose class is not told counts as one of the commonest class of its stage.
    """  # noqa: D205
    known = items.filter(
        (pl.col("received_on") <= as_of) & (pl.col("recorded_on") <= as_of).fill_null(value=True)
    )
    stages = {stage.name: stage.records for stage in pathway.stages if stage.records}
    classes = {each.name: each.records for each in pathway.classes if each.records}
    done = pl.max_horizontal("completed_on", "received_on")
    frame = known.select(
        _first_match(stages).alias("stage"),
        _first_match(classes).alias("work_class"),
        "received_on",
        "recorded_on",
        *(name for name in (PERSON,) if name in items.columns),
        pl.when(pl.col("completed_on").is_not_null() & (done <= as_of)).then(done).alias("done_on"),
    ).drop_nulls("stage")
    usual = {
        row["stage"]: row["work_class"]
        for row in frame.drop_nulls("work_class")
        .group_by("stage", "work_class")
        .len()
        .sort("len", "work_class")
        .iter_rows(named=True)
    }
    first = pathway.classes[0].name
    missing = pl.col("stage").replace_strict(usual, default=first, return_dtype=pl.String)
    return frame.with_columns(pl.coalesce("work_class", missing).alias("work_class"))


def _first_match(named: Mapping[str, Mapping[str, tuple[str, ...]]]) -> pl.Expr:
    """The first name all of whose columns hold one of the values."""
    found: pl.Expr = pl.lit(None, dtype=pl.String)
    for name, columns in reversed(list(named.items())):
        match = pl.all_horizontal(
            pl.col(column).cast(pl.String).is_in(list(values)).fill_null(value=False)
            for column, values in columns.items()
        )
        found = pl.when(match).then(pl.lit(name)).otherwise(found)
    return found


def by_period(cases: pl.DataFrame, *, as_of: date, every: str) -> pl.DataFrame:
    """`stage`, `ds` (last day), `incoming`, `closed`, `waiting` (open then): whole periods.

    Args:
        cases: As `labelled` gives them.
        as_of: Last day that is known.
        every: `1w` (Monday to Sunday) or `1mo`.
    """
    if cases.is_empty():
        counts = dict.fromkeys(("incoming", "closed", "waiting"), pl.Int64)
        return pl.DataFrame(schema={"stage": pl.String, "ds": pl.Date, **counts})
    ends = _end_of(pl.col("day"), every)
    days = pl.date_range(min(cases["received_on"].to_list()), as_of, "1d", eager=True).alias("day")
    periods = days.to_frame().select(ends.unique().alias("ds")).filter(pl.col("ds") <= as_of)
    grid = cases.select("stage").unique().sort("stage").join(periods.sort("ds"), how="cross")
    for column, name in (("received_on", "incoming"), ("done_on", "closed")):
        counted = (
            cases.drop_nulls(column)
            .select("stage", _end_of(pl.col(column), every).alias("ds"))
            .group_by("stage", "ds")
            .agg(pl.len().cast(pl.Int64).alias(name))
        )
        grid = grid.join(counted, on=["stage", "ds"], how="left", maintain_order="left")
    grid = grid.with_columns(pl.col("incoming", "closed").fill_null(0))
    waiting = (pl.col("incoming") - pl.col("closed")).cum_sum().over("stage").alias("waiting")
    return grid.with_columns(waiting)


def _end_of(day: pl.Expr, every: str) -> pl.Expr:
    if every == "1mo":
        return day.dt.month_end()
    return day.dt.truncate("1w") + pl.duration(days=SUNDAY - 1)


def _with_staff(
    pathway: Pathway, staff: pl.DataFrame, as_of: date, told: dict[str, str]
) -> Pathway:
    """Staff in post in the last recorded month."""
    known = staff.filter(pl.col("month") <= as_of).drop_nulls("fte_in_post")
    pools = []
    for pool in pathway.resources:
        own = known.filter(pl.col("team").is_in(list(pool.records)))
        if own.is_empty():
            pools.append(pool)
            continue
        month = own["month"].max()
        fte = float(own.filter(pl.col("month") == month)["fte_in_post"].sum())
        pools.append(replace(pool, capacity=round(fte, 2)))
        told["Staff"] = "in post in the last recorded month, from staff records"
    return replace(pathway, resources=tuple(pools))


def _with_effort(
    pathway: Pathway,
    staff: pl.DataFrame,
    weeks: pl.DataFrame,
    *,
    as_of: date,
    days: int,
    told: dict[str, str],
) -> Pathway:
    """Hours a case such that staff in post close what they did close, by pool.

    The file's hours of the stages of a pool keep their proportions and shapes; one factor makes
    the hours of the closed cases those that staff had. Where a list was shorter than a week's
    work, staff may have had time to spare, so their hours are only an upper limit. Records close
    the cases of people who leave a list, too: nobody leaves besides.
    """
    last = as_of - timedelta(days=as_of.isoweekday() % SUNDAY)
    window = [last - timedelta(days=n) for n in range(days - 1, -1, -1)]
    recent = weeks.filter(pl.col("ds").is_between(window[0], last))
    factors: dict[str, float] = {}
    for pool in pathway.resources:
        stages = staffed_stages(pathway, pool)
        own = recent.filter(pl.col("stage").is_in([stage.name for stage in stages]))
        closed = dict(own.group_by("stage").agg(pl.col("closed").sum()).iter_rows())
        if pool.kind != "staff" or sum(closed.values()) < SOME_CASES:
            continue
        needed = sum(closed.get(s.name, 0) * mean_effort(s, pathway) for s in stages)
        there = hours_of(pool, staff, window)
        if not there or not needed:
            continue
        rate = there / needed
        factor = rate if is_pressed(listed(own, stages)) else min(1.0, BUSY_SHARE * rate)
        factors |= {stage.name: factor for stage in stages}
        told["Effort"] = (
            f"hours of staff in post over the cases that they closed in {days // 7} weeks, those "
            "of people who left the list among them"
        )
    return replace(
        pathway,
        stages=tuple(
            replace(stage, effort=scaled(stage.effort, factors[stage.name]), reneging={})
            if stage.name in factors
            else stage
            for stage in pathway.stages
        ),
    )


def scaled(effort: Mapping[str, Distribution], factor: float) -> dict[str, Distribution]:
    """Effort by class with a factor on its mean."""
    return {name: replace(each, mean=each.mean * factor) for name, each in effort.items()}


def hours_of(pool: Resource, staff: pl.DataFrame, days: list[date]) -> float:
    """Hours of direct work that the staff in post had on some days, absence taken off."""
    own = staff.filter(pl.col("team").is_in(list(pool.records))).drop_nulls("fte_in_post")
    by_month = dict(
        own.group_by(pl.col("month").dt.truncate("1mo"))
        .agg(pl.col("fte_in_post").sum())
        .iter_rows()
    )
    holiday = np.array([day in bank_holidays(day.year) for day in days])
    fte = np.array([by_month.get(day.replace(day=1), np.nan) for day in days])
    if np.isnan(fte).all():
        return 0.0
    fte = np.where(np.isnan(fte), np.nanmean(fte), fte)
    each = hours_by_day(pool, days, holiday) * (1 - pool.available.sickness_mean)
    return float((fte * each).sum())


def _position(
    pathway: Pathway, cases: pl.DataFrame, window: Window, as_of: date, told: dict[str, str]
) -> pl.DataFrame:
    """Cases that are open, with the days since they came.

    Records do not tell how much of the work on an open case is done, so all of it is to come; but
    of a stage with elapsed time after the work so many cases, the oldest, are in that time as its
    mean length and the closings a day make (Little's law).
    """
    open_cases = (
        cases.filter(pl.col("done_on").is_null())
        .select(
            "stage",
            "work_class",
            (pl.lit(as_of) - pl.col("received_on")).dt.total_days().cast(pl.Int64).alias("days"),
        )
        .sort("stage", "work_class", "days", descending=[False, False, True])
    )
    rows: list[tuple[str, str, int, bool]] = []
    for (stage_name, name), own in open_cases.group_by("stage", "work_class", maintain_order=True):
        stage = pathway.stage(str(stage_name))
        if name not in stage.routes:
            continue
        lasts = stage.delay.get(str(name))
        done = window.of_stage(cases, stage.name, "done_on").filter(pl.col("work_class") == name)
        inside = 0
        if lasts is not None:
            inside = min(round(done.height / len(window.days) * lasts.mean), own.height)
            told["Elapsed time"] = "as many open cases as its length and the closings make"
            rows += [(stage.name, str(name), day, True) for day in _ages(lasts, inside)]
        rows += [(stage.name, str(name), day, False) for day in own["days"].to_list()[inside:]]
    columns = {
        "stage": pl.String, "work_class": pl.String, "waiting_days": pl.Int64,
        "started": pl.Boolean,
    }  # fmt: skip
    return (
        pl.DataFrame(rows, schema=columns, orient="row")
        .group_by(pl.all())
        .agg(pl.len().cast(pl.Int64).alias("cases"))
        .sort(pl.all())
    )


def _ages(lasts: Distribution, cases: int) -> list[int]:
    """Days since their time began, of cases that are in it, as they are in the long run."""
    if not cases:
        return []
    days = np.arange(OLDEST_WEEKS, dtype=np.float64)
    share = np.cumsum(survival(lasts, days))
    places = (np.arange(cases) + 0.5) / cases * share[-1]
    return [int(day) for day in np.searchsorted(share, places)]


def _supported(
    pathway: Pathway, cases: pl.DataFrame, window: Window, told: dict[str, str]
) -> pl.DataFrame:
    """People in a stage that only keeps them, as many as the recorded work they make asks for.

    So many are held that their later visits (every 12 months, say) come as often as recorded,
    less the first visits of those who come; how long they have been there is spread as it is where
    such a stage has been running for long.
    """
    rows: list[tuple[str, str, int, bool, int]] = []
    for stage in pathway.stages:
        for name, visits in stage.schedule.items():
            yearly = next((visit for visit in visits if visit.every_days), None)
            if stage.kind != "delay" or yearly is None or not pathway.stage(yearly.to).records:
                continue
            per_day = window.per_day(cases, yearly.to, yearly.becomes or name)
            later = per_day - _comings(pathway, cases, window, stage.name, name)
            held = round(max(later, 0.0) * yearly.every_days)
            age = np.arange(OLDEST_WEEKS, dtype=np.float64) * SUNDAY + 3.0
            there = survival(stage.length[name], age)
            share = np.cumsum(there) / there.sum()
            counts = np.diff(np.round(share * held).astype(np.int64), prepend=0)
            rows += [
                (stage.name, name, int(days), True, int(count))
                for days, count in zip(age, counts, strict=True)
                if count
            ]
            told["People in support"] = "as many as make the reviews that the records hold"
    schema = {
        "stage": pl.String, "work_class": pl.String, "waiting_days": pl.Int64,
        "started": pl.Boolean, "cases": pl.Int64,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _comings(
    pathway: Pathway, cases: pl.DataFrame, window: Window, stage: str, work_class: str
) -> float:
    """Cases of a class that came to a stage a day, from the recorded closings before it."""
    found = 0.0
    for before in pathway.stages:
        share = sum(way.share for way in before.routes.get(work_class, ()) if way.to == stage)
        if share:
            done = window.of_stage(cases, before.name, "done_on")
            found += share * done.filter(pl.col("work_class") == work_class).height
    return found / len(window.days)
