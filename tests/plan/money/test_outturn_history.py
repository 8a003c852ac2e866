from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from forethought.errors import DataError
from forethought.plan.money.outturn import Outturn
from forethought.plan.money.outturn_history import (
    Told,
    from_tables,
    history,
    in_order,
    made_again,
    why_moved,
)

MONTHS = [date(2026 + (m > 12), m - 12 * (m > 12), 1) for m in range(4, 16)]


def told(origin: date, level: float, basis: str = "made again", income: float = 0.0) -> Told:
    """A forecast of the same spend in each month, known up to its origin."""
    known = [m <= origin for m in MONTHS]
    months = pl.DataFrame(
        {
            "line": "all", "ds": MONTHS,
            "actual": [100.0 if k else None for k in known],
            "mean": [100.0 if k else level for k in known],
        }
    )  # fmt: skip
    gross = float(months["mean"].sum())
    rows = [
        {
            "line": "all", "measure": measure, "budget": 1200.0, "to_date": 100.0 * sum(known),
            "mean": mean, "p50": mean + 1, "p80": mean + 2, "p95": mean + 3,
            "variance": mean + 1 - 1200.0, "chance_over": 0.5,
        }
        for measure, mean in (("gross", gross), ("net", gross - income))
    ]  # fmt: skip
    return Told(origin, pl.DataFrame(rows), months, basis)


def test_one_forecast_of_each_month_end_stands_and_the_kept_before_those_made_again() -> None:
    may, june, july = (date(2026, m, 1) for m in (5, 6, 7))
    before = told(date(2026, 3, 1), 90.0)  # another year
    kept = told(june, 104.0, "kept")
    found = in_order(
        [told(june, 105.0), kept, before, told(may, 101.0), told(june, 9.0, "made late")],
        told(july, 103.0, "this run"),
    )
    assert [(each.origin, each.basis) for each in found] == [
        (may, "made again"), (june, "kept"), (july, "this run"),
    ]  # fmt: skip
    net = history(found).filter(pl.col("measure") == "net")
    assert net["p50"].to_list() == [1 + 200 + 1010.0, 1 + 300 + 936.0, 1 + 400 + 824.0]
    assert net["moved"].to_list() == [None, 26.0, -12.0]


def test_why_it_moved_adds_up_and_starters_run_until_march() -> None:
    then, now = told(date(2026, 9, 1), 101.0), told(date(2026, 10, 1), 104.0, income=7.0)
    parts = {"starters": 2.0, "leavers": -1.0, "price": 0.0, "package": 0.5}
    why = why_moved(then, now, parts, paid=1.1)
    weeks = (date(2027, 4, 1) - date(2026, 11, 1)).days / 7
    assert why["month"] == pytest.approx(100.0 - 101.0)
    assert why["starters"] == pytest.approx(2.0 * weeks * 1.1)
    assert why["leavers"] == pytest.approx(-1.0 * weeks * 1.1)
    assert why["income"] == pytest.approx(-7.0)
    nets = [each.outturn.filter(pl.col("measure") == "net")["p50"][0] for each in (then, now)]
    assert sum(why.values()) == pytest.approx(nets[1] - nets[0])
    hidden = why_moved(then, now, None, paid=1.1)
    assert "starters" not in hidden
    assert sum(hidden.values()) == pytest.approx(sum(why.values()))


def test_forecasts_that_are_not_a_month_apart_are_refused() -> None:
    with pytest.raises(DataError, match="month apart"):
        why_moved(told(date(2026, 8, 1), 1.0), told(date(2026, 10, 1), 1.0), None, 1.0)


def test_what_is_made_again_is_read_from_its_tables() -> None:
    first, second = told(date(2026, 6, 1), 101.0), told(date(2026, 9, 1), 102.0)
    outturns = {
        each.origin: Outturn(each.outturn, each.months, 2026, each.origin)
        for each in (second, first)
    }
    again = from_tables(*made_again(outturns))
    assert [each.origin for each in again] == [first.origin, second.origin]
    assert again[0].outturn.equals(first.outturn)
    assert again[1].months.equals(second.months)
    assert from_tables(*made_again({})) == []
