"""Cost by council area where councils are reorganised: old and new add up on every path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import DataError
from forethought.place.calendar import financial_year
from forethought.plan.demand.volumes import Volumes
from forethought.plan.money.budget import Budget, paths_of

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Footprints:
    """Gross cost by council and financial year.

    Args:
        frame: `council`, `year` (of its April), `mean`, `lo-80`, `hi-80`, pounds, cash; a
            council stands in the years in which it exists.
        gap_gbp: Largest difference on any path and year between the councils' sum and the whole.
    """

    frame: pl.DataFrame
    gap_gbp: float

    def _repr_html_(self) -> str:
        return self.frame._repr_html_()


def footprints(
    planned: Budget, volumes: Volumes, councils: Mapping[int, Mapping[str, str]]
) -> Footprints:
    """Share gross cost out among the councils of each year.

    A line goes to districts as its weeks of support do, on each path; lines that are no packages
    go as all weeks together do. Beyond the statistical forecast shares stay as in its last year.

    Args:
        planned: The budget.
        volumes: The support behind it, by district.
        councils: Council of each district by the first financial year in which that holds.

    Raises:
        DataError: A district without a council in a year, or no year that holds from the first.
    """
    rows: list[tuple[str, int, float, float, float]] = []
    gap = 0.0
    for year in planned.years:
        of = _in_force(councils, year)
        missing = [code for code in volumes.districts if code not in of]
        if missing:
            raise DataError(
                f"District {missing[0]} has no council in {year}.", where="councils",
                remedy="Name the council of every district.",
            )  # fmt: skip
        shares = _shares(volumes, year)
        whole = np.zeros(volumes.paths)
        by_district = np.zeros((len(volumes.districts), volumes.paths))
        for line, service in zip(
            planned.costed.finance.lines, planned.costed.finance.services, strict=True
        ):
            gross = paths_of(planned.costed, "gross", year, line)
            part = shares[service] if service >= 0 else shares.mean(axis=0)
            by_district += part * gross
            whole += gross
        names = list(dict.fromkeys(of[code] for code in volumes.districts))
        told = np.zeros(volumes.paths)
        for name in names:
            at = [n for n, code in enumerate(volumes.districts) if of[code] == name]
            values = by_district[at].sum(axis=0)
            told += values
            low, high = np.quantile(values, [0.1, 0.9])
            rows.append((name, year, float(values.mean()), float(low), float(high)))
        gap = max(gap, float(np.abs(told - whole).max()))
    frame = pl.DataFrame(rows, schema=["council", "year", "mean", "lo-80", "hi-80"], orient="row")
    return Footprints(frame, gap)


def _in_force(councils: Mapping[int, Mapping[str, str]], year: int) -> Mapping[str, str]:
    """The councils of a year: those of the latest change that has come."""
    begun = [first for first in councils if first <= year]
    if not begun:
        raise DataError(f"No council holds in {year}.", where="councils")
    return councils[max(begun)]


def _shares(volumes: Volumes, year: int) -> NDArray[np.float64]:
    """Each district's share of the weeks of a service in a year: service x district x path."""
    past = [at for at, month in enumerate(volumes.months) if financial_year(month) == year]
    ahead = [at for at, month in enumerate(volumes.ahead) if financial_year(month) == year]
    if not past and not ahead:
        ahead = list(range(max(len(volumes.ahead) - 12, 0), len(volumes.ahead)))
    weeks = volumes.district_weeks[:, :, past].sum(axis=2)[..., None]
    weeks = weeks + volumes.district_weeks_ahead[:, :, ahead].sum(axis=2, dtype=np.float64)
    total = weeks.sum(axis=1, keepdims=True)
    everywhere = weeks.sum(axis=0, keepdims=True) / weeks.sum(axis=(0, 1), keepdims=True)
    return np.asarray(np.where(total > 0, weeks / np.where(total > 0, total, 1.0), everywhere))
