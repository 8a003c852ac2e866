"""Residents by age band and month, past and projected, with the range between the variants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import DataError, UsageError, did_you_mean
from forethought.plan.demand.prices import TENTH
from forethought.plan.demand.vocabulary import AGE_BANDS, FIRST_AGES, PROFILES

Floats = NDArray[np.float64]

BAND_OF_PROFILE = np.array([list(AGE_BANDS).index(band) for _, band in PROFILES])
PRINCIPAL, HIGH, LOW = "principal", "high", "low"


@dataclass(frozen=True, eq=False)
class Population:
    """Adults by age band on 30 June of each year.

    Args:
        past: People by year: estimates, age bands x years.
        past_years: Years of the estimates.
        variants: The same ahead by variant; `principal` is one of them.
        years: Years of the projections.
    """

    past: Floats
    past_years: tuple[int, ...]
    variants: Mapping[str, Floats]
    years: tuple[int, ...]

    def observed(self, months: Sequence[date]) -> Floats:
        """People in the middle of past months: age bands x months."""
        years = (*self.past_years, *self.years)
        return _between(years, np.hstack([self.past, self.variants[PRINCIPAL]]), months)

    def ahead(
        self, months: Sequence[date], scores: Floats, variant: str | None = None
    ) -> NDArray[np.float64]:
        """People in the middle of months ahead on each path: age bands x months x paths.

        Args:
            months: First days of the months.
            scores: Standard normal, one a path. The high and the low variant are taken as a
                1 in 10 chance of more and of less; without them the principal is certain.
            variant: One variant for all paths; None draws between them.

        Raises:
            UsageError: A variant that the projections do not have.
        """
        if variant is not None:
            if variant not in self.variants:
                raise UsageError(
                    f'The projections have no variant "{variant}".',
                    where="population",
                    remedy=did_you_mean(variant, self.variants),
                )
            one = self._level(variant, months)
            return np.repeat(one[..., None], scores.size, axis=-1)
        middle = np.log(self._level(PRINCIPAL, months))
        high = np.log(self._level(HIGH, months)) if HIGH in self.variants else middle
        low = np.log(self._level(LOW, months)) if LOW in self.variants else middle
        above = np.where(scores > 0, scores, 0.0) / TENTH
        below = np.where(scores < 0, -scores, 0.0) / TENTH
        return np.asarray(
            np.exp(
                middle[..., None]
                + (high - middle)[..., None] * above
                + (low - middle)[..., None] * below
            )
        )

    def _level(self, variant: str, months: Sequence[date]) -> Floats:
        years = (*self.past_years, *self.years)
        return _between(years, np.hstack([self.past, self.variants[variant]]), months)


def population(estimates: pl.DataFrame, projections: pl.DataFrame) -> Population:
    """Count adults by age band.

    Args:
        estimates: `year`, `age`, `people` (30 June), any other columns are summed over.
        projections: The same with `variant`; years that the estimates have are left out.

    Raises:
        DataError: Fewer than two years ahead, no variant `principal`, or a band with nobody.
    """
    past_years, past = _by_band(estimates)
    later = projections.filter(pl.col("year") > past_years[-1])
    variants: dict[str, Floats] = {}
    years: tuple[int, ...] = ()
    for (name,), rows in later.group_by("variant", maintain_order=True):
        years, variants[str(name)] = _by_band(rows)
    if PRINCIPAL not in variants or len(years) < 2:  # noqa: PLR2004
        raise DataError(
            f"The population projections say nothing after {past_years[-1]}.",
            where="population_projections",
            remedy='Load projections with a variant "principal" for two years or more.',
        )
    every = np.hstack([past, *variants.values()])
    if (every <= 0).any():
        raise DataError("An age band has no residents.", where="population_projections")
    return Population(past, past_years, variants, years)


def _by_band(rows: pl.DataFrame) -> tuple[tuple[int, ...], Floats]:
    adults = rows.filter(pl.col("age") >= FIRST_AGES[0])
    place = pl.sum_horizontal((pl.col("age") >= first).cast(pl.Int64) for first in FIRST_AGES[1:])
    band = place.replace_strict(dict(enumerate(AGE_BANDS)), return_dtype=pl.String)
    counted = (
        adults.group_by("year", band.alias("band"))
        .agg(pl.col("people").sum().cast(pl.Float64))
        .sort("year")
    )
    years = tuple(counted["year"].unique().sort().to_list())
    if not years:
        raise DataError("There are no residents.", where="population_estimates")
    wide = counted.pivot("band", index="year", values="people").sort("year").fill_null(0.0)
    rows_of = [
        wide[band].to_numpy() if band in wide.columns else np.zeros(len(years))
        for band in AGE_BANDS
    ]
    return years, np.vstack(rows_of).astype(float)


def _between(years: Sequence[int], people: Floats, months: Sequence[date]) -> Floats:
    """Values of 30 June carried to the middle of months, by steady growth; so beyond the ends."""
    at = np.array([(m.year - years[0]) * 12 + m.month - 6.0 for m in months])
    known = (np.array(years) - years[0]) * 12.0
    logs = np.log(people)
    out = np.empty((people.shape[0], len(months)))
    for band in range(people.shape[0]):
        line = np.interp(at, known, logs[band])
        first = (logs[band, 1] - logs[band, 0]) / (known[1] - known[0])
        last = (logs[band, -1] - logs[band, -2]) / (known[-1] - known[-2])
        line = np.where(at < known[0], logs[band, 0] + first * (at - known[0]), line)
        out[band] = np.where(at > known[-1], logs[band, -1] + last * (at - known[-1]), line)
    return np.exp(out)
