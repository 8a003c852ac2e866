"""Budgets of seeded small counties held to what came: ranges of three years, drivers, causes.

Each county lives past the years that are judged. Its budget is made as it would have been at an
origin, with the prices that came (a price assumption cannot be right or wrong by itself) and
residents carried on by their own past trend, and held to the actual spend on packages of care in
the three financial years after the present one. Beside it: the statistical forecast of
person-weeks alone, months 25 on.

Three origins have three years of truth after them and enough history before: the end of the first
year of the pandemic, the months of the steepest prices, and the spring after. Results are written
as they come (`--rows FILE`), so that a run that was interrupted goes on where it stopped; rows
made with other code or other settings are left out.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from common import print_result

import forethought
from forethought.county.carers import carers
from forethought.county.clients import clients
from forethought.county.county import live
from forethought.county.events import event_frame
from forethought.county.money import finance_frame
from forethought.county.packages import PRICE_INDEX
from forethought.county.population import population_estimates
from forethought.county.work import work
from forethought.place.calendar import financial_year, month_start
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
TREND_YEARS = 5
MID_YEAR = 7


@dataclass(frozen=True)
class Origin:
    """A day on which budgets are made.

    Args:
        known: Last day that is known.
        today: Day up to which the county lives, after the years that are judged.
    """

    known: date
    today: date

    @property
    def years(self) -> tuple[int, ...]:
        """The three financial years that are judged, by their April."""
        return tuple(financial_year(self.known) + ahead for ahead in (1, 2, 3))

    @property
    def until(self) -> date:
        """Last day that is judged."""
        return date(self.years[-1] + 1, 3, 31)

    @property
    def estimates(self) -> int:
        """Newest year whose residents were counted in June by then."""
        return self.known.year - (self.known.month < MID_YEAR)


ORIGINS = {
    "2021-04": Origin(date(2021, 4, 30), date(2026, 11, 24)),
    "2022-10": Origin(date(2022, 10, 31), date(2026, 11, 24)),
    "2023-04": Origin(date(2023, 4, 30), date(2027, 4, 2)),
}


def uplifts() -> dict[int, float]:
    """The rise of prices on 1 April of each year, as shares."""
    return {y: PRICE_INDEX[y] / PRICE_INDEX[y - 1] - 1 for y in sorted(PRICE_INDEX)[1:]}


def one(seed: int, scale: float, paths: int, origin: str = "2022-10") -> dict[str, Any]:
    """What the budget of one county said at an origin, and what came."""
    started = time.process_time()
    at = ORIGINS[origin]
    events, money, residents, areas = county(seed, scale, at.today)
    known = demand(
        events, areas, as_of=at.known, until=at.until, paths=paths, back_run=False,
        breaks=[each for each in BREAKS if each.begun(at.known)], seed=seed,
    )  # fmt: skip
    volumes = known.ahead.volumes
    rises = uplifts()
    people = population(*trend_of(residents, at.estimates))
    year = financial_year(at.known)
    ahead = Rise(by_year={y: Uplift.certain(s) for y, s in rises.items() if y > year})
    past = {y: s for y, s in rises.items() if y <= year}
    records = money.filter(pl.col("month") <= month_start(at.known))
    planned = budget(
        volumes, records, people=people, until=at.until, seed=seed,
        assumptions=Assumptions(wage=ahead, prices=ahead, past_uplifts=past),
        other_lines={"Reablement": OtherLine("requests", "care")},
    )  # fmt: skip
    care = list(SERVICES.values())
    total = sum(planned.paths("gross", year, line) for year in at.years for line in care)
    inside = pl.col("month").is_between(date(at.years[0], 4, 1), at.until)
    spent = money.filter(inside & pl.col("service").is_in(care))
    actual = float(spent["spend_gbp"].sum())
    return {
        "seed": seed,
        "origin": origin,
        "actual": actual,
        "mean": float(np.mean(total)),
        **{f"inside_{level}": _inside(total, actual, level) for level in LEVELS},
        **_beyond(events, areas, volumes, people, at, seed),
        "price_error": _price_error(volumes, records, people, rises, year - 1),
        "cpu_s": round(time.process_time() - started, 3),
    }


def _inside(total: Any, actual: float, level: int) -> bool:
    low, high = np.quantile(total, [(1 - level / 100) / 2, (1 + level / 100) / 2])
    return bool(low <= actual <= high)


def county(
    seed: int, scale: float, today: date
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Clean events, finance and residents of a county; one district, as none is asked about."""
    lived = live(seed, scale, today, lambda _: None)
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
    """Estimates up to a year; each age carried on by up to five years' growth of its band."""
    past = residents.filter(pl.col("year") <= until)
    band = pl.sum_horizontal((pl.col("age") >= first).cast(pl.Int64) for first in (18, 65, 75, 85))
    named = past.with_columns(band.alias("band"))
    sums = named.group_by("year", "band").agg(pl.col("people").sum()).sort("band", "year")
    growth = {
        number: _yearly(rows["people"].tail(TREND_YEARS + 1))
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


def _yearly(people: pl.Series) -> float:
    """Growth a year between the first and the last."""
    return float((people[-1] / people[0]) ** (1 / (people.len() - 1)))


def _beyond(
    events: pl.DataFrame, areas: pl.DataFrame, volumes: Any, people: Any, at: Origin, seed: int
) -> dict[str, float]:
    """Absolute errors of total person-weeks from month 25 on: drivers joined, statistics alone."""
    came = panel(events, areas, known_by=at.today, last_month=month_start(at.until))
    joined = project(volumes, people, until=at.until, seed=seed)
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
    volumes: Any, records: pl.DataFrame, people: Any, rises: dict[int, float], year: int
) -> float:
    """How far the price effect of a past year lies from uplift x spend, as a share of it."""
    past = why_spend_changed(volumes, finance(records), people, uplifts=rises)
    spend = dict(past.spend.filter(pl.col("service") == "all").select("year", "gbp").iter_rows())
    mean = (spend[year] - spend[year - 1]) / np.log(spend[year] / spend[year - 1])
    expected = mean * np.log1p(rises[year])
    return float(past.year(year)["price"] / expected - 1)


def code() -> str:
    """Hash of the sources that decide a figure: rows of other code are of another measurement."""
    found = hashlib.sha256(Path(__file__).read_bytes())
    package = Path(forethought.__file__).parent
    for room in ("county", "place", "plan", "stats"):
        for path in sorted((package / room).rglob("*.py")):
            if not {"simulation", "watch"} & set(path.parts):
                found.update(path.read_bytes())
    return found.hexdigest()[:12]


def kept(path: Path | None, work: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of a file that were made of the same work."""
    if path is None or not path.is_file():
        return []
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    same = [row for row in lines if row["work"] == work]
    if len(same) < len(lines):
        print(f"{len(lines) - len(same)} rows of other code or settings left out", file=sys.stderr)
    return same


def made(
    asked: Sequence[tuple[int, str]], work: dict[str, Any], jobs: int
) -> Iterator[dict[str, Any]]:
    """A row for each county and origin, as they come."""
    with ProcessPoolExecutor(jobs) as pool:
        waiting = [
            pool.submit(one, seed, work["scale"], work["paths"], origin) for seed, origin in asked
        ]
        for done in as_completed(waiting):
            yield {**done.result(), "work": work}


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counties", type=int, default=1000)
    parser.add_argument("--first", type=int, default=1001)
    parser.add_argument("--origins", nargs="+", choices=list(ORIGINS), default=list(ORIGINS))
    parser.add_argument("--each", action="store_true", help="One origin a county, in turn.")
    parser.add_argument("--scale", type=float, default=0.02)
    parser.add_argument("--paths", type=int, default=400)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rows", type=Path, help="File that keeps what is done, line by line.")
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    seeds = range(asked.first, asked.first + (2 if asked.quick else asked.counties))
    work = {"scale": asked.scale, "paths": asked.paths, "code": code()}
    wanted = [
        (seed, origin)
        for seed in seeds
        for turn, origin in enumerate(asked.origins)
        if not asked.each or turn == seed % len(asked.origins)
    ]
    rows = [row for row in kept(asked.rows, work) if (row["seed"], row["origin"]) in set(wanted)]
    there = {(row["seed"], row["origin"]) for row in rows}
    todo = [each for each in wanted if each not in there]
    print(f"{len(there)} of {len(wanted)} rows are there, {len(todo)} to make", file=sys.stderr)
    for row in made(todo, work, asked.jobs):
        rows.append(row)
        if asked.rows is not None:
            asked.rows.parent.mkdir(parents=True, exist_ok=True)
            with asked.rows.open("a", encoding="utf-8") as out:
                out.write(json.dumps(row) + "\n")
    report(pl.DataFrame([{k: v for k, v in row.items() if k != "work"} for row in rows]), work)


def report(rows: pl.DataFrame, work: dict[str, Any]) -> None:
    """All counties and origins together, and each origin alone."""
    origins = sorted(rows["origin"].unique().to_list())
    alone = {name: figures(rows.filter(pl.col("origin") == name)) for name in origins}
    whole = figures(rows)
    print_result(
        name="budget-coverage",
        work={
            "what": "three-year spend on packages, forecast at the end of " + ", ".join(origins),
            "counties": rows["seed"].n_unique(),
            "first_seed": rows["seed"].min(),
            "last_seed": rows["seed"].max(),
            "budgets": rows.height,
            **work,
        },
        packages=("forethought", "numpy", "polars", "statsforecast"),
        ours={
            "cpu_s": round(float(rows["cpu_s"].sum()), 2),
            "cpu_s_per_budget": round(float(rows["cpu_s"].mean()), 2),  # type: ignore[arg-type]
        },
        peers={
            "statistical forecast alone": {"far_error_pct": mean_pct(rows, "far_error_alone")},
        },
        ratio={"far_error_to_statistical_alone": whole.pop("far_error_to_statistical_alone")},
        accuracy={**whole, **{f"origin {name}": found for name, found in alone.items()}},
    )


def figures(rows: pl.DataFrame) -> dict[str, Any]:
    """Share inside each range, bias, errors of some budgets."""
    error = (rows["mean"] / rows["actual"] - 1).to_numpy()
    far = float(rows["far_error_joined"].mean() / rows["far_error_alone"].mean())  # type: ignore[operator]
    return {
        "budgets": rows.height,
        **{f"inside_{level}_pct": mean_pct(rows, f"inside_{level}") for level in LEVELS},
        "bias_pct": round(100 * float(error.mean()), 2),
        "mean_absolute_error_pct": round(100 * float(np.abs(error).mean()), 2),
        "far_error_pct": mean_pct(rows, "far_error_joined"),
        "far_error_to_statistical_alone": round(far, 3),
        "price_effect_error_pct": round(100 * float(rows["price_error"].abs().max()), 3),  # type: ignore[arg-type]
    }


def mean_pct(rows: pl.DataFrame, column: str) -> float:
    """Mean of a column of shares, per cent."""
    return round(100 * float(rows[column].mean()), 2)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
