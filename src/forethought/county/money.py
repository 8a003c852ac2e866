"""Money: what the services cost month by month, the base budget, clients' contributions."""

from __future__ import annotations

import numpy as np
import polars as pl

from forethought.county.arrays import Floats
from forethought.county.county import County
from forethought.county.days import NEVER, Days, day_of, month_index
from forethought.county.packages import PRICE_INDEX
from forethought.county.services import service_rows, weekly_gbp
from forethought.county.teams import Staff
from forethought.place.calendar import financial_year, financial_year_label
from forethought.stats.streams import Stream

SERVICES = (
    "Nursing care",
    "Residential care",
    "Supported living and extra care",
    "Home care",
    "Direct payment",
    "Day support",
    "Other long-term support",
    "Reablement",
    "Assessment and care management staff",
)
_OF_SETTING = np.array([3, 4, 2, 2, 5, 6, 1, 0])
_CONTRIBUTIONS = (0.27, 0.24, 0.07, 0.11, 0.08, 0.06, 0.05, 0.0, 0.0)
_NHS = (0.12, 0.05, 0.09, 0.04, 0.05, 0.02, 0.03, 0.10, 0.0)
_GRANTS = (0.02, 0.02, 0.01, 0.11, 0.04, 0.03, 0.04, 0.42, 0.05)
"""NHS income (continuing healthcare, nursing contribution, section 117) and grants (Better Care
Fund and others) as shares of spend: assumed, as no public file gives them by service."""
_PAID_OUT = 0.999
"""A grant pays no more than is spent: a small county's reablement hardly began in April 2016."""
_REABLEMENT_HOURS, _REABLEMENT_PRICE = 9.0, 1.35 * 23.56
_STAFF_GBP_A_MONTH = 4_350.0
_PLANNED_GROWTH = 0.012
_PLANNED_INFLATION_SHARE = 0.8
"""Budgets allowed for this share of the price change that came: the shocks were not foreseen."""


def finance_frame(county: County, staff: list[Staff]) -> pl.DataFrame:
    """Rows of `asc_finance`: by month and service, in pounds."""
    months = county.months
    spend = np.vstack(
        [
            _long_term(county, months),
            _reablement(county, months)[None],
            _staff(staff, months)[None],
        ]
    )
    stream = Stream(county.seed, "finance")
    cells = np.arange(spend.size).reshape(spend.shape)
    spend = spend * (1 + 0.008 * stream.normal(cells.ravel(), "noise").reshape(spend.shape))
    budget = _budget(spend, months)
    income = {
        "client_contributions_gbp": spend * np.array(_CONTRIBUTIONS)[:, None],
        "nhs_income_gbp": _noisy(stream, spend * np.array(_NHS)[:, None], "nhs"),
        "grants_gbp": _grants(spend, months),
    }
    others = income["client_contributions_gbp"] + income["nhs_income_gbp"]
    income["grants_gbp"] = np.minimum(income["grants_gbp"], _PAID_OUT * (spend - others))
    expected = budget / np.maximum(spend, 1.0) * sum(income.values())
    years = [financial_year(day_of(m)) for m in months[:-1].tolist()]
    rows = len(years)
    return pl.DataFrame(
        {
            "financial_year": [financial_year_label(y) for y in years] * len(SERVICES),
            "month": [day_of(m) for m in months[:-1].tolist()] * len(SERVICES),
            "service": [name for name in SERVICES for _ in range(rows)],
            "base_budget_gbp": np.round(budget.ravel(), 2),
            "spend_gbp": np.round(spend.ravel(), 2),
            "base_income_gbp": np.round(_by_twelfths(expected, months).ravel(), 2),
            **{name: np.round(values.ravel(), 2) for name, values in income.items()},
        }
    )


def _noisy(stream: Stream, values: Floats, name: str) -> Floats:
    """Values that differ from month to month by a few per cent."""
    cells = np.arange(values.size)
    noise: Floats = stream.normal(cells, name).reshape(values.shape)
    return values * np.maximum(1 + 0.03 * noise, 0.0)


def _grants(spend: Floats, months: Days) -> Floats:
    """Grants are set for a year: twelfths of a share of the year's spend."""
    return _by_twelfths(spend * np.array(_GRANTS)[:, None], months)


def _by_twelfths(values: Floats, months: Days) -> Floats:
    """Each year's mean in each of its months."""
    years = np.array([financial_year(day_of(m)) for m in months[:-1].tolist()])
    out = np.empty_like(values)
    for year in np.unique(years):
        out[:, years == year] = values[:, years == year].mean(axis=1, keepdims=True)
    return out


def _long_term(county: County, months: Days) -> Floats:
    """Cost of packages in each month: what runs, day by day."""
    rows = service_rows(county)
    daily = weekly_gbp(rows) / 7
    kind = _OF_SETTING[rows["setting"].astype(int)]
    last = np.where(rows["end"] >= NEVER, int(months[-1]), rows["end"] + 1)
    spend = np.zeros((7, months.size - 1))
    for month, (first, after) in enumerate(
        zip(months[:-1].tolist(), months[1:].tolist(), strict=True)
    ):
        days = np.minimum(last, after) - np.maximum(rows["start"], first)
        here = days > 0
        spend[:, month] = np.bincount(kind[here], days[here] * daily[here], minlength=7)
    return spend


def _reablement(county: County, months: Days) -> Floats:
    done = county.assessed
    month = month_index(done.reablement_from, months)
    weeks = (done.reablement_to - done.reablement_from + 1) / 7
    index = np.array([PRICE_INDEX[financial_year(day_of(m))] for m in months[:-1].tolist()])
    cost = np.bincount(month, weeks, minlength=months.size - 1)[: months.size - 1]
    total: Floats = cost * _REABLEMENT_HOURS * _REABLEMENT_PRICE * index
    return total


def _staff(staff: list[Staff], months: Days) -> Floats:
    total = np.zeros(months.size - 1)
    for part in staff:
        total += part.available.sum(axis=0)
    pay = np.array([1.024 ** (financial_year(day_of(m)) - 2024) for m in months[:-1].tolist()])
    gross: Floats = total / 0.87 * _STAFF_GBP_A_MONTH * pay
    return gross


def _budget(spend: Floats, months: Days) -> Floats:
    """Last year's spend with planned growth and prices, by twelfths; the first year as it came."""
    years = np.array([financial_year(day_of(m)) for m in months[:-1].tolist()])
    budget = np.empty_like(spend)
    for year in np.unique(years):
        here, before = years == year, years == year - 1
        if not before.any():
            budget[:, here] = spend[:, here].mean(axis=1, keepdims=True) * 0.995
            continue
        rise = PRICE_INDEX[int(year)] / PRICE_INDEX[int(year) - 1] - 1
        growth = 1 + _PLANNED_GROWTH + _PLANNED_INFLATION_SHARE * rise
        budget[:, here] = spend[:, before].mean(axis=1, keepdims=True) * growth
    return budget
