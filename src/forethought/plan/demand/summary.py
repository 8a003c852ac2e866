"""From sample paths of cells to figures with ranges: months and financial years, every choice.

Ranges of sums are quantiles of path sums, never sums of quantiles.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.place.calendar import financial_year
from forethought.plan.demand.flows import Month
from forethought.plan.demand.panel import Panel
from forethought.plan.demand.vocabulary import AGE_BANDS, ALL, GROUPS, PROFILES, SERVICES

Floats = NDArray[np.float64]

MARCH = 3
PATHWISE = ("supported", "starts", "ends", "requests")
YEAR_MEASURES = ("supported", "change", "starts", "ends", "requests", "person_weeks", "cost_gbp")


Members = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class Choices:
    """What a reader may choose: sums of cells along each axis.

    Args:
        services: "all" and each service, with the places in SERVICES that each sums.
        who: "all", the client groups and the older age bands, over PROFILES.
        districts: "all" and each district, over the panel's.
    """

    services: tuple[tuple[str, ...], Members]
    who: tuple[tuple[str, ...], Members]
    districts: tuple[tuple[str, ...], Members]

    @classmethod
    def of(cls, districts: tuple[str, ...]) -> Choices:
        """The choices of a panel."""
        older = [band for band in AGE_BANDS if band != "18-64"]
        names = (ALL, *GROUPS, *older)
        members = tuple(
            tuple(n for n, labels in enumerate(PROFILES) if name == ALL or name in labels)
            for name in names
        )
        return cls(_each(tuple(SERVICES)), (names, members), _each(districts))

    def sums(self, cells: Floats) -> Floats:
        """Cells (service x profile x district x ...) summed for every choice."""
        by_service = _summed(cells, 0, self.services[1])
        return _summed(_summed(by_service, 1, self.who[1]), 2, self.districts[1])

    def sums_without_service(self, cells: Floats) -> Floats:
        """Requests (profile x district x ...) summed for every choice, one service: all."""
        return _summed(_summed(cells, 0, self.who[1]), 1, self.districts[1])[None]

    def labels(self, shape: tuple[int, ...]) -> dict[str, NDArray[np.str_]]:
        """Columns `service`, `who`, `district` of values laid out by choice."""
        index = np.indices(shape).reshape(3, -1)
        axes = (self.services[0], self.who[0], self.districts[0])
        names = ("service", "who", "district")
        return {
            name: np.array(axis)[where]
            for name, axis, where in zip(names, axes, index, strict=True)
        }


@dataclass(eq=False)
class Summary:
    """Gathers the months ahead one by one, so that paths of all cells never lie in memory."""

    panel: Panel
    choices: Choices
    level: tuple[float, ...]
    coherence_gap: float = 0.0
    identity_gap: float = 0.0
    _months: list[pl.DataFrame] = field(default_factory=list)
    _years: list[pl.DataFrame] = field(default_factory=list)
    _totals: dict[str, list[tuple[date, Floats]]] = field(default_factory=dict)
    _running: dict[str, Floats] = field(default_factory=dict)
    _last_march: Floats | None = None

    def add(
        self, ds: date, before: Floats, month: Month, requests: Floats, weeks: Floats, cost: Floats
    ) -> None:
        """Take in one month of every path."""
        supported = self.choices.sums(month.supported)
        self._check(before, month, supported)
        self._months.append(self._quantiles(supported, measure="supported", ds=ds))
        county = {
            "supported": supported[0, 0, 0],
            "starts": month.starts.sum(axis=(0, 1, 2)),
            "ends": month.ends.sum(axis=(0, 1, 2)),
            "requests": requests.sum(axis=(0, 1)),
        }
        for measure, values in county.items():
            self._totals.setdefault(measure, []).append((ds, values))
        flows = {
            "starts": month.starts,
            "ends": month.ends,
            "requests": requests,
            "person_weeks": weeks,
            "cost_gbp": cost,
        }
        if not self._running:
            self._begin_year(financial_year(ds))
        for measure, values in flows.items():
            self._running[measure] = self._running[measure] + values
        if ds.month == MARCH:
            self._close_year(financial_year(ds), supported)

    def months(self) -> pl.DataFrame:
        """Past and future months of people supported, every choice."""
        past = self.choices.sums(self.panel.supported)
        observed = self._history(past, "supported")
        county = [
            self._history(values[:1, :1, :1], measure)
            for measure, values in (
                ("starts", self.choices.sums(self.panel.starts)),
                ("ends", self.choices.sums(self.panel.ends)),
                ("requests", self.choices.sums_without_service(self.panel.requests)),
            )
        ]
        ahead = [
            self._quantiles(values[None, None, None], measure=measure, ds=ds)
            for measure in PATHWISE[1:]
            for ds, values in self._totals[measure]
        ]
        return pl.concat([observed, *county, *self._months, *ahead], how="diagonal")

    def years(self) -> pl.DataFrame:
        """Past and future financial years, every choice."""
        return pl.concat([*self._past_years(), *self._years], how="diagonal")

    def totals(self) -> pl.DataFrame:
        """Paths of the county's totals by month."""
        return pl.concat(
            pl.DataFrame(
                {
                    "measure": [measure] * values.size,
                    "ds": [ds] * values.size,
                    "path": np.arange(values.size, dtype=np.int32),
                    "y": values,
                }
            )
            for measure, months in self._totals.items()
            for ds, values in months
        )

    def _check(self, before: Floats, month: Month, sums: Floats) -> None:
        expected = before + month.starts - month.ends + month.ageing
        self.identity_gap = max(self.identity_gap, float(np.abs(expected - month.supported).max()))
        gaps = (sums[0, 0, 1:].sum(axis=0), sums[1:, 0, 0].sum(axis=0))
        self.coherence_gap = max(
            self.coherence_gap, *(float(np.abs(gap - sums[0, 0, 0]).max()) for gap in gaps)
        )

    def _quantiles(self, values: Floats, **labels: object) -> pl.DataFrame:
        ordered = sorted(self.level)
        probabilities = [p for v in ordered for p in ((1 - v / 100) / 2, (1 + v / 100) / 2)]
        found = np.quantile(values, [0.5, *probabilities], axis=-1)
        names = [name for v in ordered for name in (f"lo-{v:g}", f"hi-{v:g}")]
        columns = dict(zip(("median", *names), (q.ravel() for q in found), strict=True))
        return pl.DataFrame(
            {
                **self.choices.labels(values.shape[:3]),
                "mean": values.mean(axis=-1).ravel(),
                **columns,
            }
        ).with_columns(**{name: pl.lit(value) for name, value in labels.items()})

    def _history(self, values: Floats, measure: str) -> pl.DataFrame:
        months = pl.Series("ds", self.panel.months)
        cells = int(np.prod(values.shape[:3]))
        labels = pl.DataFrame(self.choices.labels(values.shape[:3]))
        rows = labels[np.repeat(np.arange(cells), len(months))]
        return rows.with_columns(
            pl.Series("ds", np.tile(months.to_numpy(), cells)).cast(pl.Date),
            pl.lit(measure).alias("measure"),
            pl.Series("observed", values.ravel()),
        )

    def _begin_year(self, year: int) -> None:
        """What the year has seen so far counts in its totals."""
        so_far = np.array([financial_year(month) == year for month in self.panel.months])
        marches = [
            place
            for place, month in enumerate(self.panel.months)
            if month.month == MARCH and financial_year(month) == year - 1
        ]
        for measure in ("starts", "ends", "requests", "person_weeks", "cost_gbp"):
            seen = getattr(self.panel, measure)[..., so_far].sum(axis=-1)
            self._running[measure] = seen[..., None]
        if self._last_march is None and marches:
            self._last_march = self.choices.sums(self.panel.supported[..., marches[-1]])[..., None]

    def _close_year(self, year: int, supported: Floats) -> None:
        values = {
            measure: self.choices.sums_without_service(cells)
            if measure == "requests"
            else self.choices.sums(cells)
            for measure, cells in self._running.items()
        }
        values["supported"] = supported
        if self._last_march is not None:
            values["change"] = supported - self._last_march
        self._years += [
            self._quantiles(value, measure=measure, year=year, actual=False)
            for measure, value in values.items()
        ]
        self._last_march, self._running = supported, {}

    def _past_years(self) -> list[pl.DataFrame]:
        """Whole financial years of the history."""
        years = np.array([financial_year(month) for month in self.panel.months])
        out = []
        for year in sorted(set(years.tolist())):
            inside = years == year
            if inside.sum() < 12:  # noqa: PLR2004 (months of a whole year)
                continue
            last = int(np.flatnonzero(inside)[-1])
            values = {
                "supported": self.choices.sums(self.panel.supported[..., last]),
                "requests": self.choices.sums_without_service(
                    self.panel.requests[..., inside].sum(axis=-1)
                ),
            }
            for measure in ("starts", "ends", "person_weeks", "cost_gbp"):
                values[measure] = self.choices.sums(
                    getattr(self.panel, measure)[..., inside].sum(axis=-1)
                )
            if last >= 12:  # noqa: PLR2004
                earlier = self.choices.sums(self.panel.supported[..., last - 12])
                values["change"] = values["supported"] - earlier
            out += [
                pl.DataFrame(
                    {**self.choices.labels(value.shape[:3]), "mean": value.ravel()}
                ).with_columns(measure=pl.lit(measure), year=pl.lit(year), actual=pl.lit(True))
                for measure, value in values.items()
            ]
        return out


def _each(names: tuple[str, ...]) -> tuple[tuple[str, ...], Members]:
    every = tuple(range(len(names)))
    return (ALL, *names), (every, *((place,) for place in every))


def _summed(cells: Floats, axis: int, members: Members) -> Floats:
    """Sums of members along an axis, in their order."""
    moved = np.moveaxis(cells, axis, 0)
    out = np.stack([moved[places[0] : places[-1] + 1].sum(axis=0) for places in members])
    return np.moveaxis(out, 0, axis)
