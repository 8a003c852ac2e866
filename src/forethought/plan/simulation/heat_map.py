"""Chances of a target over staff levels and demand: a map with the contour of the chance wanted.

Arrivals are drawn once for each demand and met by all staff levels. More staff never wait longer
and more demand never shortens the list, but for noise, so a coarse map shows which cells are
still open, and only those are simulated for the fine one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Unpack

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import Problem, SpecificationError
from forethought.plan.simulation.demand import Demand
from forethought.plan.simulation.futures import wilson
from forethought.plan.simulation.goals import Goal
from forethought.plan.simulation.initial import Initial
from forethought.plan.simulation.model import Floats
from forethought.plan.simulation.pathway import Pathway
from forethought.plan.simulation.staff_question import (
    StaffOptions,
    StaffQuestion,
    whole_signature,
)
from forethought.results.words import chance as chance_words

DEMAND_FACTORS = (0.9, 0.95, 1.0, 1.05, 1.1)
COARSE = 4
"""The second map looks at every fourth staff level (and every second demand)."""


@dataclass(frozen=True, eq=False)
class HeatMap:
    """Chances of a target by staff and demand.

    Args:
        goal: The target.
        resource: The team.
        probability: The chance whose contour is drawn.
        in_post: FTE in post on the day of the decision, without a plan.
        frame: `fte`, `demand_factor`, `chance`, `lo-95`, `hi-95` (Wilson; null where not
            simulated), `mean` (cases on the day; null where not simulated), `simulated`. A cell
            that was not simulated has the chance that its neighbours agree on (all or none reach
            the target), or a value between theirs in a coarse map.
        contour: `demand_factor`, `fte`: the smallest whole FTE of the map whose chance is at
            least `probability`, null where none is; `fte_between`: where a line between the
            staff levels crosses it.
        coarse: Some cells stand between simulated ones: a finer map follows.
        simulated: Cells that were simulated.
        replications: Simulated futures of each cell.
        seed: Seed of all random numbers.
        engine: Which engine ran.
    """

    goal: Goal
    resource: str
    probability: float
    in_post: float
    frame: pl.DataFrame
    contour: pl.DataFrame
    coarse: bool
    simulated: int
    replications: int
    seed: int
    engine: str

    @property
    def chances(self) -> Floats:
        """Chances, shape (staff levels, demand factors), both rising."""
        wide = self.frame.pivot(on="demand_factor", index="fte", values="chance")
        return wide.drop("fte").to_numpy()

    def headline(self) -> str:
        """The answer in one sentence."""
        usual = self.contour.sort((pl.col("demand_factor") - 1.0).abs()).row(0, named=True)
        demand = "as forecast" if usual["demand_factor"] == 1.0 else (
            f"{usual['demand_factor']:g} times the forecast"
        )  # fmt: skip
        if usual["fte"] is None:
            return (
                f"No team of the map has a chance of {chance_words(self.probability)} of "
                f"{self.goal.words()} with demand {demand}."
            )
        return (
            f"With demand {demand}, {usual['fte']:g} FTE are enough for a chance of "
            f"{chance_words(self.probability)} of {self.goal.words()}."
        )

    def _repr_html_(self) -> str:
        return f"<p>{self.headline()}</p>{self.frame._repr_html_()}"


@whole_signature()
def heat_map(
    pathway: Pathway,
    demand: Demand | None = None,
    initial: Initial | pl.DataFrame | None = None,
    *,
    staff: Sequence[float],
    demand_factors: Sequence[float] = DEMAND_FACTORS,
    flows: Sequence[str] | None = None,
    **options: Unpack[StaffOptions],
) -> HeatMap:
    """Chances of a target for every staff level and demand: the last of `heat_map_steps`.

    Args:
        pathway: The pathway.
        demand: Demand by flow; None: what the pathway's file says.
        initial: Waiting list and open work (see `simulate`).
        staff: FTE in post on `from_date`, rising.
        demand_factors: Factors on demand, rising.
        flows: Flows that they multiply; None: all.
        **options: The settings of a `StaffQuestion`: `resource`, `target`, `start`,
            `probability`, …

    Raises:
        SpecificationError: A target, resource, axis or setting that does not fit.
        DataError: Demand or waiting list that do not fit.
    """
    question = StaffQuestion(pathway, demand, initial, **options)
    *_, last = map_steps(question, staff=staff, demand_factors=demand_factors, flows=flows)
    return last


@whole_signature()
def heat_map_steps(
    pathway: Pathway,
    demand: Demand | None = None,
    initial: Initial | pl.DataFrame | None = None,
    *,
    staff: Sequence[float],
    demand_factors: Sequence[float] = DEMAND_FACTORS,
    flows: Sequence[str] | None = None,
    **options: Unpack[StaffOptions],
) -> Iterator[HeatMap]:
    """A coarse map at once, a finer one, one after each refined demand, the fine map last.

    Arguments, errors: as `heat_map`.
    """
    question = StaffQuestion(pathway, demand, initial, **options)
    yield from map_steps(question, staff=staff, demand_factors=demand_factors, flows=flows)


def map_steps(
    question: StaffQuestion,
    *,
    staff: Sequence[float],
    demand_factors: Sequence[float] = DEMAND_FACTORS,
    flows: Sequence[str] | None = None,
) -> Iterator[HeatMap]:
    """The answers of `heat_map_steps` to a question that is already put together."""
    levels, factors = _axes(staff, demand_factors)
    grid = _Grid(question, levels, factors, flows)
    grids = [
        (_every(levels.size, a), _every(factors.size, b))
        for a, b in _steps(levels.size, factors.size)
    ]
    still_open = np.ones((levels.size, factors.size), dtype=bool)
    for rows, columns in grids[:-1]:
        for column in columns:
            grid.simulate(column, [row for row in rows if still_open[row, column]])
        yield grid.map(coarse=True)
        still_open = grid.open_cells(rows, columns)
    for column in range(factors.size):
        grid.simulate(column, np.flatnonzero(still_open[:, column]).tolist())
        if column < factors.size - 1:
            yield grid.map(coarse=True)
    yield grid.map(coarse=False)


def _steps(levels: int, factors: int) -> list[tuple[int, int]]:
    """Steps along staff and demand of the grids, coarsest first; the last is every cell."""
    wide = (max(levels // 3, 1), max(factors // 2, 1))
    return [wide, (min(COARSE, wide[0]), min(2, wide[1])), (1, 1)]


def _every(size: int, step: int) -> list[int]:
    """Every so-and-so-many places, the last included."""
    return sorted({*range(0, size, step), size - 1})


def _axes(staff: Sequence[float], factors: Sequence[float]) -> tuple[Floats, Floats]:
    axes = {"staff": np.asarray(staff, float), "demand_factors": np.asarray(factors, float)}
    problems = [
        Problem("The values do not rise from 0, or there is none.", name, "Give 0, 1, 2, …")
        for name, values in axes.items()
        if values.size == 0
        or not np.isfinite(values).all()
        or values[0] < 0
        or (np.diff(values) <= 0).any()
    ]
    if problems:
        raise SpecificationError("No map can be drawn over these values.", problems=problems)
    return axes["staff"], axes["demand_factors"]


class _Grid:
    """Cells of a map that were simulated so far, staff levels x demand factors."""

    def __init__(
        self,
        question: StaffQuestion,
        levels: Floats,
        factors: Floats,
        flows: Sequence[str] | None,
    ) -> None:
        self.futures, self.goal, self.levels, self.factors = (
            question.futures(), question.goal, levels, factors,
        )  # fmt: skip
        self.flows, self.probability = flows, question.probability
        self.in_post = self.futures.in_post(question.decided_on)
        self.plans = [question.hiring.join(float(level) - self.in_post) for level in levels]
        self.reached: NDArray[np.int64] = np.full((levels.size, factors.size), -1)
        self.means = np.full((levels.size, factors.size), np.nan)

    def simulate(self, column: int, rows: Sequence[int]) -> None:
        """Simulate cells of one demand, all on the same arrivals."""
        todo = [row for row in rows if self.reached[row, column] < 0]
        if not todo:
            return
        futures = self.futures.with_demand(float(self.factors[column]), self.flows)
        ends = futures.ends(self.goal, [self.plans[row] for row in todo])
        self.reached[todo, column] = (ends <= self.goal.at_most).sum(axis=1)
        self.means[todo, column] = ends.mean(axis=1)

    def open_cells(self, rows: list[int], columns: list[int]) -> NDArray[np.bool_]:
        """Cells of blocks whose corners do not agree that all, or none, reach the target."""
        shares = self._filled()
        found = np.ones((self.levels.size, self.factors.size), dtype=bool)
        for low, high in pairwise(rows):
            for left, right in pairwise(columns):
                corners = shares[np.ix_((low, high), (left, right))]
                if (corners == 0.0).all() or (corners == 1.0).all():
                    found[low : high + 1, left : right + 1] = False
        return found

    def map(self, *, coarse: bool) -> HeatMap:
        """The map as known now."""
        shares = self._filled()
        frame = self._frame(shares)
        return HeatMap(
            goal=self.goal,
            resource=self.futures.resource,
            probability=self.probability,
            in_post=self.in_post,
            frame=frame,
            contour=self._contour(shares),
            coarse=coarse,
            simulated=int((self.reached >= 0).sum()),
            replications=self.futures.replications,
            seed=self.futures.seed,
            engine=self.futures.engine,
        )

    def _filled(self) -> Floats:
        """Chances; cells not simulated lie between those that are, along staff, then demand."""
        shares = np.where(self.reached >= 0, self.reached / self.futures.replications, np.nan)
        for column in range(self.factors.size):
            shares[:, column] = _between(self.levels, shares[:, column])
        for row in range(self.levels.size):
            shares[row] = _between(self.factors, shares[row])
        return shares

    def _frame(self, shares: Floats) -> pl.DataFrame:
        rows = []
        for row, level in enumerate(self.levels):
            for column, factor in enumerate(self.factors):
                reached = int(self.reached[row, column])
                ends = None if reached < 0 else wilson(reached, self.futures.replications)
                rows.append(
                    {
                        "fte": float(level),
                        "demand_factor": float(factor),
                        "chance": float(shares[row, column]),
                        "lo-95": None if ends is None else ends.low,
                        "hi-95": None if ends is None else ends.high,
                        "mean": None if ends is None else float(self.means[row, column]),
                        "simulated": ends is not None,
                    }
                )
        return pl.DataFrame(rows, infer_schema_length=None)

    def _contour(self, shares: Floats) -> pl.DataFrame:
        rows: list[tuple[float, float | None, float | None]] = []
        for column, factor in enumerate(self.factors):
            enough = np.flatnonzero(shares[:, column] >= self.probability)
            if enough.size == 0:
                rows.append((float(factor), None, None))
                continue
            first = int(enough[0])
            between = self._crossing(shares, first, column)
            rows.append((float(factor), float(self.levels[first]), between))
        schema = {"demand_factor": pl.Float64, "fte": pl.Float64, "fte_between": pl.Float64}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def _crossing(self, shares: Floats, first: int, column: int) -> float:
        if first == 0:
            return float(self.levels[0])
        low, high = shares[first - 1, column], shares[first, column]
        part = (self.probability - low) / (high - low)
        return float(self.levels[first - 1] + part * (self.levels[first] - self.levels[first - 1]))


def _between(axis: Floats, values: Floats) -> Floats:
    known = ~np.isnan(values)
    if known.all() or not known.any():
        return values
    return np.interp(axis, axis[known], values[known])
