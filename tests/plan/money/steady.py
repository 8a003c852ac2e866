"""A county in which nothing happens, so that every pound is known by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from forethought.place.calendar import add_months
from forethought.plan.demand.vocabulary import PROFILES, SERVICES
from forethought.plan.demand.volumes import Volumes
from forethought.plan.money.population import Population

FIRST, LAST = date(2016, 4, 1), date(2026, 10, 1)
PATHS = 40
PEOPLE = 10.0
WEEKLY = np.linspace(100.0, 700.0, len(SERVICES))
STAFF_GBP = 1000.0
LINES = (*SERVICES.values(), "Staff")


def months(first: date = FIRST, last: date = LAST) -> tuple[date, ...]:
    """First days of months, both ends included."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return tuple(add_months(first, step) for step in range(count))


def days(some: tuple[date, ...]) -> np.ndarray:
    return np.array([(add_months(m, 1) - m).days for m in some], dtype=float)


def volumes(*, ahead: int = 41, growth_a_year: float = 0.0, people: float = PEOPLE) -> Volumes:
    """So many people in every cell; ahead they grow steadily, on all paths alike."""
    past, later = months(), months(add_months(LAST, 1), add_months(LAST, ahead))
    cells = (len(SERVICES), len(PROFILES))
    weeks = np.broadcast_to(people * days(past) / 7, (*cells, len(past))).copy()
    level = people * (1 + growth_a_year) ** (np.arange(1, ahead + 1) / 12)
    weeks_ahead = np.broadcast_to((level * days(later) / 7)[:, None], (*cells, ahead, PATHS))
    return Volumes(
        past,
        weeks,
        weeks * WEEKLY[:, None, None],
        np.full(len(past), 100.0),
        later,
        weeks_ahead.astype(np.float32),
        np.full((ahead, PATHS), 100.0),
        np.stack([0.25 * weeks.sum(axis=1), 0.75 * weeks.sum(axis=1)], axis=1),
        np.stack([0.25 * weeks_ahead.sum(axis=1), 0.75 * weeks_ahead.sum(axis=1)], axis=1).astype(
            np.float32
        ),
        ("X01", "X02"),
    )


def population(growth: float = 0.0, spread: float = 0.0) -> Population:
    """Bands of 1,000 to 4,000 residents that grow by a share a year in the projections."""
    base = np.array([4000.0, 3000.0, 2000.0, 1000.0])[:, None]
    years = np.arange(2026, 2040)
    rising = base * (1 + growth) ** (years - 2025)
    ahead = years - 2025
    variants = {
        "principal": rising,
        "high": rising * (1 + spread) ** ahead,
        "low": rising / (1 + spread) ** ahead,
    }
    return Population(
        np.repeat(base, 10, axis=1), tuple(range(2016, 2026)), variants, tuple(years.tolist())
    )


def records(last: date = LAST, *, spend_factor: float = 1.0) -> pl.DataFrame:
    """Each service as committed, staff of 1,000 pounds a month, 10% contributions."""
    rows = []
    for line in LINES:
        for month in months(FIRST, last):
            if line == "Staff":
                base = spend = STAFF_GBP
            else:
                place = LINES.index(line)
                here = (add_months(month, 1) - month).days
                daily = PEOPLE * len(PROFILES) * WEEKLY[place] / 7
                base, spend = daily * 365 / 12, daily * here * spend_factor
            rows.append(
                {
                    "financial_year": "",
                    "month": month,
                    "service": line,
                    "base_budget_gbp": base,
                    "base_income_gbp": 0.1 * base,
                    "spend_gbp": spend,
                    "client_contributions_gbp": 0.1 * spend,
                    "nhs_income_gbp": 0.0,
                    "grants_gbp": 0.0,
                }
            )
    return pl.DataFrame(rows)
