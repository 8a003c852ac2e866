"""Pounds of every line and month on every path, from people, unit costs, prices and income."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from forethought.errors import DataError
from forethought.place.calendar import add_months, financial_year, financial_year_start
from forethought.plan.demand.prices import Uplift
from forethought.plan.money.assumptions import NO_RISE, Assumptions
from forethought.plan.money.finance import INCOME, Finance, Reconciled, reconcile
from forethought.plan.money.prices_ahead import Levels, levels_ahead, measured_complexity
from forethought.plan.money.projection import Projection

Floats = NDArray[np.float64]

RECENT_COST_MONTHS = 3
RECENT_MONTHS = 12


@dataclass(frozen=True, eq=False)
class Costed:
    """Pounds by line, month and path.

    Args:
        months: First days of the months, from the first of the present financial year.
        known: Months whose spend is known (actual): the first so many.
        gross: line x month x path, cash, before savings.
        income: The same by kind of income (`INCOME`).
        cells: Gross cost of packages by service, profile and month ahead: the part of `gross`
            behind the known months, service x profile x month x path.
        levels: Price levels of the months ahead.
        complexity: The assumed real rise of a week's cost.
        weekly: Cost of a week now, as paid: service x profile.
        reconciled: Commitments beside actuals.
        finance: The records.
        projection: The support behind it.
        assumed: The assumptions.
    """

    months: tuple[date, ...]
    known: int
    gross: NDArray[np.float64]
    income: dict[str, NDArray[np.float64]]
    cells: NDArray[np.float32]
    levels: Levels
    complexity: Uplift
    weekly: Floats
    reconciled: Reconciled
    finance: Finance
    projection: Projection
    assumed: Assumptions

    @property
    def year(self) -> int:
        """The present financial year."""
        return financial_year(self.months[0])

    def in_year(self, year: int) -> NDArray[np.bool_]:
        """Which months belong to a financial year."""
        return np.array([financial_year(month) == year for month in self.months])


def cost(
    projection: Projection, records: Finance, assumed: Assumptions, *, seed: int = 0
) -> Costed:
    """Put pounds to a projection.

    Months that the finance records have stand as they are. Later ones: person-weeks x recent cost
    of a week x what actual spend was for each pound of recorded packages x complexity x price.

    Raises:
        DataError: Finance records that end before the present financial year or have no month in
            common with the events.
    """
    volumes = projection.volumes
    since = volumes.months[-1]
    known = [m for m in records.months if m <= since]
    if not known or add_months(known[-1], RECENT_MONTHS) < since:
        raise DataError(
            "The finance records end too early.",
            where="month",
            remedy="Deliver them up to the last year at least.",
        )
    measured = measured_complexity(volumes, assumed.past_uplifts)
    complexity = assumed.complexity or measured or NO_RISE
    ahead = projection.months
    levels = levels_ahead(
        assumed, complexity, since=since, months=ahead, paths=projection.paths, seed=seed
    )
    reconciled = reconcile(records, volumes)
    weekly = _weekly(projection, reconciled)
    cells = _cells(projection, levels, weekly, assumed, records)
    first = financial_year_start(financial_year(since))
    bridged = [m for m in volumes.months if m >= first]
    months = (*bridged, *ahead)
    gross, income = _Lines(projection, records, assumed, levels, cells, reconciled).by_month(months)
    return Costed(
        months, len([m for m in months if m in set(records.months)]), gross, income, cells, levels,
        complexity, weekly, reconciled, records, projection, assumed,
    )  # fmt: skip


def _april_of(month: date) -> date:
    return financial_year_start(financial_year(month))


def _weekly(projection: Projection, reconciled: Reconciled) -> Floats:
    """Recent cost of a week as paid: service x profile; a service's own where nobody is seen."""
    volumes = projection.volumes
    cost_gbp = volumes.cost_gbp[..., -RECENT_COST_MONTHS:].sum(axis=-1)
    weeks = volumes.weeks[..., -RECENT_COST_MONTHS:].sum(axis=-1)
    whole = cost_gbp.sum(axis=1) / np.maximum(weeks.sum(axis=1), 1e-9)
    own = np.where(weeks > 0, cost_gbp / np.maximum(weeks, 1e-9), whole[:, None])
    paid = np.array([reconciled.factor(service) for service in range(own.shape[0])])
    return np.asarray(own * paid[:, None])


def _cells(
    projection: Projection, levels: Levels, weekly: Floats, assumed: Assumptions, records: Finance
) -> NDArray[np.float32]:
    """Gross cost of packages ahead: service x profile x month x path."""
    out = np.empty_like(projection.weeks)
    names = dict(zip(records.services, records.lines, strict=True))
    for service in range(out.shape[0]):
        price = levels.care(assumed.share_of(names.get(service, ""))) + levels.complexity
        level = np.exp(price).astype(np.float32)
        unit = weekly[service][:, None, None].astype(np.float32)
        out[service] = projection.weeks[service] * unit * level[None]
    return out


@dataclass(frozen=True, eq=False)
class _Lines:
    """Makes the months of every line: known, bridged by commitments, ahead."""

    projection: Projection
    records: Finance
    assumed: Assumptions
    levels: Levels
    cells: NDArray[np.float32]
    reconciled: Reconciled

    def by_month(
        self, months: tuple[date, ...]
    ) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
        """Gross and income by line, month and path."""
        shape = (len(self.records.lines), len(months), self.projection.paths)
        gross = np.empty(shape)
        income = {kind: np.empty(shape) for kind in INCOME}
        place = {month: at for at, month in enumerate(self.records.months)}
        past = {month: at for at, month in enumerate(self.projection.volumes.months)}
        first_ahead = len(months) - len(self.projection.months)
        for line, service in enumerate(self.records.services):
            ahead = self._ahead(line, service)
            shares = self._income_ahead(line, ahead)
            gross[line, first_ahead:] = ahead
            for kind in INCOME:
                income[kind][line, first_ahead:] = shares[kind]
            for at, month in enumerate(months[:first_ahead]):
                if month in place:
                    gross[line, at] = self.records.values["gross"][line, place[month]]
                    for kind in INCOME:
                        income[kind][line, at] = self.records.values[kind][line, place[month]]
                    continue
                gross[line, at] = self._committed(line, service, past[month])
                for kind in INCOME:
                    income[kind][line, at] = gross[line, at] * self._share(kind, line)
        return gross, income

    def _committed(self, line: int, service: int, at: int) -> float:
        """A month that finance does not know yet: recorded packages, or the recent level."""
        if service < 0:
            return float(self.records.recent("gross", self.records.months[-1])[line]) / 12
        packages = float(self.projection.volumes.cost_gbp[service, :, at].sum())
        return packages * self.reconciled.factor(service)

    def _ahead(self, line: int, service: int) -> NDArray[np.float64]:
        if service >= 0:
            return np.asarray(self.cells[service].sum(axis=0, dtype=np.float64))
        kind = self.records.others[self.records.lines[line]]
        months = self.projection.months
        window = self._recent_window()
        recent = float(self.records.values["gross"][line, window].mean())
        risen = self._rise_within(window, kind.price)
        share = self.assumed.share_of(self.records.lines[line])
        level = self.levels.pay if kind.price == "pay" else self.levels.care(share)
        volume = np.ones((len(months), self.projection.paths))
        if kind.volume == "requests":
            volume = self._requests(len(months), [self.records.months[at] for at in window])
        return np.asarray(recent * risen * volume * np.exp(level))

    def _recent_window(self) -> list[int]:
        """The records' months since 1 April, all at today's price; the last 12 where too few."""
        last = self.records.months[-1]
        since = [at for at, m in enumerate(self.records.months) if m >= _april_of(last)]
        every = list(range(len(self.records.months)))
        return since if len(since) >= RECENT_COST_MONTHS else every[-RECENT_MONTHS:]

    def _rise_within(self, window: list[int], price: str) -> float:
        """What the window's mean lacks of today's price, where an April lies within it."""
        year = financial_year(self.records.months[-1])
        if price == "pay":
            step = self.assumed.pay.of(year).likely
        else:
            step = self.assumed.past_uplifts.get(year, 0.0)
        before = sum(financial_year(self.records.months[at]) < year for at in window)
        return len(window) / (before / (1 + step) + len(window) - before)

    def _requests(self, months: int, window: list[date]) -> NDArray[np.float64]:
        """Requests of each month and path beside the window's mean.

        Beyond the forecast they are those of a year before, grown as residents do.
        """
        volumes = self.projection.volumes
        place = {month: at for at, month in enumerate(volumes.months)}
        recent = volumes.requests[[place[month] for month in window if month in place]].mean()
        known = volumes.requests_ahead / recent
        residents = self.projection.population.sum(axis=0)
        out = np.empty((months, self.projection.paths))
        for step in range(months):
            if step < known.shape[0]:
                out[step] = known[step]
            else:
                out[step] = out[step - 12] * residents[step] / residents[step - 12]
        return out

    def _income_ahead(
        self, line: int, gross: NDArray[np.float64]
    ) -> dict[str, NDArray[np.float64]]:
        """Income follows weeks of support at its own price; grants are so many pounds a month."""
        service = self.records.services[line]
        care = self.levels.care(self.assumed.share_of(self.records.lines[line]))
        own_price = self.levels.pay if service < 0 else care + self.levels.complexity
        real = gross / np.exp(own_price)
        found = {
            kind: real * self._share(kind, line) * np.exp(getattr(self.levels, kind))
            for kind in ("contributions", "nhs")
        }
        found["grants"] = self._grants(line)
        return found

    def _share(self, kind: str, line: int) -> float:
        until = self.records.months[-1]
        spent = self.records.recent("gross", until)[line]
        return float(self.records.recent(kind, until)[line] / spent) if spent > 0 else 0.0

    def _grants(self, line: int) -> NDArray[np.float64]:
        """Pounds a month of a line: the recent level raised, or a year's known total shared out."""
        recent = self.records.recent("grants", self.records.months[-1])
        whole = float(recent.sum())
        out = (recent[line] / 12) * np.exp(self.levels.grants)
        for step, month in enumerate(self.projection.months):
            total = self.assumed.grants_by_year.get(financial_year(month))
            if total is not None and whole > 0:
                out[step] = total / 12 * recent[line] / whole
        return np.asarray(out)
