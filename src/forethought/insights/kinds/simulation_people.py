"""Whose work is done on time, who comes from hospital, and the official waiting time.

All three are counted from records; counts are protected here, so that a result holds no small
number of people that its page shows. What the records do not tell is said in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from forethought.data.disclosure import protect_linked
from forethought.errors import DataError
from forethought.insights.kinds.simulation import PERSON, SimulationSpec
from forethought.place.calendar import bank_holidays
from forethought.plan.simulation.equality import (
    NOT_KNOWN,
    on_time_by_group,
    simulated_on_time_by_group,
)
from forethought.plan.simulation.waiting_measure import SINCE, waiting_times
from forethought.results import words

if TYPE_CHECKING:
    from forethought.insights.base import RunContext
    from forethought.plan.simulation.pathway import Pathway, Stage, Target
    from forethought.plan.simulation.result import Simulation

ALL, ORIGIN = "all", "origin"
JUDGED_WEEKS = 52
LINKED_DAYS = 365
"""A piece of work follows the person's last request, if that is no older than this."""
MEASURE_MONTHS = 36
QUARTERS = 5
AGES = ((80, "80 and over"), (65, "65 to 79"), (0, "18 to 64"))


@dataclass(frozen=True, eq=False)
class People:
    """What records say of the people behind a list.

    Args:
        groups: `kind` (`all`, `origin`, `age`, `gender`, `ethnicity`), `group`, `judged`, `share`,
            `lo-80`, `hi-80`, `lo-95`, `hi-95`, `gap` (share less that of all others), `expected`,
            `expected-lo-80`, `expected-hi-80` (with today's plan); null where small numbers are
            hidden.
        origin: `stage` (a way in), `came`, `went_on` (share), `half_days`, `expected`, `lo-80`,
            `hi-80` (the next 12 months).
        official: `metric`, `age_band`, `quarter`, `median_days`, `waits`.
        missing: What the records do not tell, by part, in words.
    """

    groups: pl.DataFrame
    origin: pl.DataFrame
    official: pl.DataFrame
    missing: Mapping[str, str] = field(default_factory=dict)

    def tables(self) -> dict[str, pl.DataFrame]:
        """Its frames by name."""
        return {"groups": self.groups, "origin": self.origin, "official": self.official}


def people_behind(
    cases: pl.DataFrame,
    events: pl.DataFrame | None,
    made: Simulation,
    spec: SimulationSpec,
    context: RunContext,
) -> People:
    """Answers of the records about the list of a specification's stage.

    Args:
        cases: As `simulation_records.labelled` gives them, the person among the columns if known.
        events: Events in the Client Level Data layout; None: there are none.
        made: The simulation of today's plan.
        spec: The specification.
        context: The run's context.
    """
    missing: dict[str, str] = {}
    stage = made.pathway.stage(spec.settings.target.stage)
    own = _of_stage(cases, stage, context.as_of)
    ways_in = _ways_in(made.pathway, stage.name)
    origin = _nothing(_ORIGIN)
    if len(ways_in) < 2:  # noqa: PLR2004  one way in tells nobody apart
        missing[ORIGIN] = "The pathway has one way in, so hospital and community are not told apart"
    elif PERSON not in cases.columns:
        missing[ORIGIN] = (
            "What is missing: the person of a work item, which ties it to the request before it"
        )
    else:
        own = _with_origin(own, cases, ways_in)
        origin = _origins(own, cases, ways_in, made, context)
    kinds = [ORIGIN] if ORIGIN in own.columns else []
    if events is None or PERSON not in cases.columns:
        missing["groups"] = missing["official"] = _lacking_events(spec)
        official = _nothing(_OFFICIAL)
    else:
        own = _with_groups(own, events, spec.settings.groups)
        kinds += list(spec.settings.groups)
        official = _official(events, context)
    if not stage.target:
        missing["groups"] = "The pathway sets no limit at this stage"
    begun = [name for name, target in stage.target.items() if target.until == "started"]
    if begun:
        missing["started"] = words.listed([_label(made.pathway, name) for name in begun])
    groups = _groups(own, kinds, stage, made, context)
    return People(groups, origin, official, missing)


_GROUPS = {
    "kind": pl.String, "group": pl.String, "judged": pl.Int64, "share": pl.Float64,
    "lo-80": pl.Float64, "hi-80": pl.Float64, "lo-95": pl.Float64, "hi-95": pl.Float64,
    "gap": pl.Float64, "expected": pl.Float64,
    "expected-lo-80": pl.Float64, "expected-hi-80": pl.Float64,
}  # fmt: skip
_ORIGIN = {
    "stage": pl.String, "came": pl.Int64, "went_on": pl.Float64, "half_days": pl.Float64,
    "expected": pl.Float64, "lo-80": pl.Float64, "hi-80": pl.Float64,
}  # fmt: skip
_OFFICIAL = {
    "metric": pl.String, "age_band": pl.String, "quarter": pl.Date, "median_days": pl.Float64,
    "waits": pl.Int64,
}  # fmt: skip


def _nothing(schema: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    return pl.DataFrame(schema=dict(schema))


def _label(pathway: Pathway, work_class: str) -> str:
    """A class in words."""
    label = next(each.label for each in pathway.classes if each.name == work_class)
    return label or work_class.replace("_", " ").capitalize()


def _lacking_events(spec: SimulationSpec) -> str:
    named = spec.settings.events
    if named is None:
        return (
            "What is missing: events in the Client Level Data layout; "
            f"insights/{spec.id}.yaml names no dataset of events"
        )
    return f"What is missing: the person of a work item, which ties it to {named}"


def _ways_in(pathway: Pathway, stage: str) -> list[str]:
    """Stages with demand from outside whose cases may go on to a stage, or that stage itself."""
    found = []
    for each in pathway.stages:
        leads = any(way.to == stage for ways in each.routes.values() for way in ways)
        if each.arrivals and each.records and (leads or each.name == stage):
            found.append(each.name)
    return found


def _of_stage(cases: pl.DataFrame, stage: Stage, as_of: date) -> pl.DataFrame:
    """Cases of a stage of the last year, with the day by which each should be closed."""
    first = as_of - timedelta(weeks=JUDGED_WEEKS)
    own = cases.filter((pl.col("stage") == stage.name) & (pl.col("received_on") > first))
    due = pl.lit(None, pl.Date)
    for name, target in stage.target.items():
        if target.until == "closed":
            due = pl.when(pl.col("work_class") == name).then(_due(own, target)).otherwise(due)
    return own.with_columns(due.alias("due_on"), pl.col("done_on").alias("completed_on"))


def _due(cases: pl.DataFrame, target: Target) -> pl.Expr:
    if target.days == "calendar" or cases.is_empty():
        return pl.col("received_on") + timedelta(days=target.within_days)
    received = cases["received_on"].to_numpy().astype("datetime64[D]")
    years = range(received.min().item().year, received.max().item().year + 2)
    holidays = [np.datetime64(day) for year in years for day in bank_holidays(year)]
    due = np.busday_offset(received, target.within_days, roll="forward", holidays=holidays)
    return pl.lit(pl.Series(due.astype("datetime64[ms]"))).cast(pl.Date)


def _with_origin(own: pl.DataFrame, cases: pl.DataFrame, ways_in: list[str]) -> pl.DataFrame:
    """Each case with the way in of the person's last request before it.

    The few whose request is not known count with the commonest way in, which pages say: alone they
    would be so few that shares of a whole way in had to be hidden to hide them.
    """
    requests = (
        cases.filter(pl.col("stage").is_in(ways_in))
        .select(PERSON, pl.col("received_on").alias("asked_on"), pl.col("stage").alias(ORIGIN))
        .drop_nulls()
        .sort("asked_on")
    )
    linked = own.sort("received_on").join_asof(
        requests,
        left_on="received_on",
        right_on="asked_on",
        by=PERSON,
        strategy="backward",
        tolerance=timedelta(days=LINKED_DAYS),
        check_sortedness=False,
    )
    counted = requests[ORIGIN].value_counts(sort=True)
    usual = counted[ORIGIN][0] if counted.height else ways_in[0]
    return linked.with_columns(pl.col(ORIGIN).fill_null(usual))


def _origins(
    own: pl.DataFrame,
    cases: pl.DataFrame,
    ways_in: list[str],
    made: Simulation,
    context: RunContext,
) -> pl.DataFrame:
    """A row for each way in: what came and went on, how long it took, what is expected."""
    first = context.as_of - timedelta(weeks=JUDGED_WEEKS)
    whole_year = slice(1, 13) if made.calendar.start.day > 1 else slice(0, 12)
    rows = []
    for name in ways_in:
        came = cases.filter((pl.col("stage") == name) & (pl.col("received_on") > first)).height
        after = own.filter(pl.col(ORIGIN) == name)
        done = after.drop_nulls("done_on")
        took = (done["done_on"] - done["received_on"]).dt.total_days()
        year = made.series("incoming", name)[:, whole_year].sum(axis=1)
        low, middle, high = np.quantile(year, (0.1, 0.5, 0.9)).tolist()
        hidden = min(came, done.height) < max(context.minimum_count, 1)
        rows.append(
            (
                name,
                None if 0 < came < context.minimum_count else came,
                None if hidden else after.height / came,
                None if hidden else took.median(),
                middle,
                low,
                high,
            )
        )
    return pl.DataFrame(rows, schema=_ORIGIN, orient="row")


def _with_groups(own: pl.DataFrame, events: pl.DataFrame, groups: tuple[str, ...]) -> pl.DataFrame:
    """Each case with age, gender and ethnic group of its person, as last recorded.

    Cases of people without events are left out: so few are of no group that others would have to
    be hidden with them.
    """
    named = [name for name in groups if name != "age"]
    people = (
        events.sort("recorded_on", "event_start_date", "event_reference")
        .group_by(PERSON)
        .agg(pl.col("birth_month", *named).drop_nulls().last())
        .drop_nulls([name for name in ("birth_month", "gender") if name in {"birth_month", *named}])
    )
    joined = own.join(people, on=PERSON, how="inner", maintain_order="left")
    years = (pl.col("received_on") - pl.col("birth_month")).dt.total_days() / 365.25
    age = pl.lit(None, pl.String)
    for least, label in reversed(AGES):
        age = pl.when(years >= least).then(pl.lit(label)).otherwise(age)
    short = [pl.col(name).str.split(":").list.first().alias(name) for name in named]
    known = [
        pl.when(~pl.col(name).str.starts_with("No data")).then(pl.col(name)).alias(name)
        for name in named
    ]
    return joined.with_columns(age.alias("age"), *short).with_columns(known)


def _official(events: pl.DataFrame, context: RunContext) -> pl.DataFrame:
    """The official medians of the last whole quarters; hidden where few people stand behind."""
    since = max(SINCE, context.as_of - timedelta(days=round(MEASURE_MONTHS * 30.5)))
    known = events.filter(
        (pl.col("event_start_date") <= context.as_of)
        & (pl.col("recorded_on") <= context.as_of).fill_null(value=True)
    )
    asked = known.filter(
        pl.col("event_type").str.to_lowercase().str.contains("request")
        & (pl.col("event_start_date") >= since)
    )
    own = known.join(asked.select(PERSON).unique(), on=PERSON, how="semi")
    try:
        found = waiting_times(own, since=since).frame
    except DataError:
        return _nothing(_OFFICIAL)
    this = pl.lit(context.as_of).dt.offset_by("1d").dt.truncate("1q")
    whole = found.filter(
        (pl.col("quarter") < this) & (pl.col("quarter") >= this.dt.offset_by(f"-{QUARTERS}q"))
    )
    seen = pl.col("waits") >= max(context.minimum_count, 1)
    return whole.select(
        "metric",
        "age_band",
        "quarter",
        pl.when(seen).then(pl.col("median_days")).alias("median_days"),
        pl.when(seen).then(pl.col("waits")).alias("waits"),
    )


def _groups(
    own: pl.DataFrame, kinds: list[str], stage: Stage, made: Simulation, context: RunContext
) -> pl.DataFrame:
    """Shares on time of all kinds of groups, small numbers protected together."""
    judged = own.filter(pl.col("due_on").is_not_null())
    if judged.is_empty() or not kinds:
        return _nothing(_GROUPS)
    found = {
        kind: on_time_by_group(
            judged, group=kind, as_of=context.as_of, due="due_on", until="completed"
        )
        for kind in kinds
    }
    shown = _shown(found, context.minimum_count)
    parts = []
    for kind, frame in found.items():
        simulated = _simulated(judged, kind, stage, made)
        rows = frame.join(shown[kind], on="group", how="left", maintain_order="left")
        hidden = pl.col("hidden_share")
        parts.append(
            rows.join(simulated, on="group", how="left", maintain_order="left").select(
                pl.lit(kind).alias("kind"),
                "group",
                pl.when(~pl.col("hidden")).then(pl.col("judged")).alias("judged"),
                *(
                    pl.when(~hidden).then(pl.col(name)).cast(pl.Float64).alias(name)
                    for name in _GROUPS
                    if name not in ("kind", "group", "judged")
                ),
            )
        )
    return pl.concat(parts)


def _shown(found: Mapping[str, pl.DataFrame], minimum: int) -> dict[str, pl.DataFrame]:
    """Which groups' numbers, and shares, must be hidden: `group`, `hidden`, `hidden_share`."""
    tables = {}
    for kind, frame in found.items():
        cells = frame.select(
            pl.col("group").alias(kind),
            pl.col("on_time").alias("yes"),
            (pl.col("judged") - pl.col("on_time")).alias("no"),
            pl.col("judged").alias(ALL),
        )
        total = cells.select(pl.lit(ALL).alias(kind), pl.col("yes", "no", ALL).sum())
        tables[kind] = pl.concat([cells, total]).unpivot(
            index=kind, variable_name="kept", value_name="cases"
        )
    if minimum > 1:
        done = protect_linked(
            tables,
            count="cases",
            by={kind: (kind, "kept") for kind in tables},
            minimum_count=minimum,
            totals={"kept": ALL, **dict.fromkeys(tables, ALL)},
        )
        tables = {kind: each.table for kind, each in done.items()}
    out = {}
    for kind, table in tables.items():
        null = pl.col("cases").is_null()
        out[kind] = table.group_by(pl.col(kind).alias("group")).agg(
            (null & (pl.col("kept") == ALL)).any().alias("hidden"), null.any().alias("hidden_share")
        )
    return out


def _simulated(judged: pl.DataFrame, kind: str, stage: Stage, made: Simulation) -> pl.DataFrame:
    """`group`, `expected` and its 8 in 10 range: each group's classes under today's plan."""
    mix = judged.group_by(
        "stage", "work_class", pl.col(kind).fill_null(NOT_KNOWN).alias("group"),
        maintain_order=True,
    ).agg(pl.len().cast(pl.Int64).alias("cases"))  # fmt: skip
    found = simulated_on_time_by_group(made, mix)
    return found.filter(pl.col("stage") == stage.name).select(
        "group",
        pl.col("share").alias("expected"),
        pl.col("lo-80").alias("expected-lo-80"),
        pl.col("hi-80").alias("expected-hi-80"),
    )
