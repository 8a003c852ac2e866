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
from forethought.plan.money.finance import INCOME, Finance
from forethought.plan.money.prices_ahead import Levels, levels_ahead
from forethought.plan.money.support import Support

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
        finance: The records.
        support: The support behind it.
        assumed: The assumptions.
    """

    months: tuple[date, ...]
    known: int
    gross: NDArray[np.float64]
    income: dict[str, NDArray[np.float64]]
    cells: NDArray[np.float32]
    levels: Levels
    complexity: Uplift
    finance: Finance
    support: Support
    assumed: Assumptions

    @property
    def year(self) -> int:
        """The present financial year."""
        return financial_year(self.months[0])

    def in_year(self, year: int) -> NDArray[np.bool_]:
        """Which months belong to a financial year."""
        return np.array([financial_year(month) == year for month in self.months])


def cost(
    support: Support,
    records: Finance,
    assumed: Assumptions,
    *,
    complexity: Uplift | None = None,
    seed: int = 0,
) -> Costed:
    """Put pounds of the day to support.

    Months that the finance records have stand as they are. Later ones: support at today's prices
    (recent cost of a week, as paid) x complexity x price.

    Args:
        support: Support ahead.
        records: Finance records.
        assumed: The assumptions.
        complexity: Real rise of a week's cost a year, where the assumptions have none.
        seed: Same seed, same digits.

    Raises:
        DataError: Finance records that end more than a year before the events.
    """
    since = support.since
    known = [m for m in records.months if m <= since]
    if not known or add_months(known[-1], RECENT_MONTHS) < since:
        raise DataError(
            "The finance records end too early.",
            where="month",
            remedy="Deliver them up to the last year at least.",
        )
    rise = assumed.complexity or complexity or NO_RISE
    levels = levels_ahead(
        assumed, rise, since=since, months=support.months, paths=support.paths, seed=seed
    )
    cells = _cells(support, levels, assumed, records)
    first = _april_of(since)
    months = (*(m for m in support.past_months if m >= first), *support.months)
    gross, income = _Lines(support, records, assumed, levels, cells).by_month(months)
    known_months = len([m for m in months if m in set(records.months)])
    return Costed(
        months, known_months, gross, income, cells, levels, rise, records, support, assumed
    )


def _april_of(month: date) -> date:
    return financial_year_start(financial_year(month))


def _cells(
    support: Support, levels: Levels, assumed: Assumptions, records: Finance
) -> NDArray[np.float32]:
    """Gross cost of packages ahead: service x profile x month x path."""
    out = np.empty_like(support.real)
    names = dict(zip(records.services, records.lines, strict=True))
    for service in range(out.shape[0]):
        price = levels.care(assumed.share_of(names.get(service, ""))) + levels.complexity
        level = np.exp(price).astype(np.float32)
        out[service] = support.real[service] * level[None]
    return out


@dataclass(frozen=True, eq=False)
class _Lines:
    """Makes the months of every line: known, bridged by commitments, ahead."""

    support: Support
    records: Finance
    assumed: Assumptions
    levels: Levels
    cells: NDArray[np.float32]

    def by_month(
        self, months: tuple[date, ...]
    ) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
        """Gross and income by line, month and path."""
        shape = (len(self.records.lines), len(months), self.support.paths)
        gross = np.empty(shape)
        income = {kind: np.empty(shape) for kind in INCOME}
        place = {month: at for at, month in enumerate(self.records.months)}
        past = {month: at for at, month in enumerate(self.support.past_months)}
        first_ahead = len(months) - len(self.support.months)
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
        return float(self.support.committed[service, at] * self.support.reconciled.factor(service))

    def _ahead(self, line: int, service: int) -> NDArray[np.float64]:
        if service >= 0:
            return np.asarray(self.cells[service].sum(axis=0, dtype=np.float64))
        kind = self.records.others[self.records.lines[line]]
        months = self.support.months
        window = self._recent_window()
        recent = float(self.records.values["gross"][line, window].mean())
        risen = self._rise_within(window, kind.price)
        share = self.assumed.share_of(self.records.lines[line])
        level = self.levels.pay if kind.price == "pay" else self.levels.care(share)
        volume = np.ones((len(months), self.support.paths))
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
        place = {month: at for at, month in enumerate(self.support.past_months)}
        recent = self.support.requests[[place[month] for month in window if month in place]].mean()
        known = self.support.requests_ahead / recent
        residents = self.support.people.ahead(
            self.support.months, self.support.scores, self.support.variant
        ).sum(axis=0)
        out = np.empty((months, self.support.paths))
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
        for step, month in enumerate(self.support.months):
            total = self.assumed.grants_by_year.get(financial_year(month))
            if total is not None and whole > 0:
                out[step] = total / 12 * recent[line] / whole
        return np.asarray(out)
