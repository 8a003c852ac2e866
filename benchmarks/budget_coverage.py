"""Budgets of seeded small counties held to what came: ranges of three years, drivers, causes.

Each county is lived to October 2026. Its budget is made as it would have been at the end of
October 2022, with the prices that came (a price assumption cannot be right or wrong by itself) and
residents carried on by their own past trend, and held to the actual spend on packages of care in
the three financial years 2023 to 2026. Beside it: the statistical forecast of person-weeks alone,
months 25 on.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from common import print_result, timed

from forethought.county.carers import carers
from forethought.county.clients import clients
from forethought.county.county import live
from forethought.county.events import event_frame
from forethought.county.money import finance_frame
from forethought.county.packages import PRICE_INDEX
from forethought.county.population import population_estimates
from forethought.county.work import work
from forethought.plan.demand import Break, demand, panel
from forethought.plan.demand.prices import Uplift
from forethought.plan.demand.vocabulary import SERVICES
from forethought.plan.money.assumptions import Assumptions, Rise
from forethought.plan.money.budget import budget
from forethought.plan.money.finance import OtherLine, finance
from forethought.plan.money.past import why_spend_changed
from forethought.plan.money.population import population
from forethought.plan.money.projection import project
from forethought.plan.shocks import Shock

TODAY, KNOWN, UNTIL = date(2026, 11, 24), date(2022, 10, 31), date(2026, 3, 31)
LAST_KNOWN = date(2022, 10, 1)
YEARS = (2023, 2024, 2025)
LEVELS = (50, 80, 95)
BREAKS = [
    Break(Shock("first wave", date(2020, 3, 1), date(2020, 7, 31), "pulse"), (), None, ""),
    Break(
        Shock("waited", date(2021, 3, 1), date(2022, 3, 31), "pulse"), ("requests", "starts"),
        None, "",
    ),
    Break(Shock("recording", date(2021, 4, 1), None, "level_shift"), ("requests",), None, ""),
]  # fmt: skip
FAR_MONTHS = 24


def uplifts() -> dict[int, float]:
    """The rise of prices on 1 April of each year, as shares."""
    return {y: PRICE_INDEX[y] / PRICE_INDEX[y - 1] - 1 for y in sorted(PRICE_INDEX)[1:]}


def one(seed: int, scale: float, paths: int) -> dict[str, Any]:
    """What the budget of one county said, and what came."""
    events, money, residents, areas = county(seed, scale)
    known = demand(
        events, areas, as_of=KNOWN, until=UNTIL, paths=paths, back_run=False, breaks=BREAKS,
        seed=seed,
    )  # fmt: skip
    volumes = known.ahead.volumes
    rises = uplifts()
    people = population(*trend_of(residents, KNOWN.year))
    assumed = Assumptions(
        wage=Rise(by_year={y: Uplift.certain(s) for y, s in rises.items() if y > KNOWN.year}),
        prices=Rise(by_year={y: Uplift.certain(s) for y, s in rises.items() if y > KNOWN.year}),
        past_uplifts={y: s for y, s in rises.items() if y <= KNOWN.year},
    )
    records = money.filter(pl.col("month") <= LAST_KNOWN)
    planned = budget(
        volumes, records, people=people, assumptions=assumed, until=UNTIL, seed=seed,
        other_lines={"Reablement": OtherLine("requests", "care")},
    )  # fmt: skip
    care = list(SERVICES.values())
    total = sum(planned.paths("gross", year, line) for year in YEARS for line in care)
    inside = pl.col("month").is_between(date(2023, 4, 1), UNTIL) & pl.col("service").is_in(care)
    actual = float(money.filter(inside)["spend_gbp"].sum())
    far = _beyond(events, areas, volumes, people, seed)
    return {
        "actual": actual,
        "mean": float(np.mean(total)),
        **{
            f"inside_{level}": bool(
                np.quantile(total, (1 - level / 100) / 2)
                <= actual
                <= np.quantile(total, (1 + level / 100) / 2)
            )
            for level in LEVELS
        },
        **far,
        "price_error": _price_error(volumes, records, people, rises),
    }


def county(
    seed: int, scale: float
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Clean events, finance and residents of a county; one district, as none is asked about."""
    lived = live(seed, scale, TODAY, lambda _: None)
    helped = carers(lived)
    book = clients(lived, helped.carer)
    events = event_frame(lived, book, helped).with_columns(
        pl.col("person").cast(pl.String).alias("person_id"),
        pl.col("date_of_birth").dt.month_start().alias("birth_month"),
        pl.lit("X1").alias("lsoa21"),
    )
    money = finance_frame(lived, work(lived).staff)
    residents = population_estimates(lived.people, lived.where)
    residents = residents.group_by("year", "age").agg(pl.col("people").sum()).sort("year", "age")
    areas = pl.DataFrame({"lsoa21": ["X1"], "district_code": ["D1"]})
    return events, money, residents, areas


def trend_of(residents: pl.DataFrame, until: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Estimates up to a year; each age carried on by five years' growth of its band."""
    past = residents.filter(pl.col("year") <= until)
    band = pl.sum_horizontal((pl.col("age") >= first).cast(pl.Int64) for first in (18, 65, 75, 85))
    named = past.with_columns(band.alias("band"))
    sums = named.group_by("year", "band").agg(pl.col("people").sum()).sort("band", "year")
    growth = {
        number: float((rows["people"][-1] / rows["people"][-6]) ** 0.2)
        for (number,), rows in sums.group_by("band", maintain_order=True)
    }
    newest = named.filter(pl.col("year") == until)
    rates = newest["band"].replace_strict(growth, return_dtype=pl.Float64)
    parts = []
    for name, spread in (("principal", 0.0), ("high", 0.005), ("low", -0.005)):
        for ahead in range(1, 8):
            people = newest["people"].cast(pl.Float64) * (rates + spread) ** ahead
            parts.append(
                newest.select("age").with_columns(
                    people=people, year=pl.lit(until + ahead), variant=pl.lit(name)
                )
            )
    return past, pl.concat(parts)


def _beyond(
    events: pl.DataFrame, areas: pl.DataFrame, volumes: Any, people: Any, seed: int
) -> dict[str, float]:
    """Absolute errors of total person-weeks from month 25 on: drivers joined, statistics alone."""
    came = panel(events, areas, known_by=TODAY, last_month=date(2026, 3, 1))
    joined = project(volumes, people, until=UNTIL, seed=seed)
    place = {month: at for at, month in enumerate(came.months)}
    errors: dict[str, list[float]] = {"joined": [], "alone": []}
    for step, month in enumerate(volumes.ahead):
        if step < FAR_MONTHS:
            continue
        actual = float(came.person_weeks[..., place[month]].sum())
        for name, weeks in (("joined", joined.weeks), ("alone", volumes.weeks_ahead)):
            told = float(np.median(weeks[:, :, step].sum(axis=(0, 1))))
            errors[name].append(abs(told - actual) / actual)
    return {f"far_error_{name}": float(np.mean(found)) for name, found in errors.items()}


def _price_error(
    volumes: Any, records: pl.DataFrame, people: Any, rises: dict[int, float]
) -> float:
    """How far the price effect of 2021 to 2022 lies from uplift x spend, as a share of it."""
    past = why_spend_changed(volumes, finance(records), people, uplifts=rises)
    spend = dict(past.spend.filter(pl.col("service") == "all").select("year", "gbp").iter_rows())
    mean = (spend[2021] - spend[2020]) / np.log(spend[2021] / spend[2020])
    expected = mean * np.log1p(rises[2021])
    return float(past.year(2021)["price"] / expected - 1)


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counties", type=int, default=1000)
    parser.add_argument("--first", type=int, default=1001)
    parser.add_argument("--scale", type=float, default=0.02)
    parser.add_argument("--paths", type=int, default=400)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    count = 6 if asked.quick else asked.counties
    seeds = range(asked.first, asked.first + count)
    with timed() as cost, ProcessPoolExecutor(asked.jobs) as pool:
        rows = pl.DataFrame(
            list(pool.map(one, seeds, [asked.scale] * count, [asked.paths] * count))
        )
    shares = {f"inside_{level}_pct": mean_pct(rows, f"inside_{level}") for level in LEVELS}
    error = (rows["mean"] / rows["actual"] - 1).to_numpy()
    ratio = float(rows["far_error_joined"].mean() / rows["far_error_alone"].mean())  # type: ignore[operator]
    print_result(
        name="budget-coverage",
        work={
            "what": "three-year spend on packages, forecast at the end of October 2022",
            "counties": count,
            "first_seed": seeds[0],
            "scale": asked.scale,
            "paths": asked.paths,
        },
        packages=("forethought", "numpy", "polars", "statsforecast"),
        ours=cost.rounded(),
        peers={"statistical forecast alone": {"far_error_pct": mean_pct(rows, "far_error_alone")}},
        ratio={"far_error_to_statistical_alone": round(ratio, 3)},
        accuracy={
            **shares,
            "bias_pct": round(100 * float(error.mean()), 2),
            "mean_absolute_error_pct": round(100 * float(np.abs(error).mean()), 2),
            "far_error_pct": mean_pct(rows, "far_error_joined"),
            "price_effect_error_pct": round(100 * float(rows["price_error"].abs().max()), 3),  # type: ignore[arg-type]
        },
    )


def mean_pct(rows: pl.DataFrame, column: str) -> float:
    """Mean of a column of shares, per cent."""
    return round(100 * float(rows[column].mean()), 2)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
