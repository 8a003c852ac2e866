from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from tests.plan.money.steady import population, records, volumes

from forethought.errors import DataError
from forethought.plan.money.assumptions import Assumptions
from forethought.plan.money.budget import Budget, budget
from forethought.plan.money.finance import OtherLine
from forethought.plan.money.footprints import footprints

ONE = {"X01": "County", "X02": "County"}
TWO = {"X01": "East Council", "X02": "West Council"}


def made() -> Budget:
    return budget(
        volumes(growth_a_year=0.02), records(), people=population(spread=0.01),
        assumptions=Assumptions(), other_lines={"Staff": OtherLine("flat", "pay")},
        until=date(2032, 3, 31), seed=1,
    )  # fmt: skip


def test_new_councils_take_their_share_and_add_up_on_every_path() -> None:
    planned = made()
    found = footprints(planned, volumes(growth_a_year=0.02), {2020: ONE, 2028: TWO})
    assert found.gap_gbp < 0.01
    before = found.frame.filter(pl.col("year") < 2028)
    assert before["council"].unique().to_list() == ["County"]
    after = found.frame.filter(pl.col("year") == 2029).sort("council")
    assert after["council"].to_list() == ["East Council", "West Council"]
    east, west = after["mean"].to_list()
    assert west / east == pytest.approx(3.0, rel=1e-3)
    assert east + west == pytest.approx(planned.total(2029, "gross")["mean"])


def test_a_district_without_a_council_is_named() -> None:
    with pytest.raises(DataError, match="X02 has no council in 2028"):
        footprints(made(), volumes(), {2020: ONE, 2028: {"X01": "East Council"}})
    with pytest.raises(DataError, match="No council holds in 2026"):
        footprints(made(), volumes(), {2027: ONE})
