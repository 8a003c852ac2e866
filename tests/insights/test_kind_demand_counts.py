from __future__ import annotations

import re
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from forethought.errors import DataError, UsageError
from forethought.insights.base import Result, RunContext
from forethought.insights.blocks import (
    Block,
    Chart,
    Form,
    Headline,
    Map,
    Table,
    from_json,
    to_json,
)
from forethought.insights.kinds.demand import CountsSource, DemandInsight, DemandSpec
from forethought.insights.kinds.demand_counts import selected
from forethought.place.calendar import add_months
from forethought.testing.insights import problems_of_kind

KIND = DemandInsight()
SOURCE = {
    "layout": "counts",
    "dataset": "delays",
    "date": "month",
    "value": "days",
    "keys": ["council"],
    "where": {"age": "18plus", "year_kind": 1},
    "without": {"council": ["S0"]},
    "measure": "delayed bed days",
    "months_ahead": 12,
}


def spec(**source: Any) -> DemandSpec:
    return DemandSpec.model_validate(
        {
            "id": "delays",
            "kind": "demand",
            "title": "Delays",
            "question": "How many bed days will be lost?",
            "purpose": "plan-services",
            "owner": "priya.nair",
            "review_by": "2027-03-31",
            "settings": {"paths": 200, "source": SOURCE | source},
        }
    )


def delays(scale: float = 100.0) -> pl.DataFrame:
    """Two councils, their total S0 and an age group that contains the other: traps all."""
    rng = np.random.default_rng(9)
    rows = []
    for m in range(42):
        month = add_months(date(2020, 4, 1), m).isoformat()
        for age in ("18plus", "75plus"):
            counts = {"S1": float(rng.poisson(scale)), "S2": float(rng.poisson(2 * scale))}
            for council, days in {**counts, "S0": sum(counts.values())}.items():
                rows.append(
                    {"month": month, "council": council, "age": age, "year_kind": 1, "days": days}
                )
    return pl.DataFrame(rows)


def context(minimum: int = 1) -> RunContext:
    shapes = [
        {
            "type": "Feature",
            "properties": {"district_code": code, "name": code},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[x, 0.0], [x + 1, 0.0], [x + 1, 1.0], [x, 1.0], [x, 0.0]]],
            },
        }
        for code, x in (("S1", 0.0), ("S2", 1.0))
    ]
    geometry = {"district": {"type": "FeatureCollection", "features": shapes}}
    return RunContext(date(2026, 10, 31), 1, minimum, "Northland", geometry=geometry)


@pytest.fixture(scope="module")
def result() -> Result:
    return KIND.compute({"delays": delays()}, spec(), context())


@pytest.fixture(scope="module")
def page(result: Result) -> list[Block]:
    return KIND.publish(result, spec(), context(), {})


def test_only_the_named_columns_are_read() -> None:
    assert KIND.reads(spec()) == {"delays": ("month", "days", "council", "age", "year_kind")}


def test_totals_in_the_file_are_left_out() -> None:
    source = spec().settings.source
    assert isinstance(source, CountsSource)
    rows = selected(delays(), source)
    assert set(rows["key"]) == {"S1", "S2"}
    assert rows.height == 84
    assert rows.schema["ds"] == pl.Date


def test_a_where_that_nothing_has_is_refused() -> None:
    with pytest.raises(DataError, match="No row has what"):
        KIND.compute({"delays": delays()}, spec(where={"age": "18Plus"}), context())


def test_three_keys_are_refused() -> None:
    with pytest.raises(ValidationError):
        spec(keys=["a", "b", "c"])


def test_checks_pass_and_accuracy_is_on_the_receipt(result: Result) -> None:
    assert [check.name for check in result.checks if check.name == "Parts add up" and check.passed]
    assert {"forethought_mase", "seasonalnaive_mase", "autoets_mase"} <= set(result.metrics)
    assert result.values["keys"] == ["S1", "S2"]


def test_the_headline_adds_up_a_year(page: list[Block]) -> None:
    text = next(b for b in page if isinstance(b, Headline)).text
    pattern = (
        r"^In the 12 months to September 2024 we expect \*\*[\d,]+ delayed bed days\*\*, .+ the 12 "
        r"months before\. There is an 8 in 10 chance of \*\*[\d,]+ to [\d,]+\*\*\.$"
    )
    assert re.match(pattern, text)


def test_the_same_page_has_chart_map_tables_and_track_record(page: list[Block]) -> None:
    tables = {block.name: block for block in page if isinstance(block, Table)}
    charts = [block for block in page if isinstance(block, Chart)]
    assert {"counts", "map-of-counts"} <= {chart.name for chart in charts}
    assert any(isinstance(chart, Map) for chart in charts)
    assert all(chart.table in tables for chart in charts)
    assert tables["accuracy-of-earlier-forecasts"].rows[0][0] == "This forecast"
    assert [from_json(to_json(block)) for block in page] == page


def test_one_series_has_its_own_page_and_unknown_ones_are_refused(result: Result) -> None:
    blocks = KIND.publish(result, spec(), context(), {"series": "S2"})
    assert " in S2" in next(b for b in blocks if isinstance(b, Headline)).text
    form = next(b for b in blocks if isinstance(b, Form))
    assert form.choices[0].label == "Council"
    with pytest.raises(UsageError, match="none of the series"):
        KIND.publish(result, spec(), context(), {"series": "S9"})
    with pytest.raises(UsageError, match='no choice "council"'):
        KIND.publish(result, spec(), context(), {"council": "S2"})


def test_the_kind_keeps_the_rules_of_all_kinds() -> None:
    assert problems_of_kind(KIND, spec(), {"delays": delays()}, context()) == []


def test_small_counts_of_people_are_hidden_with_what_tells_them() -> None:
    """S1 holds about 8 a month: it goes, and S2 with it, as the total would tell it."""
    found = KIND.compute({"delays": delays(8.0)}, spec(people=True), context(minimum=10))
    assert found.values["keys"] == []
    assert found.values["hidden"] == 2
    assert set(found.tables["history"]["key"]) == {"total"}


def test_a_stock_is_not_added_up(result: Result) -> None:
    stock = Result({**result.tables, "years": result.tables["years"].clear()}, result.values)
    text = next(
        b for b in KIND.publish(stock, spec(flow=False), context(), {}) if isinstance(b, Headline)
    ).text
    assert text.startswith("By September 2024 we expect")
