from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from forethought.errors import UsageError
from forethought.plan.money.movement import PARTS, movement

OPEN = date(2999, 1, 1)
SPELLS = pl.DataFrame(
    [
        ("stays", date(2020, 1, 1), date(2026, 4, 1), 3, 100.0),
        ("stays", date(2026, 4, 1), OPEN, 3, 130.0),  # 10% price, 20 more care
        ("comes", date(2026, 4, 15), OPEN, 3, 50.0),
        ("goes", date(2020, 1, 1), date(2026, 4, 20), 3, 80.0),
        ("moves", date(2020, 1, 1), date(2026, 4, 10), 3, 70.0),
        ("moves", date(2026, 4, 10), OPEN, 1, 900.0),
        ("between", date(2026, 4, 2), date(2026, 4, 9), 3, 999.0),
    ],
    schema=["person_id", "begins", "stops", "service", "weekly_gbp"],
    orient="row",
)


def test_a_month_is_taken_apart_by_hand() -> None:
    found = movement(SPELLS, first=date(2026, 3, 31), last=date(2026, 4, 30), uplifts={2026: 0.10})
    home = found.frame.filter(pl.col("service") == "Home care").row(0, named=True)
    assert home == pytest.approx(
        {
            "service": "Home care", "before": 250.0, "starters": 50.0, "leavers": -150.0,
            "price": 10.0, "package": 20.0, "after": 180.0,
        }
    )  # fmt: skip
    every = found.frame.filter(pl.col("service") == "all").row(0, named=True)
    assert every["before"] + sum(every[part] for part in PARTS) == pytest.approx(every["after"])
    people = found.people.filter(pl.col("service") == "Home care").row(0, named=True)
    assert (people["starters"], people["leavers"], people["changed"]) == (1, 2, 1)


def test_days_must_be_in_order() -> None:
    with pytest.raises(UsageError):
        movement(SPELLS, first=date(2026, 4, 30), last=date(2026, 4, 30))
