"""Where the uncertainty of a plan comes from: the forecast, the parameters, or chance.

Futures are laid out in a nested design: each forecast path meets several draws of the parameters,
each of those several runs of chance. The law of total variance then splits the variance of the
cases on a day in three: between paths, between parameter draws on the same path, and between runs
that share both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from forethought.errors import SpecificationError
from forethought.plan.simulation.demand import Demand
from forethought.plan.simulation.futures import Futures, futures_of
from forethought.plan.simulation.goals import Goal, checked_goal
from forethought.plan.simulation.initial import Initial, checked_initial
from forethought.plan.simulation.model import Floats
from forethought.plan.simulation.pathway import Pathway, Scenario
from forethought.plan.simulation.simulate import Engine
from forethought.results.words import listed, percent

SOURCES = ("forecast", "parameters", "chance")
_BOOTSTRAP = 200


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """Shares of the variance of the cases that a goal counts.

    Args:
        goal: What is counted, where and when.
        frame: `source` (`forecast`, `parameters`, `chance`), `variance` (cases²), `sd` (cases),
            `share` (0-1, sum 1), `error` (standard error of the share from the number of futures).
        mean: Mean of the cases.
        sd: Standard deviation of the cases over all futures.
        paths, parameter_draws, runs: The design: paths, draws on each, runs of each draw.
        seed: Seed of all random numbers.
        engine: Which engine ran.
    """

    goal: Goal
    frame: pl.DataFrame
    mean: float
    sd: float
    paths: int
    parameter_draws: int
    runs: int
    seed: int
    engine: str

    def headline(self) -> str:
        """The answer in one sentence."""
        named = {"forecast": "the forecast", "parameters": "parameters", "chance": "chance"}
        parts = [
            f"{percent(row['share'])} from {named[row['source']]}"
            for row in self.frame.sort("share", descending=True).iter_rows(named=True)
        ]
        return f"The spread of the cases at {self.goal.stage} comes {listed(parts)}."

    def _repr_html_(self) -> str:
        return f"<p>{self.headline()}</p>{self.frame._repr_html_()}"


def uncertainty(  # noqa: PLR0913  all that the answer depends on
    pathway: Pathway,
    demand: Demand | None = None,
    initial: Initial | pl.DataFrame | None = None,
    *,
    target: Goal | str,
    start: date,
    effort_factor: Floats | None = None,
    paths: int = 100,
    parameter_draws: int = 4,
    runs: int = 4,
    scenario: Scenario | None = None,
    seed: int = 0,
    engine: Engine = "auto",
    workers: int | None = None,
) -> Uncertainty:
    """Split the variance of the cases on a day into forecast, parameters and chance.

    A forecast's sample paths are counts that came true on a path, so chance of their size lies
    in `forecast`; with rates, chance of the arrivals lies in `chance`.

    Args:
        pathway: The pathway.
        demand: Demand by flow, with its paths; None: what the pathway's file says (one path).
        initial: Waiting list and open work (see `simulate`).
        target: A `Goal`, or words (`waiting <= 60 by 2027-03-31 at assessment`): its cases on its
            day are split.
        start: First simulated day.
        effort_factor: (draws, stages) factors on mean effort, such as
            `Calibration.effort_factor`; None: parameters are known for sure.
        paths: Forecast paths to use, at most as many as there are.
        parameter_draws: Parameter draws on each path, 2 or more.
        runs: Runs of each draw, 2 or more.
        scenario: What else is changed.
        seed: Same seed, same answer.
        engine: `cohort`, `event` or `auto` (see `simulate`).
        workers: Threads; None: one a processor.

    Raises:
        SpecificationError: A target or a design that does not fit.
        DataError: Demand or waiting list that do not fit.

    References:
        Searle, Casella and McCulloch (1992), Variance components, balanced nested designs.
    """
    goal = checked_goal(pathway, target, start=start)
    if paths < 1 or parameter_draws < 2 or runs < 2:  # noqa: PLR2004  a variance needs two
        raise SpecificationError(
            "The design leaves no variance to see.",
            remedy="Give 1 or more paths, 2 or more parameter draws and runs.",
        )
    draws = parameter_draws if effort_factor is not None else 1
    runs = runs if effort_factor is not None else runs * parameter_draws
    there = 1 if demand is None else demand.paths
    used = min(paths, there)
    if there == 1:  # one path: its draws and runs stand in for more paths
        draws, runs = draws * (paths if draws > 1 else 1), runs * (1 if draws > 1 else paths)
    futures = futures_of(
        pathway, demand, checked_initial(pathway, initial), resource=some_pool(pathway, goal),
        start=start, end=goal.by, scenario=scenario, seed=seed, replications=used * draws * runs,
        engine=engine, workers=workers,
    )  # fmt: skip
    futures = replace(
        futures,
        demand=first_paths(futures.demand, used),
        effort_factor=_laid_out(effort_factor, used, draws, runs),
    )
    cases = futures.ends(goal, [()])[0].astype(float).reshape(draws, runs, used)
    return _split(goal, futures, cases.transpose(2, 0, 1))


def some_pool(pathway: Pathway, goal: Goal) -> str:
    """The first pool of the goal's stage, else of the pathway.

    Raises:
        SpecificationError: The pathway has no pool.
    """
    stage = next(stage for stage in pathway.stages if stage.name == goal.stage)
    names = [*stage.resources, *(pool.name for pool in pathway.resources)]
    if not names:
        raise SpecificationError("The pathway has no resource.", where=pathway.name)
    return names[0]


def first_paths(demand: Demand, count: int) -> Demand:
    """The demand on its first paths only, numbered from 0."""
    numbers = sorted(demand.frame["path"].unique())[:count]
    places = {number: place for place, number in enumerate(numbers)}
    kept = demand.frame.filter(pl.col("path").is_in(numbers))
    return replace(demand, frame=kept.with_columns(pl.col("path").replace_strict(places)))


def _laid_out(factor: Floats | None, paths: int, draws: int, runs: int) -> Floats | None:
    """Rows for future r = (draw x runs + run) x paths + path: each path has draws of its own."""
    if factor is None:
        return None
    number = np.arange(draws * paths).reshape(draws, 1, paths)
    rows = np.broadcast_to(number, (draws, runs, paths)).ravel()
    return np.ascontiguousarray(factor[rows % factor.shape[0]])


def _split(goal: Goal, futures: Futures, cases: Floats) -> Uncertainty:
    """Variance components of (paths, draws, runs) cases, with bootstrap errors over paths."""
    variances = components(cases)
    total = variances.sum()
    shares = variances / total if total > 0 else np.array([0.0, 0.0, 1.0])
    rng = np.random.default_rng(futures.seed)
    axis = 0 if cases.shape[0] > 1 else 1 if cases.shape[1] > 1 else 2
    again = []
    for _ in range(_BOOTSTRAP):
        picked = rng.integers(0, cases.shape[axis], size=cases.shape[axis])
        part = components(np.take(cases, picked, axis=axis))
        again.append(part / part.sum() if part.sum() > 0 else shares)
    frame = pl.DataFrame(
        {
            "source": SOURCES,
            "variance": variances,
            "sd": np.sqrt(variances),
            "share": shares,
            "error": np.std(again, axis=0, ddof=1),
        }
    )
    paths, draws, runs = cases.shape
    return Uncertainty(
        goal=goal,
        frame=frame,
        mean=float(cases.mean()),
        sd=float(cases.std()),
        paths=paths,
        parameter_draws=draws,
        runs=runs,
        seed=futures.seed,
        engine=futures.engine,
    )


def components(cases: Floats) -> Floats:
    """Variance between paths, between draws of a path, and between runs of a draw, none below 0.

    Args:
        cases: (paths, draws, runs); a level of one stands for no uncertainty of that source.
    """
    paths, draws, runs = cases.shape
    chance = float(cases.var(axis=2, ddof=1).mean()) if runs > 1 else 0.0
    means = cases.mean(axis=2)
    between = float(means.var(axis=1, ddof=1).mean()) if draws > 1 else 0.0
    parameters = max(between - chance / runs, 0.0) if draws > 1 else 0.0
    level = float(means.mean(axis=1).var(ddof=1)) if paths > 1 else 0.0
    noise = parameters / draws + chance / (draws * runs)
    forecast = max(level - noise, 0.0) if paths > 1 else 0.0
    return np.array([forecast, parameters, chance])
