"""`budget`: what support costs by service and financial year, who pays, and how sure that is.

Every range is a quantile of sums on joint sample paths, never a sum of quantiles. Money accrues
by the day: a weekly cost runs for days / 7 weeks of a month, so that a leap year and a month of
31 days cost what they cost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import UsageError
from forethought.place.calendar import financial_year_label
from forethought.plan.demand.prices import Uplift
from forethought.plan.demand.volumes import Volumes
from forethought.plan.money.assumptions import Assumptions
from forethought.plan.money.changes import POPULATION
from forethought.plan.money.costing import Costed, cost
from forethought.plan.money.finance import INCOME, Finance, OtherLine, finance
from forethought.plan.money.population import Population, population
from forethought.plan.money.prices_ahead import measured_complexity
from forethought.plan.money.projection import project
from forethought.plan.money.scenarios import PLAN, BudgetScenario, assumed, supported
from forethought.plan.money.support import Support, support_of

Floats = NDArray[np.float64]

LEVEL = (50.0, 80.0, 95.0)
ALL_LINES = "all"
MEASURES = ("gross", *INCOME, "savings", "net")


@dataclass(frozen=True, eq=False)
class Budget:
    """Cost ahead by line and financial year.

    Args:
        costed: Pounds by line, month and path, and all that they were made from.
        scenario: What was changed; no changes are the plan as it stands.
        level: Prediction intervals, per cent.
        seed: Seed of all random numbers.
    """

    costed: Costed
    scenario: BudgetScenario
    level: tuple[float, ...]
    seed: int

    @cached_property
    def frame(self) -> pl.DataFrame:
        """Figures by line, measure, year and prices.

        `line` (a service, or "all"), `measure` (gross before savings; contributions, nhs, grants;
        savings; net = gross - income - savings), `year` (of its April), `prices` (cash, or real: at
        the prices of the present year), `actual`, `mean`, `median`, `lo-50` ... `hi-95`, pounds.
        Savings stand on "all" alone.
        """
        return _frame(self.costed, self.level)

    @cached_property
    def base(self) -> pl.DataFrame:
        """The approved budget of the present year: `line`, `gross`, `income`, `net`, pounds."""
        return _base(self.costed)

    @property
    def year(self) -> int:
        """The present financial year."""
        return self.costed.year

    @property
    def years(self) -> tuple[int, ...]:
        """Whole financial years told, the present one first."""
        return whole_years(self.costed)

    def paths(self, measure: str, year: int, line: str = ALL_LINES) -> Floats:
        """Pounds (cash) of a year on every path."""
        return paths_of(self.costed, measure, year, line)

    def total(self, year: int, measure: str = "net", prices: str = "cash") -> dict[str, float]:
        """The figures of all lines together in a year."""
        rows = self.frame.filter(
            (pl.col("line") == ALL_LINES)
            & (pl.col("measure") == measure)
            & (pl.col("year") == year)
            & (pl.col("prices") == prices)
        )
        return rows.drop("line", "measure", "year", "prices", "actual").row(0, named=True)

    def _repr_html_(self) -> str:
        rows = self.frame.filter(
            (pl.col("line") == ALL_LINES)
            & (pl.col("measure") == "net")
            & (pl.col("prices") == "cash")
        )
        named = rows.with_columns(
            pl.col("year").map_elements(financial_year_label, return_dtype=pl.String)
        )
        return f"<p>Net cost by financial year, pounds, cash.</p>{named._repr_html_()}"


def budget(  # noqa: PLR0913  a question's settings, by keyword
    volumes: Volumes,
    records: pl.DataFrame | Finance,
    *,
    estimates: pl.DataFrame | None = None,
    projections: pl.DataFrame | None = None,
    people: Population | None = None,
    assumptions: Assumptions | None = None,
    other_lines: Mapping[str, OtherLine] | None = None,
    until: date,
    variant: str | None = None,
    changes: Mapping[str, Any] | None = None,
    scenario: BudgetScenario | None = None,
    level: Sequence[float] = LEVEL,
    seed: int = 0,
) -> Budget:
    """Forecast cost, income and net cost by service and financial year.

    Up to two years ahead people supported follow the statistical forecast; beyond, residents of
    each age band times the rate of support (see `project`).

    Args:
        volumes: Person-weeks on sample paths (`plan.demand.demand(...).ahead.volumes`).
        records: Finance records (see `finance`), as a frame or laid out.
        estimates: Residents `year`, `age`, `people`; with `projections`, instead of `people`.
        projections: The same ahead with `variant`.
        people: Residents by age band, where they are counted already.
        assumptions: Prices, income, savings; none: nothing rises.
        other_lines: What moves lines that are no packages of care.
        until: A day of the last month.
        variant: Population variant for all paths; None draws between them, or as `scenario` says.
        changes: Changed assumptions (see `changes_of`), instead of what `scenario` says of them.
        scenario: A scenario.
        level: Prediction intervals, per cent.
        seed: Same seed, same digits, also between scenarios: only what is changed moves.

    Raises:
        UsageError: Changes or settings that cannot be used.
        DataError: Records that cannot be laid out, or too short a history.

    References:
        Wittenberg et al. (2018), Projections of demand and expenditure on social care (CPEC);
        Britton, Fisher and Whitley (1998), The Inflation Report projections.
    """
    asked = asked_scenario(scenario, changes, variant)
    if people is None:
        if estimates is None or projections is None:
            raise UsageError(
                "A budget needs residents.",
                where="people",
                remedy="Give estimates and projections.",
            )
        people = population(estimates, projections)
    projection = project(volumes, people, until=until, seed=seed)
    laid_out = records if isinstance(records, Finance) else finance(records, others=other_lines)
    plan = assumptions or Assumptions()
    return budget_of(
        support_of(projection, laid_out),
        laid_out,
        plan,
        complexity=measured_complexity(volumes, plan.past_uplifts),
        scenario=asked,
        level=level,
        seed=seed,
    )


def asked_scenario(
    scenario: BudgetScenario | None,
    changes: Mapping[str, Any] | None = None,
    variant: str | None = None,
) -> BudgetScenario:
    """A scenario, and what holds instead of it.

    Args:
        scenario: A scenario, or none.
        changes: Changed assumptions, instead of what it says of them.
        variant: Population variant, instead of the one that it says.

    Raises:
        UsageError: Changes or a variant that cannot be used.
    """
    own = dict(changes or {})
    if variant is not None:
        own[POPULATION] = variant
    if scenario is not None and not own:
        return scenario
    bases = () if scenario is None else (scenario,)
    return BudgetScenario.of(scenario.name if scenario else "", own, based_on=bases)


def budget_of(
    support: Support,
    records: Finance,
    assumptions: Assumptions,
    *,
    complexity: Uplift | None = None,
    scenario: BudgetScenario | None = None,
    level: Sequence[float] = LEVEL,
    seed: int = 0,
) -> Budget:
    """The same from support that was projected before: what a scenario starts from.

    Args:
        support: Support ahead at today's prices.
        records: Finance records.
        assumptions: Prices, income, savings of the plan.
        complexity: Measured rise of a week's cost, used where the assumptions have none.
        scenario: What is changed; None: nothing.
        level: Prediction intervals, per cent.
        seed: Seed of the run.

    Raises:
        UsageError: A population variant that there is not.
    """
    asked = scenario or BudgetScenario(PLAN)
    costed = cost(
        supported(support, asked, seed),
        records,
        assumed(assumptions, asked),
        complexity=complexity,
        seed=seed,
    )
    return Budget(costed, asked, tuple(level), seed)


def whole_years(costed: Costed) -> tuple[int, ...]:
    """Financial years of which every month is told."""
    years = range(costed.year, costed.year + 1 + len(costed.months) // 12)
    return tuple(y for y in years if costed.in_year(y).sum() == 12)  # noqa: PLR2004  months


def paths_of(costed: Costed, measure: str, year: int, line: str = ALL_LINES) -> Floats:
    """Pounds (cash) of a year on every path.

    Raises:
        UsageError: A measure or a line that there is not.
    """
    if measure not in MEASURES:
        raise UsageError(f'"{measure}" is no measure.', remedy=f"One of {', '.join(MEASURES)}.")
    inside = costed.in_year(year)
    if measure == "savings":
        return savings_of(costed, year)

    def summed(values: Floats) -> Floats:
        rows = values if line == ALL_LINES else values[[costed.finance.lines.index(line)]]
        return np.asarray(rows[:, inside].sum(axis=(0, 1), dtype=np.float64))

    if line != ALL_LINES and line not in costed.finance.lines:
        raise UsageError(f'There is no line "{line}".', where="line")
    if measure == "gross":
        return summed(costed.gross)
    if measure in INCOME:
        return summed(costed.income[measure])
    net = summed(costed.gross) - sum(summed(costed.income[kind]) for kind in INCOME)
    if line != ALL_LINES:
        return np.asarray(net)
    later = one_offs_of(costed, year) if year > costed.year else 0.0
    return np.asarray(net - savings_of(costed, year) + later)


def one_offs_of(costed: Costed, year: int) -> float:
    """Pounds of a year that do not come again; those of the present year lie in its spend."""
    return sum(each.gbp for each in costed.assumed.one_offs if each.year == year)


def savings_of(costed: Costed, year: int) -> Floats:
    """Pounds of planned savings that are delivered in a year, on every path."""
    total = np.zeros(costed.support.paths)
    for saving, share in zip(costed.assumed.savings, costed.levels.delivered, strict=True):
        total = total + saving.gbp_by_year.get(year, 0.0) * np.maximum(share, 0.0)
    return total


def _frame(costed: Costed, level: Sequence[float]) -> pl.DataFrame:
    rows = _past(costed)
    years = whole_years(costed)
    real = np.exp(-np.stack([_deflator(costed, year) for year in years]))
    for line in (ALL_LINES, *costed.finance.lines):
        for measure in MEASURES:
            if measure == "savings" and line != ALL_LINES:
                continue
            values = np.stack([paths_of(costed, measure, year, line) for year in years])
            for prices, told in (("cash", values), ("real", values * real)):
                labels = {"line": line, "measure": measure, "prices": prices, "actual": False}
                rows += _quantiles(told, years, level, labels)
    return pl.DataFrame(rows, infer_schema_length=None).sort("year", maintain_order=True)


def _deflator(costed: Costed, year: int) -> Floats:
    """Log of prices in general of a year beside the present one, on every path."""
    inside = [month for month in costed.levels.months if month in _months_of(costed, year)]
    if year == costed.year or not inside:
        return np.zeros(costed.support.paths)
    at = [costed.levels.months.index(month) for month in inside]
    return np.asarray(costed.levels.deflator[at].mean(axis=0))


def _months_of(costed: Costed, year: int) -> set[date]:
    return {m for m, inside in zip(costed.months, costed.in_year(year), strict=True) if inside}


def _quantiles(
    values: Floats, years: Sequence[int], level: Sequence[float], labels: Mapping[str, object]
) -> list[dict[str, object]]:
    """A row for each year of a table of year x path."""
    ordered = sorted(level)
    chances = [p for each in ordered for p in ((1 - each / 100) / 2, (1 + each / 100) / 2)]
    names = ["median", *(f"{end}-{each:g}" for each in ordered for end in ("lo", "hi"))]
    found = np.quantile(values, [0.5, *chances], axis=1)
    return [
        {
            **labels,
            "year": year,
            "mean": float(values[at].mean()),
            **dict(zip(names, found[:, at].tolist(), strict=True)),
        }
        for at, year in enumerate(years)
    ]


def _past(costed: Costed) -> list[dict[str, object]]:
    """Whole financial years that the records know."""
    records = costed.finance
    labels = np.array([m.year if m.month >= 4 else m.year - 1 for m in records.months])  # noqa: PLR2004
    rows: list[dict[str, object]] = []
    for year in np.unique(labels).tolist():
        inside = labels == year
        if inside.sum() < 12 or year >= costed.year:  # noqa: PLR2004  months
            continue
        sums = {name: records.values[name][:, inside].sum(axis=1) for name in ("gross", *INCOME)}
        sums["net"] = sums["gross"] - sum(sums[kind] for kind in INCOME)
        for measure, values in sums.items():
            every = {ALL_LINES: values.sum()} | dict(zip(records.lines, values, strict=True))
            rows += [
                {
                    "line": line, "measure": measure, "year": year, "prices": "cash",
                    "actual": True, "mean": float(value), "median": float(value),
                }
                for line, value in every.items()
            ]  # fmt: skip
    return rows


def _base(costed: Costed) -> pl.DataFrame:
    """The approved budget of the present year; months not yet there are as the known ones."""
    records, year = costed.finance, costed.year
    inside = np.array([(m.year if m.month >= 4 else m.year - 1) == year for m in records.months])  # noqa: PLR2004
    if not inside.any():
        inside = np.arange(len(records.months)) >= len(records.months) - 12
    months = int(inside.sum())
    gross = records.values["budget"][:, inside].sum(axis=1) * 12 / months
    income = records.values["income_budget"][:, inside].sum(axis=1) * 12 / months
    return pl.DataFrame(
        {"line": records.lines, "gross": gross, "income": income, "net": gross - income}
    )
