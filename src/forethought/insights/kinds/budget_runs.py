"""The run of a budget insight: all figures of its page, and what its what-ifs start from."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from forethought.errors import DataError, did_you_mean
from forethought.insights.base import Check, Result, RunContext
from forethought.insights.kinds.budget import BudgetSettings, BudgetSpec
from forethought.insights.kinds.budget_assumed import assumptions_of, other_lines_of
from forethought.insights.kinds.budget_history import told_again
from forethought.insights.kinds.budget_scenarios import declared
from forethought.insights.kinds.budget_state import complexity_words, tables_of
from forethought.insights.kinds.demand import DemandSettings
from forethought.insights.kinds.demand_events import demand_of
from forethought.place.calendar import add_months, financial_year, month_end
from forethought.plan.demand import Demand
from forethought.plan.demand.prices import Uplift
from forethought.plan.demand.spells import districts_of, known_events, support_spells
from forethought.plan.demand.vocabulary import UNKNOWN_DISTRICT
from forethought.plan.demand.volumes import Volumes
from forethought.plan.money.bridge import bridge
from forethought.plan.money.budget import Budget, budget_of
from forethought.plan.money.comparison import compare
from forethought.plan.money.finance import Finance, finance
from forethought.plan.money.footprints import footprints
from forethought.plan.money.movement import PARTS, movement
from forethought.plan.money.outturn import outturn
from forethought.plan.money.past import why_spend_changed
from forethought.plan.money.population import population
from forethought.plan.money.prices_ahead import measured_complexity
from forethought.plan.money.projection import project
from forethought.plan.money.scenarios import BudgetScenario
from forethought.plan.money.sensitivity import swings
from forethought.plan.money.support import Support, support_of

if TYPE_CHECKING:
    from forethought.insights.base import Frames

PENNY = 0.005
MOVEMENT_MONTHS = 6
NO_FOOTPRINTS = pl.DataFrame(
    schema={"council": pl.String, "year": pl.Int64}
    | dict.fromkeys(("mean", "lo-80", "hi-80"), pl.Float64)
)
COUNTED = ("starters", "leavers", "changed")
ALIKE = 0.02
WEEKS_PATH_ERROR = 0.01


def compute_budget(frames: Frames, spec: BudgetSpec, context: RunContext) -> Result:
    """Forecast people as the demand insight does, price them, and take the change apart."""
    settings = spec.settings
    followed, seed = _followed(spec, context)
    done = _people(frames, settings, followed, context, seed)
    people = population(frames[settings.estimates], frames[settings.projections])
    last = done.panel.months[-1]
    money = frames[settings.finance].filter(pl.col("month") <= last)
    records = finance(money, others=other_lines_of(settings))
    _check_wage_shares(settings, records)
    volumes = done.ahead.volumes
    until = date(financial_year(last) + settings.years_ahead + 1, 3, 1)
    support = support_of(project(volumes, people, until=until, seed=context.seed), records)
    complexity = measured_complexity(volumes, assumptions_of(settings).past_uplifts)
    planned = planned_budget(support, records, settings, complexity, context.seed)
    tables = {
        **tables_of(support, money),
        **figures_of(planned),
        **_beside(planned, settings, complexity),
        "footprints": _footprints(planned, volumes, frames[settings.areas]),
        **told_again(frames, settings, followed, people, context, seed, last),
        "movement": _movements(frames, settings, last, context),
        "past": why_spend_changed(
            volumes, records, people, uplifts=assumptions_of(settings).past_uplifts
        ).frame,
    }
    values = {
        "data_to": last.isoformat(),
        "first": add_months(last, 1).isoformat(),
        "finance_to": records.months[-1].isoformat(),
        "year": planned.year,
        "years": list(planned.years),
        "forecast_months": len(volumes.ahead),
        "reconciled_months": support.reconciled.months,
        "complexity": complexity_words(complexity),
        "seed": context.seed,
        "paths": support.paths,
    }
    return Result(
        tables, values, metrics=_metrics(planned), checks=_checks(planned, done, context, settings)
    )


def _check_wage_shares(settings: BudgetSettings, records: Finance) -> None:
    """Refuse wage shares of lines that the finance records do not have."""
    unknown = [name for name in settings.prices.wage_share if name not in records.lines]
    if unknown:
        raise DataError(
            f'The finance records have no line "{unknown[0]}".',
            where="settings.prices.wage_share",
            remedy=did_you_mean(unknown[0], records.lines),
        )


def _followed(spec: BudgetSpec, context: RunContext) -> tuple[DemandSettings, int]:
    """Settings and seed of the demand insight that is followed."""
    settings = spec.settings
    upstream = context.upstream.get(settings.demand)
    if upstream is None or "settings" not in upstream.values:
        raise DataError(
            f'Insight "{settings.demand}" has no run whose settings can be followed.',
            where=f"{spec.id}: settings.demand",
            remedy=f"Run it first: forethought run {settings.demand}.",
        )
    found = DemandSettings.model_validate(upstream.values["settings"])
    return found, int(upstream.values["seed"])


def _people(
    frames: Frames,
    settings: BudgetSettings,
    followed: DemandSettings,
    context: RunContext,
    seed: int,
) -> Demand:
    """Demand with the settings and the seed of the insight that is followed."""
    return demand_of(
        frames[settings.events],
        frames[settings.areas],
        followed,
        as_of=context.as_of,
        seed=seed,
        back_run=False,
        paths=settings.paths,
    )


def planned_budget(
    support: Support,
    records: Finance,
    settings: BudgetSettings,
    complexity: Uplift | None,
    seed: int,
    scenario: BudgetScenario | None = None,
) -> Budget:
    """The budget of the plan, or of a scenario on the same futures."""
    return budget_of(
        support,
        records,
        assumptions_of(settings),
        complexity=complexity,
        scenario=scenario,
        seed=seed,
    )


def figures_of(planned: Budget) -> dict[str, pl.DataFrame]:
    """Tables of a budget that a page shows, the plan's or a what-if's."""
    told = outturn(planned)
    last = planned.years[-1]
    net = pl.DataFrame({str(year): planned.paths("net", year) for year in planned.years})
    return {
        "budget": planned.frame,
        "base": planned.base,
        "bridge": bridge(planned, until=last).frame,
        "outturn": told.frame,
        "outturn_months": told.months,
        "net_paths": net,
    }


def _beside(
    planned: Budget, settings: BudgetSettings, complexity: Uplift | None
) -> dict[str, pl.DataFrame]:
    """Scenarios beside the plan, and what moves it most."""
    costed = planned.costed
    beside = compare(planned, [declared(each) for each in settings.scenarios])
    found = swings(
        costed.support,
        costed.finance,
        assumptions_of(settings),
        year=planned.years[-1],
        complexity=complexity,
        seed=planned.seed,
    )
    return {"scenarios": beside.frame, "swings": found.frame}


def _movements(
    frames: Frames, settings: BudgetSettings, last: date, context: RunContext
) -> pl.DataFrame:
    """Why weekly commitments moved in each of the last months, all services together.

    A month with fewer than the smallest publishable number of people in any part is left empty:
    what one person's package costs is theirs.
    """
    events = known_events(frames[settings.events], known_by=context.as_of)
    areas = districts_of(frames[settings.areas], known_by=context.as_of)
    spells = support_spells(events, areas, known_by=context.as_of)
    rises = assumptions_of(settings).past_uplifts
    rows = []
    for back in reversed(range(MOVEMENT_MONTHS)):
        month = add_months(last, -back)
        first, end = month_end(add_months(month, -1)), month_end(month)
        found = movement(spells, first=first, last=end, uplifts=rises)
        few = found.people.row(0, named=True)
        small = any(0 < few[part] < context.minimum_count for part in COUNTED)
        money = found.frame.row(0, named=True)
        values = {name: None if small else money[name] for name in ("before", *PARTS, "after")}
        rows.append({"month": month, **values})
    return pl.DataFrame(rows, infer_schema_length=None)


def _footprints(planned: Budget, volumes: Volumes, areas: pl.DataFrame) -> pl.DataFrame:
    """Cost by council area, where the lookup of areas knows councils; an empty frame elsewhere."""
    known = {"district_code", "council", "valid_from"} <= set(areas.columns)
    rows = areas.drop_nulls("council") if known else areas.clear()
    councils: dict[int, dict[str, str]] = {}
    for day, code, name in (
        rows.select("valid_from", "district_code", "council").unique().iter_rows() if known else ()
    ):
        councils.setdefault(financial_year(day), {})[code] = name
    if UNKNOWN_DISTRICT in volumes.districts:
        for each in councils.values():
            each[UNKNOWN_DISTRICT] = "Outside or not known"
    if not councils or min(councils) > planned.year:
        return NO_FOOTPRINTS
    return footprints(planned, volumes, councils).frame


def _metrics(planned: Budget) -> dict[str, float]:
    told = outturn(planned).line()
    return {
        "net_next_year_gbp": planned.total(planned.years[1])["mean"],
        "net_last_year_gbp": planned.total(planned.years[-1])["mean"],
        "outturn_p50_gbp": told["p50"],
        "chance_over_budget": told["chance_over"],
        "unexplained_share": _unexplained(planned),
    }


def _unexplained(planned: Budget) -> float:
    rows = planned.costed.support.reconciled.frame
    spent = float(rows["actual_gbp"].sum())
    return float(rows["unexplained_gbp"].abs().sum()) / spent if spent else 0.0


def _checks(
    planned: Budget, done: Demand, context: RunContext, settings: BudgetSettings
) -> list[Check]:
    frame = bridge(planned).frame
    wide = frame.pivot("row", index="year", values="gbp")
    moved = [name for name in wide.columns if name not in {"year", "opening", "closing"}]
    gap = wide.select(
        (pl.col("opening") + pl.sum_horizontal(moved) - pl.col("closing")).abs().max()
    ).item()
    unexplained = float(frame.filter(pl.col("row") == "residual")["gbp"].abs().sum())
    share = _unexplained(planned)
    checks = [
        Check(
            "The bridge adds up",
            "The rows of every year lead from its opening to its closing, to the penny",
            f"largest gap £{gap:.2f}; not explained £{unexplained:,.2f}",
            bool(gap < PENNY),
        ),
        Check(
            "Commitments meet actual spend",
            "Recorded packages and actual spend of the last 12 months differ by under "
            f"{ALIKE:.0%}, service by service",
            f"{share:.1%} of spend is not in recorded packages, or the other way round",
            share < ALIKE,
        ),
    ]
    same = _same_people(planned, done, context, settings)
    return [*checks, same] if same is not None else checks


def _same_people(
    planned: Budget, done: Demand, context: RunContext, settings: BudgetSettings
) -> Check | None:
    """Whether the people priced are those of the demand page."""
    years = context.upstream[settings.demand].tables["years"]
    rows = years.filter(
        (pl.col("measure") == "person_weeks")
        & ~pl.col("actual").fill_null(value=False)
        & (pl.col("service") == "all") & (pl.col("who") == "all") & (pl.col("district") == "all")
    ).drop_nulls("mean")  # fmt: skip
    theirs = dict(rows.select("year", "mean").iter_rows())
    volumes = done.ahead.volumes
    gaps = []
    for year in planned.years:
        ahead = [at for at, m in enumerate(volumes.ahead) if financial_year(m) == year]
        past = [at for at, m in enumerate(volumes.months) if financial_year(m) == year]
        if year in theirs and len(ahead) + len(past) == 12:  # noqa: PLR2004
            ours = float(volumes.weeks_ahead[:, :, ahead].sum(axis=(0, 1, 2)).mean())
            ours += float(volumes.weeks[:, :, past].sum())
            gaps.append(abs(ours / theirs[year] - 1))
    if not gaps:
        return None
    return Check(
        "The same people as the demand page",
        "Person-weeks of each year differ by no more than the two numbers of sample futures do",
        f"largest difference {max(gaps):.2%}",
        max(gaps) < WEEKS_PATH_ERROR,
    )
