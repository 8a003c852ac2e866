"""The bridge: from the approved budget to the forecast of later years, row by row, to the penny.

Laid out as a medium-term financial strategy is: each year opens with what the last one closed
with. Within a year packages change by the logarithmic mean Divisia index of residents, rate of
support, complexity and price, on every path; a row is the mean over the paths, so that the rows
add up exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from forethought.errors import UsageError
from forethought.place.calendar import add_months, financial_year_label, financial_year_start
from forethought.plan.demand.vocabulary import SERVICES
from forethought.plan.money.budget import (
    Budget,
    one_offs_of,
    paths_of,
    savings_of,
    whole_years,
)
from forethought.plan.money.costing import Costed
from forethought.plan.money.decomposition import effects, to_the_penny
from forethought.plan.money.finance import INCOME

Floats = NDArray[np.float64]

ROWS: Mapping[str, str] = {
    "opening": "Net budget at the start",
    "in_year": "Over or under budget this year",
    "one_offs": "One-off items that do not come again",
    "full_year": "Full-year effect of people already supported",
    "demography": "More residents",
    "rate": "Higher or lower rate of support",
    "complexity": "More or less care for each person",
    "wage": "Prices: National Living Wage",
    "prices": "Prices: other costs of providers",
    "pay": "The council's own pay",
    "contributions": "Clients' contributions",
    "nhs": "NHS income",
    "grants": "Grants and Better Care Fund",
    "savings": "Savings",
    "residual": "Not explained",
    "closing": "Net cost",
}
"""The rows in their order, and what pages call them."""

CHANGES = tuple(name for name in ROWS if name not in {"opening", "closing"})


@dataclass(frozen=True, eq=False)
class Bridge:
    """Why net cost changes.

    Args:
        frame: `year` (of its April), `row` (a name in `ROWS`), `label`, `gbp` (mean over the
            paths, to the penny; rows of a year add up to its closing), `lo-80`, `hi-80`.
        paths: Pounds on every path by (year, row).
        first: The year of the approved budget.
    """

    frame: pl.DataFrame
    paths: Mapping[tuple[int, str], Floats]
    first: int

    def between(self, until: int) -> pl.DataFrame:
        """All changes from the approved budget to a later year: `row`, `label`, `gbp`."""
        rows = self.frame.filter(pl.col("year").is_between(self.first, until))
        opening = rows.filter((pl.col("row") == "opening") & (pl.col("year") == self.first))
        closing = rows.filter((pl.col("row") == "closing") & (pl.col("year") == until))
        summed = (
            rows.filter(pl.col("row").is_in(CHANGES))
            .group_by("row", "label", maintain_order=True)
            .agg(pl.col("gbp").sum().round(2))
        )
        keep = ("row", "label", "gbp")
        return pl.concat([opening.select(keep), summed.select(keep), closing.select(keep)])

    def _repr_html_(self) -> str:
        wide = self.frame.with_columns(
            pl.col("year").map_elements(financial_year_label, return_dtype=pl.String)
        ).pivot("year", index="label", values="gbp")
        return wide._repr_html_()


def bridge(planned: Budget, *, until: int | None = None) -> Bridge:
    """Take net cost apart from the approved budget of the present year to a later year.

    Args:
        planned: The forecast.
        until: Last financial year (of its April); None: the last that the budget tells whole.

    Raises:
        UsageError: A year that the budget does not tell.

    References:
        Ang (2005), The LMDI approach to decomposition analysis; CIPFA, Financial Management Code.
    """
    costed = planned.costed
    years = whole_years(costed)
    last = years[-1] if until is None else until
    if last not in years:
        raise UsageError(
            f"The budget tells {years[0]} to {years[-1]}, not {last}.", where="until",
            remedy="Give one of its years, by the year of its April.",
        )  # fmt: skip
    told: dict[tuple[int, str], Floats] = {}
    opening = np.full(costed.support.paths, float(planned.base["net"].sum()))
    for year in range(years[0], last + 1):
        rows = _this_year(costed, opening) if year == years[0] else _next_year(costed, year)
        closing = paths_of(costed, "net", year)
        rows["residual"] = closing - opening - sum(rows.values())
        told |= {(year, name): values for name, values in rows.items()}
        told[year, "opening"], told[year, "closing"] = opening, closing
        opening = closing
    return Bridge(_frame(told, range(years[0], last + 1)), told, years[0])


def _this_year(costed: Costed, base: Floats) -> dict[str, Floats]:
    """The present year: outturn beside the approved budget, planned savings already in it."""
    rows = dict.fromkeys(CHANGES, np.zeros_like(base))
    rows["in_year"] = paths_of(costed, "net", costed.year) - base
    return rows


def _next_year(costed: Costed, year: int) -> dict[str, Floats]:
    """What makes a year differ from the one before."""
    zero = np.zeros(costed.support.paths)
    rows = dict.fromkeys(CHANGES, zero)
    gone, new = one_offs_of(costed, year - 1), one_offs_of(costed, year)
    rows["one_offs"] = zero + new - gone
    run_rate, parts = _packages(costed, year)
    before = _package_gross(costed, year - 1)
    in_spend = gone if year - 1 == costed.year else 0.0  # later ones stand beside the packages
    rows["full_year"] = run_rate - before + in_spend
    rows |= parts
    volume, pay = _other_lines(costed, year)
    rows["rate"] = rows["rate"] + volume["rate"]
    rows["pay"] = pay
    rows["wage"] = rows["wage"] + volume["wage"]
    rows["prices"] = rows["prices"] + volume["prices"]
    for kind in INCOME:
        rows[kind] = paths_of(costed, kind, year - 1) - paths_of(costed, kind, year)
    rows["savings"] = savings_of(costed, year - 1) - savings_of(costed, year)
    return rows


def _package_gross(costed: Costed, year: int) -> Floats:
    inside = costed.in_year(year)
    care = [at for at, service in enumerate(costed.finance.services) if service >= 0]
    return np.asarray(costed.gross[care][:, inside].sum(axis=(0, 1), dtype=np.float64))


def _packages(costed: Costed, year: int) -> tuple[Floats, dict[str, Floats]]:
    """The last month's packages run for a year, and what makes the next year differ from that."""
    ahead = costed.levels.months
    march = add_months(financial_year_start(year), -1)
    start = ahead.index(march)
    inside = [at for at, month in enumerate(ahead) if month in _months(year)]
    days = np.array([(add_months(ahead[at], 1) - ahead[at]).days for at in inside])
    in_march = (add_months(march, 1) - march).days
    real, cells = costed.support.real, costed.cells
    first = cells[:, :, start].astype(np.float64) * (days.sum() / in_march)
    first_real = real[:, :, start].astype(np.float64) * (days.sum() / in_march)
    last = cells[:, :, inside].sum(axis=2, dtype=np.float64)
    last_real = real[:, :, inside].sum(axis=2, dtype=np.float64)
    people = costed.support.residents()
    split = {name: np.zeros(costed.support.paths) for name in ("wage", "prices")}
    found = {"demography": 0.0, "rate": 0.0, "complexity": 0.0}
    names = dict(zip(costed.finance.services, costed.finance.lines, strict=True))
    share_of_year = days / days.sum()
    for service in range(len(SERVICES)):
        share = costed.assumed.share_of(names.get(service, ""))
        before = np.exp(costed.levels.care(share)[start])
        after = (np.exp(costed.levels.care(share)[inside]) * share_of_year[:, None]).sum(axis=0)
        old = _factors(people[:, start], first_real[service], first[service], before)
        new = _factors(
            (people[:, inside] * share_of_year[None, :, None]).sum(axis=1),
            last_real[service], last[service], after,
        )  # fmt: skip
        each = effects(old, new, otherwise="rate")
        found = {name: value + each[name].sum(axis=0) for name, value in found.items()}
        _split_price(costed, each["price"].sum(axis=0), share, (start, inside), split)
    run_rate = np.asarray(first.sum(axis=(0, 1)))
    return run_rate, {name: np.asarray(v) for name, v in found.items()} | split


def _factors(
    people: Floats, real: Floats, gbp: Floats, price: Floats
) -> dict[str, NDArray[np.float64]]:
    """Cost of a service by profile and path as a product of its four factors."""
    some = real > 0
    dearer = np.divide(gbp, real * price[None], out=np.zeros_like(gbp), where=some)
    return {
        "demography": people,
        "rate": real / people,
        "complexity": dearer,
        "price": np.broadcast_to(price[None], real.shape),
    }


def _split_price(
    costed: Costed,
    total: Floats,
    share: float,
    when: tuple[int, list[int]],
    split: dict[str, Floats],
) -> None:
    """Share the effect of price out between wages and other costs, as their logs stand."""
    start, inside = when
    wage = share * (costed.levels.wage[inside].mean(axis=0) - costed.levels.wage[start])
    rest = (1 - share) * (costed.levels.prices[inside].mean(axis=0) - costed.levels.prices[start])
    both = wage + rest
    still = np.abs(both) < 1e-12  # noqa: PLR2004
    part = np.where(still, share, wage / np.where(still, 1.0, both))
    split["wage"] = split["wage"] + total * part
    split["prices"] = split["prices"] + total * (1 - part)


def _other_lines(costed: Costed, year: int) -> tuple[dict[str, Floats], Floats]:
    """Lines that are no packages: volume into the rate, price by whose it is, year on year."""
    zero = np.zeros(costed.support.paths)
    found, pay = {"rate": zero, "wage": zero, "prices": zero}, zero
    for at, name in enumerate(costed.finance.lines):
        if costed.finance.services[at] >= 0:
            continue
        kind = costed.finance.others[name]
        share = costed.assumed.share_of(name)
        log = costed.levels.pay if kind.price == "pay" else costed.levels.care(share)
        sums, prices = [], []
        for each in (year - 1, year):
            inside = costed.in_year(each)
            sums.append(costed.gross[at, inside].sum(axis=0, dtype=np.float64))
            prices.append(_mean_level(costed, log, each))
        parts = effects(
            {"volume": sums[0] / prices[0], "price": prices[0]},
            {"volume": sums[1] / prices[1], "price": prices[1]},
            otherwise="volume",
        )
        found["rate"] = found["rate"] + parts["volume"]
        if kind.price == "pay":
            pay = pay + parts["price"]
        else:
            found["wage"] = found["wage"] + parts["price"] * share
            found["prices"] = found["prices"] + parts["price"] * (1 - share)
    return found, pay


def _mean_level(costed: Costed, log: Floats, year: int) -> Floats:
    """Mean price level of a year; 1 in months that have been."""
    wanted = _months(year)
    at = [place for place, month in enumerate(costed.levels.months) if month in wanted]
    level = np.exp(log[at]).sum(axis=0) if at else np.zeros(costed.support.paths)
    return np.asarray((level + (12 - len(at))) / 12)


def _months(year: int) -> set[object]:
    return {add_months(financial_year_start(year), step) for step in range(12)}


def _frame(told: Mapping[tuple[int, str], Floats], years: range) -> pl.DataFrame:
    rows = []
    opening = round(float(told[years[0], "opening"].mean()), 2)
    for year in years:
        closing = round(float(told[year, "closing"].mean()), 2)
        means = {name: float(told[year, name].mean()) for name in CHANGES}
        parts = to_the_penny(means, closing - opening)
        every = {"opening": opening, **parts, "closing": closing}
        for name in ROWS:
            low, high = np.quantile(told[year, name], [0.1, 0.9])
            rows.append((year, name, ROWS[name], every[name], float(low), float(high)))
        opening = closing
    schema = {"year": pl.Int64, "row": pl.String, "label": pl.String}
    return pl.DataFrame(
        rows, schema=schema | dict.fromkeys(("gbp", "lo-80", "hi-80"), pl.Float64), orient="row"
    )
