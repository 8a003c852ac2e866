"""The computation of a service simulation: measure, simulate, compare, map the chances."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from math import ceil, floor
from typing import TYPE_CHECKING, Any

import polars as pl

from forethought.errors import SpecificationError, did_you_mean
from forethought.insights.base import Check, Result, RunContext
from forethought.insights.kinds.simulation import SimulationSpec, pathway_of
from forethought.insights.kinds.simulation_chances import chances_table
from forethought.insights.kinds.simulation_flows import Window, demand_paths
from forethought.insights.kinds.simulation_forecast import request_factors
from forethought.insights.kinds.simulation_outlook import outlook, outlook_tables
from forethought.insights.kinds.simulation_people import people_behind
from forethought.insights.kinds.simulation_plans import (
    Asked,
    Plans,
    Question,
    compare_plans,
    quarter_ends,
)
from forethought.insights.kinds.simulation_records import Service, labelled, measured_service
from forethought.insights.kinds.simulation_sureness import (
    drivers_table,
    uncertainty_table,
    ways_table,
)
from forethought.place.calendar import add_months, month_end, month_start
from forethought.plan.simulation.calibration import mean_effort
from forethought.plan.simulation.demand import Demand
from forethought.plan.simulation.initial import Initial, checked_initial
from forethought.plan.simulation.pathway import Pathway

if TYPE_CHECKING:
    from forethought.insights.base import Frames

PATHS = 400
ENOUGH_SEEN = 0.9
MOST_TIMES = 3
"""A target that asks for more than so many times today's staff is out of reach."""
ROOM = 1.1
"""The map of chances goes on behind the fewest staff by a tenth."""


def compute_simulation(frames: Frames, spec: SimulationSpec, context: RunContext) -> Result:
    """Measure the service from its records, then simulate plans, scenarios and chances.

    Tables whose counts are people and that pages show are protected there; `position` and
    `demand` are what a what-if starts from, and no page, export or command shows them.
    """
    settings = spec.settings
    pathway = _fitting(pathway_of(spec), spec)
    service = measured_service(
        pathway, frames[settings.items], frames[settings.staff_records], as_of=context.as_of,
        measured_weeks=settings.measured_weeks, demand_weeks=settings.demand_weeks,
        demand_from=settings.demand_from, seed=context.seed,
    )  # fmt: skip
    cases = labelled(frames[settings.items], service.pathway, as_of=context.as_of)
    question = _question(service, cases, spec, context)
    waiting = waiting_now(service.position, settings.target.stage)
    start, end = question.start, last_day(context.as_of, settings.months_ahead)
    asked = Asked(0.0, fewer_than(spec, waiting), _by(spec, start, end))
    every = _every(service, settings.target.stage, context.minimum_count)
    low, high = staff_range(question.staff_now, spec)
    most = most_staff(question.staff_now, high, spec)
    plans = compare_plans(
        question, asked, every=every, replications=settings.replications, most=most, otherwise=high
    )
    high = max(high, min(ceil(ROOM * (plans.fewest or 0)), most))
    ways = ways_table(question, asked, end, spec)
    made = outlook(question, plans, end, spec)
    events = None if settings.events is None else frames.get(settings.events)
    people = people_behind(cases, events, made, spec, context)
    tables = {
        "observed": _observed(service, settings.target.stage, every),
        "chances": chances_table(question, end, low, high),
        "recovery": ways.table,
        **_plan_tables(question, plans, asked),
        **people.tables(),
        **effort_tables(service, settings.target.stage),
        **outlook_tables(question, made),
    }
    values = {
        **_names(service),
        **_plan_values(question, plans, asked),
        "recovery": ways.values,
        "missing": dict(people.missing),
        "end": end.isoformat(),
        "every": every,
        "staff_low": low,
        "staff_high": high,
        "staff_most": most,
        "waiting_now": waiting,
        "follows": sorted(context.upstream),
    }
    return Result(tables, values, _metrics(plans, waiting), _checks(service, question, waiting))


def _plan_tables(question: Question, plans: Plans, asked: Asked) -> dict[str, pl.DataFrame]:
    """The plans, how sure they are, and what a what-if starts from."""
    return {
        "plans": plans.plans,
        "series": plans.series,
        "position": question.position.frame,
        "demand": question.demand.frame,
        "effort": question.effort,
        "uncertainty": uncertainty_table(question, asked),
        "drivers": drivers_table(question, asked),
    }


def effort_tables(service: Service, stage: str) -> dict[str, pl.DataFrame]:
    """How well effort is known: `held_out` (of the target's stage), `covered`, `hours`, `unknown`.

    `covered`: `stage`, `measure`, `weeks`, `inside` (of the 8 in 10 range). `hours`: `stage`,
    `hours` (of a case), `lo-80`, `hi-80`.
    """
    effort, pathway = service.effort, service.pathway
    inside = pl.col("observed").is_between("lo-80", "hi-80").sum().cast(pl.Int64)
    covered = effort.held_out.group_by("stage", "measure", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("weeks"), inside.alias("inside")
    )
    rows = []
    for name in effort.draws["stage"].unique(maintain_order=True):
        mean = mean_effort(pathway.stage(name), pathway)
        factors = effort.draws.filter(pl.col("stage") == name)["factor"]
        ends = [mean * float(factors.quantile(p, "linear") or 1.0) for p in (0.1, 0.9)]
        rows.append((name, mean, *ends))
    schema = {"stage": pl.String} | dict.fromkeys(("hours", "lo-80", "hi-80"), pl.Float64)
    return {
        "held_out": effort.held_out.filter(pl.col("stage") == stage),
        "covered": covered,
        "hours": pl.DataFrame(rows, schema=schema, orient="row"),
        "unknown": effort.unknown,
    }


def _fitting(pathway: Pathway, spec: SimulationSpec) -> Pathway:
    """The pathway, if it has what the insight speaks of.

    Raises:
        SpecificationError: The stage, the staff or a scenario is not in the pathway.
    """
    settings = spec.settings
    flows = [each.flow for stage in pathway.stages for each in stage.arrivals]
    planned = [each.name for each in pathway.scenarios]
    wanted = [
        (settings.target.stage, [s.name for s in pathway.stages], "target.stage", "stage"),
        (settings.staff.resource, [r.name for r in pathway.resources], "staff.resource", "staff"),
        *((s, planned, "scenarios", "scenario") for s in settings.scenarios),
        *((f, flows, "request_flows", "flow") for f in settings.request_flows),
    ]  # fmt: skip
    for name, known, place, what in wanted:
        if name not in known:
            raise SpecificationError(
                f'The pathway {pathway.name} has no {what} "{name}".',
                where=f"insights/{spec.id}.yaml, settings.{place}",
                remedy=did_you_mean(name, known) or f"It has {', '.join(known)}.",
            )
    return pathway


def _question(
    service: Service, cases: pl.DataFrame, spec: SimulationSpec, context: RunContext
) -> Question:
    settings = spec.settings
    start = context.as_of + timedelta(days=1)
    end = last_day(context.as_of, settings.months_ahead)
    window = Window.of(
        cases, as_of=context.as_of, weeks=settings.demand_weeks, first=settings.demand_from
    )
    demand = demand_paths(
        service.pathway,
        service.weekly,
        window.first,
        start=start,
        end=end,
        paths=PATHS,
        seed=context.seed,
        forecast=request_factors(context.upstream, window.last),
        request_flows=settings.request_flows,
    )
    return Question(
        pathway=service.pathway,
        demand=Demand(demand),
        position=checked_initial(service.pathway, Initial(service.position)),
        stage=settings.target.stage,
        resource=settings.staff.resource,
        start=start,
        change_on=add_months(month_start(start), settings.staff.lead_months),
        seed=context.seed,
        engine=settings.engine,
        effort=service.effort.draws,
    )


def last_day(as_of: date, months_ahead: int) -> date:
    """The end of the quarter in which the last of the months lies."""
    month = add_months(month_start(as_of), months_ahead)
    while month.month % 3:
        month = add_months(month, 1)
    return month_end(month)


def _by(spec: SimulationSpec, start: date, end: date) -> date:
    if spec.settings.target.by is not None:
        if not start <= spec.settings.target.by <= end:
            raise SpecificationError(
                "The target's day is not simulated.",
                where=f"insights/{spec.id}.yaml, settings.target.by",
                remedy=f"Give a day from {start} to {end}, or more months_ahead.",
            )
        return spec.settings.target.by
    march = next((day for day in quarter_ends(start, end) if day.month == 3), None)  # noqa: PLR2004
    return march or quarter_ends(start, end)[-1]


def waiting_now(position: pl.DataFrame, stage: str) -> int:
    """Cases that are not closed at a stage."""
    return int(position.filter(pl.col("stage") == stage)["cases"].sum())


def fewer_than(spec: SimulationSpec, waiting: int) -> int:
    """The target: as the file has it, or a share of today's list in round figures."""
    target = spec.settings.target
    if target.fewer_than is not None:
        return target.fewer_than
    wanted = max(target.share_of_today * waiting, 1.0)
    step = 10 if wanted < 300 else 50 if wanted < 3000 else 100  # noqa: PLR2004
    return max(round(wanted / step) * step, 10)


def staff_range(now: float, spec: SimulationSpec) -> tuple[int, int]:
    """Fewest and most staff to look at."""
    staff = spec.settings.staff
    low = staff.low if staff.low is not None else floor(0.7 * now)
    high = staff.high if staff.high is not None else max(ceil(1.5 * now), floor(now) + 3)
    return min(low, floor(now)), max(high, ceil(now))


def most_staff(now: float, high: int, spec: SimulationSpec) -> int:
    """Most staff to think of, where the target asks for more than the page would look at."""
    return high if spec.settings.staff.high is not None else max(high, ceil(MOST_TIMES * now))


def _every(service: Service, stage: str, minimum: int) -> str:
    """Weeks where 9 in 10 of them may be shown, else months."""
    own = service.weeks.filter(pl.col("stage") == stage).tail(52)
    if own.is_empty():
        return "1w"
    small = pl.col("incoming", "closed").is_between(1, max(minimum - 1, 0))
    seen = 1 - own.select(pl.any_horizontal(small).mean()).item()
    return "1w" if seen >= ENOUGH_SEEN else "1mo"


def _observed(service: Service, stage: str, every: str) -> pl.DataFrame:
    """`ds` (end of the period), `incoming`, `closed`, `waiting`: whole periods of the stage."""
    frame = service.weeks if every == "1w" else service.months
    return frame.filter(pl.col("stage") == stage).sort("ds").drop("stage")


def _plan_values(question: Question, plans: Plans, asked: Asked) -> dict[str, Any]:
    """What a what-if starts from besides tables."""
    return {
        "pathway": replace(question.pathway, scenarios=()).to_yaml(),
        "start": question.start.isoformat(),
        "change_on": question.change_on.isoformat(),
        "seed": question.seed,
        "engine": question.engine,
        "asked": told(asked),
        "base_asked": told(asked),
        "fewest": plans.fewest,
        "base_fewest": plans.fewest,
        "average": plans.average,
        "futures": plans.futures,
        "staff_now": question.staff_now,
    }


def _names(service: Service) -> dict[str, Any]:
    """Words for the parts of the pathway, and what was measured of it."""
    pathway = service.pathway
    return {
        "prices": pathway.costs.prices,
        "stages": {s.name: s.label or spoken(s.name) for s in pathway.stages},
        "classes": {c.name: c.label or spoken(c.name) for c in pathway.classes},
        "flows": {each.flow: s.name for s in pathway.stages for each in s.arrivals},
        "pools": [{"name": r.name, "label": r.label or spoken(r.name)} for r in pathway.resources],
        "measured": dict(service.measured),
    }


def spoken(name: str) -> str:
    """`support_planning` as `Support planning`."""
    return name.replace("_", " ").capitalize()


def told(asked: Asked) -> dict[str, Any]:
    """What was asked, as JSON values."""
    return {
        "staff": asked.staff,
        "change_pct": asked.change_pct,
        "fewer_than": asked.fewer_than,
        "by": asked.by.isoformat(),
    }


def _metrics(plans: Plans, waiting: int) -> dict[str, float]:
    found = {"waiting_now": float(waiting), "futures": float(plans.futures)}
    for row in plans.plans.iter_rows(named=True):
        found[f"chance_{row['plan']}"] = row["chance"]
    if plans.fewest is not None:
        found["fewest_staff"] = float(plans.fewest)
    return found


def _checks(service: Service, question: Question, waiting: int) -> list[Check]:
    """The list that the weeks end with is the list that the simulation starts from."""
    own = service.weeks.filter(pl.col("stage") == question.stage)
    placed = waiting_now(question.position.frame, question.stage)
    checks = [
        Check(
            "Today's list is taken over",
            "Cases waiting in the records = cases waiting at the start of the simulation",
            f"{waiting:,} = {placed:,}",
            waiting == placed,
        )
    ]
    if not own.is_empty():
        last, end = int(own["waiting"][-1]), own["ds"].max()
        gap = (question.start - end).days  # type: ignore[operator, union-attr]
        usual = float(own.tail(13)["incoming"].mean() or 0.0)  # type: ignore[arg-type]
        near = abs(last - waiting) <= max(20.0, 2 * usual * gap / 7)
        checks.append(
            Check(
                "The list follows from the weeks before",
                "The list at the last week's end, and what a few days can change of it",
                f"{last:,} then, {waiting:,} at the start",
                near,
            )
        )
    return checks
