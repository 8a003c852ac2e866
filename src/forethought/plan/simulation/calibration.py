"""Effort, spread and leaving from weekly counts alone, judged on weeks that were held out.

Councils seldom record hours a case. Weekly incoming, closed and waiting counts, with the staff
there were, tell them: counts are first made to add up (`reconcile`), then fitted (see
`calibration_fit`), and the last weeks, which the fit has not seen, are simulated from what came in
in them. How many of their counts lie in the simulated bands says whether to believe the bands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from forethought.errors import DataError, SpecificationError
from forethought.plan.simulation.calibration_fit import Fit, Weeks, bootstrap, busy_weeks, fit
from forethought.plan.simulation.held_out import Held, simulate_held_out
from forethought.plan.simulation.model import Calendar, Floats, Model, capacity_by_day, lower
from forethought.plan.simulation.pathway import Distribution, Pathway, Reneging, Resource, Stage
from forethought.plan.simulation.reconcile import COUNTS, Reconciled, checked_observed, reconciled
from forethought.results.words import percent

LEVELS = (80, 95)
HELD_OUT_WEEKS = 13


@dataclass(frozen=True, eq=False)
class Calibration:
    """What weekly counts say of a pathway's work.

    Args:
        pathway: The pathway with the fitted effort, spread and hazard of leaving.
        parameters: `stage`, `parameter` (`effort_hours`, `effort_cv`, `completed_per_fte_week`,
            `leaving_per_day`), `value`, `lo-80`, `hi-80`, `lo-95`, `hi-95` (block bootstrap),
            `before` (what the pathway said; null where it said nothing).
        counts: Reconciled counts: `stage`, `ds`, `incoming`, `closed`, `left`, `waiting`,
            `unexplained` (cases that the recorded counts leave open, before the change), `use`
            (`fit` or `held out`).
        held_out: `stage`, `ds`, `measure` (`waiting`, `closed`), `observed`, `median`, `lo-80`,
            `hi-80`, `lo-95`, `hi-95`.
        coverage: `stage`, `measure`, `level`, `weeks`, `covered`, `share`.
        draws: (draws, stages of the pathway) effort of the bootstrap over the fitted effort; 1
            for stages without counts.
        unexplained_share: Sum of unexplained cases, up and down, over all that came in and left.
        busy_weeks: Weeks that said how many hours a case takes, by team.
    """

    pathway: Pathway
    parameters: pl.DataFrame
    counts: pl.DataFrame
    held_out: pl.DataFrame
    coverage: pl.DataFrame
    draws: Floats
    unexplained_share: float
    busy_weeks: Mapping[str, int]

    def effort_factor(self, replications: int, *, seed: int = 0) -> Floats:
        """Factors on mean effort, (replications, stages), for `simulate(effort_factor=…)`.

        With them the bands contain that effort is not known for sure.
        """
        rng = np.random.default_rng(seed)
        return self.draws[rng.integers(0, self.draws.shape[0], size=replications)]

    def headline(self) -> str:
        """The answer in one sentence."""
        share = self.coverage.filter(level=80)
        inside = float(share["covered"].sum() / max(int(share["weeks"].sum()), 1))
        return (
            f"Of the weeks that were held out, {percent(inside)} lay in the range that should "
            f"hold 80%; {percent(self.unexplained_share)} of the recorded cases did not add up."
        )

    def _repr_html_(self) -> str:
        return f"<p>{self.headline()}</p>{self.parameters._repr_html_()}"


def calibrate(
    pathway: Pathway,
    observed: pl.DataFrame,
    *,
    held_out_weeks: int = HELD_OUT_WEEKS,
    apart: bool = True,
    draws: int = 200,
    replications: int = 500,
    seed: int = 0,
) -> Calibration:
    """Fit a pathway's effort and leaving to weekly counts; judge the fit on the last weeks.

    A stage's efforts of all classes get one factor; its classes keep their ratio. Stages without
    counts keep what the pathway says. A team's stages need counts over the same weeks.

    Args:
        pathway: The pathway; it gives calendars, absence and direct share of the teams.
        observed: `stage` (work stages), `ds` (last day of the week), `incoming`, `closed` (work
            done), `waiting` (at the week's end); where known `left` (the list unseen) and `fte`
            (in post that week; otherwise the pathway's).
        held_out_weeks: Last weeks that the fit does not see.
        apart: Fit an effort for each stage of a team; False: one factor for all of them, which
            keeps the ratio that the pathway says (few weeks do not tell stages apart).
        draws: Bootstrap draws.
        replications: Simulated futures of the held-out weeks.
        seed: Same seed, same answer.

    Raises:
        DataError: Counts that cannot be used, or too few weeks with a list.
        SpecificationError: Numbers of weeks or draws that leave nothing.
    """
    if held_out_weeks < 1 or draws < 2 or replications < 2:  # noqa: PLR2004  nothing to spread
        raise SpecificationError(
            "A calibration needs held-out weeks, draws and futures.",
            remedy="Give 1 or more weeks, 2 or more draws and futures.",
        )
    work = [stage.name for stage in pathway.stages if stage.kind == "work"]
    frame = checked_observed(observed, work)
    teams = [_team(pathway, pool, frame, held_out_weeks, apart=apart) for pool in pathway.resources]
    fitted = [
        _Fitted(team, fit(team.weeks), bootstrap(team.weeks, draws, seed)) for team in teams if team
    ]
    if not fitted:
        raise DataError("No stage has weekly counts.", where="observed")
    held = pl.concat(
        [simulate_held_out(each.held(), replications=replications, seed=seed) for each in fitted]
    )
    return _calibration(pathway, fitted, held, draws)


def _calibration(
    pathway: Pathway, fitted: list[_Fitted], held: pl.DataFrame, draws: int
) -> Calibration:
    """What was fitted, with what the held-out weeks say of it."""
    counts = pl.concat([each.team.counts for each in fitted])
    unexplained = float(counts["unexplained"].abs().sum())
    flows = float(counts.select(pl.col("incoming", "closed").sum()).sum_horizontal()[0])
    return Calibration(
        pathway=_changed(pathway, fitted),
        parameters=pl.concat([each.parameters() for each in fitted]),
        counts=counts,
        held_out=held,
        coverage=_coverage(held),
        draws=_factors(pathway, fitted, draws),
        unexplained_share=unexplained / max(flows, 1e-9),
        busy_weeks={each.team.pool.name: int(each.team.weeks.busy.sum()) for each in fitted},
    )


@dataclass(frozen=True, eq=False)
class _Team:
    """One team's stages and weeks."""

    pool: Resource
    stages: tuple[Stage, ...]
    weeks: Weeks
    counts: pl.DataFrame
    fte: Floats
    first: date
    fitted_weeks: int
    start: Floats
    hours_per_fte_week: float
    before: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class _Fitted:
    team: _Team
    best: Fit
    again: list[Fit]

    def held(self) -> Held:
        """What the simulation of the held-out weeks needs."""
        team = self.team
        names = [stage.name for stage in team.stages]
        later = team.counts.filter(use="held out")
        each = [later.filter(stage=name) for name in names]
        return Held(
            pool=team.pool,
            stages=team.stages,
            first=team.first + timedelta(weeks=team.fitted_weeks),
            fte=team.fte[team.fitted_weeks :],
            observed=pl.concat(each),
            start=team.start,
            draws=self.again,
        )

    def parameters(self) -> pl.DataFrame:
        """Fitted values with bootstrap intervals, and what stood there before."""
        rows = []
        hours = self.team.hours_per_fte_week
        for place, stage in enumerate(self.team.stages):
            effort = np.array([each.effort_hours[place] for each in self.again])
            leaving = np.array([each.hazard_per_day[place] for each in self.again])
            spread = np.array([each.cv for each in self.again])
            mean = self.team.before[place]
            hazard = _said_hazard(stage)
            best = self.best
            rate = hours / mean if mean else None
            for name, value, drawn, before in (
                ("effort_hours", best.effort_hours[place], effort, mean),
                ("effort_cv", best.cv, spread, None),
                ("completed_per_fte_week", hours / best.effort_hours[place], hours / effort, rate),
                ("leaving_per_day", best.hazard_per_day[place], leaving, hazard),
            ):
                ends = np.quantile(drawn, (0.1, 0.9, 0.025, 0.975)).tolist()
                rows.append((stage.name, name, float(value), *ends, before))
        columns = ("stage", "parameter", "value", "lo-80", "hi-80", "lo-95", "hi-95", "before")
        numbers = dict.fromkeys(columns[2:], pl.Float64)
        schema = {"stage": pl.String, "parameter": pl.String} | numbers
        return pl.DataFrame(rows, schema=schema, orient="row")


def mean_effort(stage: Stage, pathway: Pathway) -> float:
    """Mean hours of a case of a stage.

    Classes count as in the mix that comes to it from outside, else to the pathway's first stage
    with demand, else alike.
    """
    own = dict.fromkeys(stage.effort, 0.0)
    first = next((each for s in pathway.stages for each in s.arrivals[:1]), None)
    for each in stage.arrivals or (() if first is None else (first,)):
        for name in own:
            own[name] += each.mix.get(name, 0.0)
    if sum(own.values()) <= 0.0:
        own = dict.fromkeys(stage.effort, 1.0)
    total = sum(own.values())
    return sum(stage.effort[name].mean * share for name, share in own.items()) / max(total, 1e-9)


def _said_hazard(stage: Stage) -> float | None:
    found = [max(each.hazard_per_day) for each in stage.reneging.values()]
    return max(found) if found else None


def _team(
    pathway: Pathway, pool: Resource, frame: pl.DataFrame, held_out: int, *, apart: bool
) -> _Team | None:
    """The weeks of a team's own stages (those that it serves first); None without counts."""
    names = set(frame["stage"].unique())
    own = tuple(
        stage
        for stage in pathway.stages
        if stage.name in names and stage.resources and stage.resources[0] == pool.name
    )
    if not own or pool.kind != "staff":
        return None
    parts = [frame.filter(stage=stage.name) for stage in own]
    ends = parts[0]["ds"].to_list()
    if any(part["ds"].to_list() != ends for part in parts):
        raise DataError(
            f"The stages of {pool.name} have counts of different weeks.", where="weekly counts"
        )
    fitted = len(ends) - 1 - held_out
    if fitted < 1:
        raise DataError(
            f"{len(ends)} weeks leave none to fit when {held_out} are held out.",
            where=f"weekly counts, {own[0].name}",
            remedy="Give more weeks, or hold out fewer.",
        )
    balanced = [_reconciled(part, fitted) for part in parts]
    first = ends[0] + timedelta(days=1)
    fte = _fte(pool, parts[0], first)
    hours, scatter = _hours(pathway, pool, Calendar(first, 7 * (len(ends) - 1)))
    before = tuple(mean_effort(stage, pathway) for stage in own)
    ratio = None if apart else np.array(before)
    return _Team(
        pool=pool,
        stages=own,
        weeks=_weeks(balanced, (fte * hours)[:fitted], scatter, ratio),
        counts=pl.concat([_counts(p, b, fitted) for p, b in zip(parts, balanced, strict=True)]),
        fte=fte,
        first=first,
        fitted_weeks=fitted,
        start=np.array([float(part["waiting"][fitted]) for part in parts]),
        hours_per_fte_week=float(hours.mean()),
        before=before,
    )


def _weeks(
    balanced: list[Reconciled], hours: Floats, scatter: float, ratio: Floats | None
) -> Weeks:
    """The fitted weeks of a team, from counts that add up."""
    waiting = np.array([[each.waiting_before, *each.waiting] for each in balanced]).T
    closed = np.array([each.closed for each in balanced]).T
    return Weeks(
        hours=hours,
        scatter=scatter,
        closed=closed,
        busy=busy_weeks(waiting[:-1], waiting[1:], closed),
        left=np.array([each.gap for each in balanced]).T,
        case_days=7 * (waiting[:-1] + waiting[1:]) / 2,
        ratio=ratio,
    )


def _reconciled(part: pl.DataFrame, fitted: int) -> Reconciled:
    """The fitted weeks of a stage, the one before them included, as counts that add up."""
    seen = part.head(fitted + 1)
    came, done, waiting = (seen[name].cast(pl.Float64).to_numpy() for name in COUNTS)
    left = seen["left"].cast(pl.Float64).to_numpy() if "left" in part.columns else None
    return reconciled(came, done, waiting, left)


def _counts(part: pl.DataFrame, balanced: Reconciled, fitted: int) -> pl.DataFrame:
    """Counts of a stage: reconciled where fitted, as recorded where held out."""
    names = ("incoming", "closed", "left", "waiting", "unexplained")
    known = pl.DataFrame({name: getattr(balanced, name) for name in names})
    ends = part.select("stage", "ds").slice(1)
    later = part.slice(fitted + 1).select(
        *(pl.col(name).cast(pl.Float64) for name in COUNTS),
        pl.lit(None, pl.Float64).alias("left"),
        pl.lit(None, pl.Float64).alias("unexplained"),
    )
    use = ["fit"] * known.height + ["held out"] * later.height
    values = pl.concat([known, later.select(names)])
    return pl.concat([ends, values], how="horizontal").with_columns(pl.Series("use", use))


def _fte(pool: Resource, part: pl.DataFrame, first: date) -> Floats:
    """FTE in post of each week after the first recorded one."""
    if "fte" in part.columns:
        return part["fte"].cast(pl.Float64).to_numpy()[1:]
    days = [first + timedelta(days=n) for n in range(7 * (part.height - 1))]
    found: Floats = capacity_by_day(pool, pool.changes, days).reshape(-1, 7).mean(axis=1)
    return found


def _hours(pathway: Pathway, pool: Resource, calendar: Calendar) -> tuple[Floats, float]:
    """Expected hours of direct work of one FTE in each week, and their scatter from sickness."""
    alone = replace(pathway, resources=(pool,), stages=(), scenarios=())
    model: Model = lower(alone, calendar)
    away = model.sickness[0, model.winter].mean(axis=1)
    hours: Floats = (model.hours[0] * (1.0 - away)).reshape(-1, 7).sum(axis=1)
    spread = model.sickness[0].std(axis=1).max() / (1.0 - model.sickness[0].mean())
    return hours, float(spread)


def _changed(pathway: Pathway, fitted: list[_Fitted]) -> Pathway:
    """The pathway with what was fitted."""
    stages = {stage.name: stage for stage in pathway.stages}
    for each in fitted:
        for place, stage in enumerate(each.team.stages):
            scale = float(each.best.effort_hours[place]) / each.team.before[place]
            stages[stage.name] = fitted_stage(
                stage, scale, each.best.cv, float(each.best.hazard_per_day[place])
            )
    return replace(pathway, stages=tuple(stages.values()))


def fitted_stage(stage: Stage, scale: float, cv: float, hazard: float) -> Stage:
    """A stage whose efforts have a factor and a spread, and whose list people leave so fast."""
    effort = {
        name: Distribution("gamma", each.mean * scale, cv)
        if cv > 0
        else Distribution("fixed", each.mean * scale)
        for name, each in stage.effort.items()
    }
    leaving = {name: Reneging((0,), (hazard,)) for name in stage.effort} if hazard > 0 else {}
    return replace(stage, effort=effort, reneging=leaving)


def _factors(pathway: Pathway, fitted: list[_Fitted], draws: int) -> Floats:
    found = np.ones((draws, len(pathway.stages)))
    names = [stage.name for stage in pathway.stages]
    for each in fitted:
        for place, stage in enumerate(each.team.stages):
            drawn = np.array([again.effort_hours[place] for again in each.again])
            found[:, names.index(stage.name)] = drawn / each.best.effort_hours[place]
    return found


def _coverage(held: pl.DataFrame) -> pl.DataFrame:
    """Shares of held-out weeks inside their bands."""
    parts = []
    for level in LEVELS:
        inside = pl.col("observed").is_between(f"lo-{level}", f"hi-{level}")
        parts.append(
            held.group_by("stage", "measure", maintain_order=True)
            .agg(
                pl.lit(level).alias("level"),
                pl.len().alias("weeks"),
                inside.sum().alias("covered"),
                inside.mean().alias("share"),
            )
        )  # fmt: skip
    return pl.concat(parts).sort("stage", "measure", "level")
