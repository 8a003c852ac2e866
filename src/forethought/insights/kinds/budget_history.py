"""This year's outturn as it was forecast at earlier month ends: kept by runs, or made again."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from forethought.insights.base import EarlierRun, Result, RunContext
from forethought.insights.kinds.budget import BudgetSettings
from forethought.insights.kinds.budget_assumed import assumptions_of, other_lines_of
from forethought.insights.kinds.demand import DemandSettings
from forethought.insights.kinds.demand_events import demand_of
from forethought.place.calendar import add_months, financial_year, month_end
from forethought.plan.demand.panel import last_whole_month
from forethought.plan.money.budget import budget_of
from forethought.plan.money.finance import finance
from forethought.plan.money.outturn import Outturn, outturn
from forethought.plan.money.outturn_history import Told, from_tables, in_order, made_again
from forethought.plan.money.population import Population
from forethought.plan.money.prices_ahead import measured_complexity
from forethought.plan.money.projection import project
from forethought.plan.money.support import support_of

if TYPE_CHECKING:
    from forethought.insights.base import Frames

HISTORY, HISTORY_MONTHS = "outturn_history", "outturn_history_months"
REMEMBERED = ("outturn", "outturn_months")
PATHS_AGAIN = 200
QUARTER = 3


def earlier_months(last: date, every: str) -> list[date]:
    """First days of the month ends of this financial year at which the outturn is told again.

    Args:
        last: First day of the last month that is known.
        every: `month`, `quarter` (quarter ends and the last month but one) or `never`.
    """
    first = date(financial_year(last), 4, 1)
    count = (last.year - first.year) * 12 + last.month - first.month
    months = [add_months(first, step) for step in range(count)]
    if every == "quarter":
        return [m for m in months if m.month % QUARTER == 0 or add_months(m, 1) == last]
    return months if every == "month" else []


def told_again(
    frames: Frames,
    settings: BudgetSettings,
    followed: DemandSettings,
    people: Population,
    context: RunContext,
    seed: int,
    last: date,
) -> dict[str, pl.DataFrame]:
    """Tables of the forecasts made again: as known on earlier month ends, by today's method.

    Rows of people that were recorded later, and months of finance after it, are left out; what had
    not begun is not declared, no adjustment holds, prices are assumed as today.

    Args:
        frames: The datasets of the run.
        settings: Settings of the budget.
        followed: Settings of the demand insight that it follows.
        people: Residents.
        context: Context of the run.
        seed: Seed of the demand run.
        last: First day of the last month that the run knows.
    """
    found: dict[date, Outturn] = {}
    for month in earlier_months(last, settings.outturn_again):
        found[month] = _again(frames, settings, followed, people, month, (seed, context.seed))
    outturns, months = made_again(found)
    return {HISTORY: outturns, HISTORY_MONTHS: months} if found else {}


def _again(
    frames: Frames,
    settings: BudgetSettings,
    followed: DemandSettings,
    people: Population,
    month: date,
    seeds: tuple[int, int],
) -> Outturn:
    """The outturn as it would have been told at the end of a month."""
    march = date(financial_year(month) + 1, 3, 1)
    done = demand_of(
        frames[settings.events],
        frames[settings.areas],
        followed,
        as_of=month_end(month),
        seed=seeds[0],
        back_run=False,
        paths=PATHS_AGAIN,
        until=march,
    )
    volumes = done.ahead.volumes
    money = frames[settings.finance].filter(pl.col("month") <= month)
    records = finance(money, others=other_lines_of(settings))
    plan = assumptions_of(settings)
    told = budget_of(
        support_of(project(volumes, people, until=march, seed=seeds[1]), records),
        records,
        plan,
        complexity=measured_complexity(volumes, plan.past_uplifts),
        seed=seeds[1],
    )
    return outturn(told)


def told_of(result: Result, context: RunContext) -> list[Told]:
    """The forecasts of this year's outturn, one for each month end, the newest last.

    Args:
        result: The run's result.
        context: The run's context, with the earlier runs that may be shown.
    """
    tables = result.tables
    last = date.fromisoformat(result.values["data_to"])
    now = Told(last, tables["outturn"], tables["outturn_months"], "this run")
    again = from_tables(
        tables.get(HISTORY, pl.DataFrame()), tables.get(HISTORY_MONTHS, pl.DataFrame())
    )
    return in_order([*again, *_kept(context.earlier, context.made_at)], now)


def _kept(earlier: tuple[EarlierRun, ...], now: str) -> list[Told]:
    """Of each month end the run that stood when the next was made; else the first made late."""
    found = []
    for each in earlier:
        later = [now, *(one.made_at for one in earlier if one.as_of > each.as_of)]
        basis = "kept" if all(each.made_at < made_at for made_at in later) else "made late"
        origin = last_whole_month(each.as_of)
        outturns, months = (each.tables[name] for name in REMEMBERED)
        found.append((each.made_at, Told(origin, outturns, months, basis, each.run_id)))
    ordered = sorted(found, key=lambda pair: pair[0])
    best: dict[tuple[date, str], Told] = {}
    for _, told in ordered:
        if told.basis == "kept" or (told.origin, told.basis) not in best:
            best[told.origin, told.basis] = told
    return list(best.values())
