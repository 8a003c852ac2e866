"""Why spend rose in past years: residents, rate of support, care for each person, price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import DataError
from forethought.place.calendar import financial_year
from forethought.plan.demand.vocabulary import SERVICES
from forethought.plan.demand.volumes import Volumes
from forethought.plan.money.decomposition import effects
from forethought.plan.money.finance import Finance
from forethought.plan.money.population import BAND_OF_PROFILE, Population

Floats = NDArray[np.float64]

DRIVERS: Mapping[str, str] = {
    "demography": "Residents",
    "rate": "Rate of support",
    "complexity": "Care for each person",
    "price": "Price",
    "unexplained": "Not in recorded packages",
}
YEAR_MONTHS = 12


@dataclass(frozen=True, eq=False)
class Past:
    """Changes of gross spend on packages from each whole financial year to the next.

    Args:
        frame: `year` (the later one), `service` (or "all"), `driver` (of `DRIVERS`), `gbp`.
        spend: `year`, `service` (or "all"), `gbp`: actual gross spend.
    """

    frame: pl.DataFrame
    spend: pl.DataFrame

    def year(self, year: int, service: str = "all") -> dict[str, float]:
        """Pounds by driver of a year's change."""
        rows = self.frame.filter((pl.col("year") == year) & (pl.col("service") == service))
        return dict(rows.select("driver", "gbp").iter_rows())

    def _repr_html_(self) -> str:
        return self.frame.pivot("driver", index=("year", "service"), values="gbp")._repr_html_()


def why_spend_changed(
    volumes: Volumes,
    records: Finance,
    people: Population,
    *,
    uplifts: Mapping[int, float] | None = None,
) -> Past:
    """Take past changes of spend apart, as the bridge does with those to come.

    Args:
        volumes: Weeks and cost of recorded packages.
        records: Finance records.
        people: Residents by age band.
        uplifts: Rise of care prices on 1 April by year, as shares; a year without one counts
            as none, and what prices did is then care for each person.

    Raises:
        DataError: Under two whole financial years in both.

    References:
        Ang (2005), The LMDI approach to decomposition analysis.
    """
    labels = np.array([financial_year(month) for month in volumes.months])
    of_records = np.array([financial_year(month) for month in records.months])
    years = [
        year
        for year in np.unique(labels).tolist()
        if (labels == year).sum() == YEAR_MONTHS and (of_records == year).sum() == YEAR_MONTHS
    ]
    if len(years) < 2:  # noqa: PLR2004
        raise DataError(
            "Events and finance records have fewer than two whole financial years in common.",
            where="month",
        )
    population = people.observed(volumes.months)[BAND_OF_PROFILE]
    rises = uplifts or {}
    parts = []
    for before, after in pairwise(years):
        if after != before + 1:
            continue
        then, now = labels == before, labels == after
        old = _factors(volumes, population, then, 1.0)
        new = _factors(volumes, population, now, 1.0 + rises.get(after, 0.0))
        found = {n: v.sum(axis=1) for n, v in effects(old, new, otherwise="rate").items()}
        found["unexplained"] = _unexplained(volumes, records, now, of_records == after)
        found["unexplained"] -= _unexplained(volumes, records, then, of_records == before)
        parts.append(_rows(after, found))
    return Past(pl.concat(parts), _spend(records, of_records, years))


def _factors(
    volumes: Volumes, population: Floats, inside: NDArray[np.bool_], price: float
) -> dict[str, Floats]:
    weeks = volumes.weeks[..., inside].sum(axis=-1)
    gbp = volumes.cost_gbp[..., inside].sum(axis=-1)
    residents = population[:, inside].mean(axis=-1)
    real = np.divide(gbp, weeks * price, out=np.zeros_like(gbp), where=weeks > 0)
    return {
        "demography": residents[None],
        "rate": weeks / residents[None],
        "complexity": real,
        "price": np.full_like(weeks, price),
    }


def _unexplained(
    volumes: Volumes,
    records: Finance,
    inside: NDArray[np.bool_],
    of_records: NDArray[np.bool_],
) -> Floats:
    """Actual spend beyond recorded packages, by service."""
    committed = volumes.cost_gbp[..., inside].sum(axis=(1, 2))
    actual = np.zeros(len(SERVICES))
    for line, service in enumerate(records.services):
        if service >= 0:
            actual[service] += records.values["gross"][line, of_records].sum()
    return np.asarray(actual - committed)


def _rows(year: int, found: Mapping[str, Floats]) -> pl.DataFrame:
    names = ("all", *SERVICES.values())
    return pl.DataFrame(
        [
            {"year": year, "service": name, "driver": driver, "gbp": float(value)}
            for driver in DRIVERS
            for name, value in zip(names, (found[driver].sum(), *found[driver]), strict=True)
        ]
    )


def _spend(records: Finance, labels: NDArray[np.int64], years: list[int]) -> pl.DataFrame:
    rows = []
    for year in years:
        sums = records.values["gross"][:, labels == year].sum(axis=1)
        care = {
            records.lines[at]: float(sums[at]) for at, s in enumerate(records.services) if s >= 0
        }
        every = {"all": sum(care.values())} | care
        rows += [{"year": year, "service": name, "gbp": gbp} for name, gbp in every.items()]
    return pl.DataFrame(rows)
