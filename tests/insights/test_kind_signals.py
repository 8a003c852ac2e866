from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError
from tests.plan.demand_events import areas, made_events

from forethought.county import __file__ as county_file
from forethought.errors import DataError, UsageError
from forethought.insights.base import Response, Result, RunContext
from forethought.insights.blocks import Chart, Figure, Form, Headline, Table, Text
from forethought.insights.kinds.signals import SignalsInsight, SignalsSpec
from forethought.insights.kinds.signals_series import REST, watchlist
from forethought.insights.specs import load_spec
from forethought.place.calendar import add_months
from forethought.testing.insights import problems_of_blocks

AS_OF = date(2024, 10, 31)
LAST = date(2024, 10, 1)
MONTHS = 60
KIND = SignalsInsight()


def spec(**settings: Any) -> SignalsSpec:
    given: dict[str, Any] = {
        "measures": [
            {
                "id": "concerns", "name": "Safeguarding concerns", "layout": "rows",
                "dataset": "items", "date": "received_on", "where": {"stage": "safeguarding"},
                "by": ["team"], "desired": "down", "owner": "priya.nair",
            }
        ],
        "months": MONTHS,
        "months_shown": 24,
    }  # fmt: skip
    return SignalsSpec.model_validate(
        {
            "id": "signals", "kind": "signals", "title": "Signals",
            "question": "What has changed?", "purpose": "plan-services", "owner": "priya.nair",
            "review_by": "2027-03-31", "settings": {**given, **settings},
        }
    )  # fmt: skip


CONTEXT = RunContext(as_of=AS_OF, seed=1, minimum_count=10, place="Testshire")


def items(means: dict[str, float], lift: dict[str, float] | None = None) -> pl.DataFrame:
    """Poisson rows by team and month; from July 2024 some teams have so many times the usual."""
    rng = np.random.default_rng(5)
    rows = []
    for team, mean in means.items():
        for step in range(MONTHS):
            month = add_months(LAST, step - MONTHS + 1)
            risen = (lift or {}).get(team, 1.0) if month >= date(2024, 7, 1) else 1.0
            count = rng.poisson(mean * risen)
            rows += [
                (team, "safeguarding", month + timedelta(days=int(day)))
                for day in rng.integers(0, 28, size=count)
            ]
    rows += [("North", "review", LAST)] * 500
    return pl.DataFrame(rows, schema=["team", "stage", "received_on"], orient="row")


QUIET = {"North": 60.0, "South": 45.0, "East": 50.0, "West": 70.0}


@pytest.fixture(scope="module")
def result() -> Result:
    return KIND.compute({"items": items(QUIET, {"South": 1.9})}, spec(), CONTEXT)


def test_a_planted_rise_is_found_where_and_when_it_began(result: Result) -> None:
    found = result.tables["signals"]
    lead = found.row(0, named=True)
    names = set(found["name"].to_list())
    assert "Safeguarding concerns, South" in names
    assert not names & {f"Safeguarding concerns, {team}" for team in ("North", "East", "West")}
    south = found.filter(pl.col("part") == "South").row(0, named=True)
    assert abs((south["since"] - date(2024, 7, 1)).days) <= 31
    assert south["direction"] == "up"
    assert south["meaning"] == "concern"
    assert south["size_low"] < 0.9 * 45 < south["size_high"]
    assert lead["owner"] == "priya.nair"
    assert all(check.passed for check in result.checks)


def test_nothing_is_said_to_have_changed_where_nothing_did() -> None:
    quiet = KIND.compute({"items": items(QUIET)}, spec(), CONTEXT)
    assert quiet.tables["signals"].is_empty()
    blocks = KIND.publish(quiet, spec(), CONTEXT, {})
    assert "Nothing" in next(b for b in blocks if isinstance(b, Headline)).text
    assert not problems_of_blocks(blocks, 10)


def test_the_page_shows_the_first_signal_and_any_other_measure(result: Result) -> None:
    blocks = KIND.publish(result, spec(), CONTEXT, {})
    assert not problems_of_blocks(blocks, 10)
    assert any(isinstance(b, Figure) for b in blocks)
    chart = next(b for b in blocks if isinstance(b, Chart))
    assert "since July 2024" in chart.heading or "since June 2024" in chart.heading
    other = KIND.publish(result, spec(), CONTEXT, {"series": "concerns/team/West"})
    chart = next(b for b in other if isinstance(b, Chart))
    assert chart.heading == "Safeguarding concerns, West: within its ordinary variation"
    form = next(b for b in other if isinstance(b, Form))
    assert form.choices[0].value == "concerns/team/West"


@pytest.mark.parametrize("view", [{"series": "concerns/team/Wets"}, {"team": "West"}])
def test_what_is_not_watched_is_refused(result: Result, view: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        KIND.publish(result, spec(), CONTEXT, view)


def test_an_answer_stands_beside_its_signal_until_another_begins(result: Result) -> None:
    row = result.tables["signals"].row(0, named=True)
    answer = Response(
        row["unique_id"], add_months(row["since"], 1), "acknowledged", "Ward closed", "Priya Nair",
        date(2024, 11, 5),
    )  # fmt: skip
    old = replace(answer, since=add_months(row["since"], -12))

    def state(*answers: Response) -> str:
        blocks = KIND.publish(result, spec(), replace(CONTEXT, responses=answers), {})
        table = next(b for b in blocks if isinstance(b, Table) and b.name == "signals")
        return table.rows[0][-1]

    assert state() == "new"
    assert state(old) == "new"
    assert state(answer).startswith("acknowledged\nPriya Nair")


def test_small_parts_are_put_together_and_none_can_be_told_from_the_rest() -> None:
    small = QUIET | {"Tiny": 3.0, "Small": 8.0}
    listed = watchlist({"items": items(small)}, spec().settings, CONTEXT)
    parts = {each.part: each.counts for each in listed.series if each.axis}
    assert not {"Tiny", "Small"} & set(parts)
    assert {"Tiny", "Small"} < set(listed.merged["concerns/team"])
    assert len(listed.merged["concerns/team"]) >= 2
    assert all(counts.min() >= 10 for counts in parts.values())
    whole = next(each.counts for each in listed.series if not each.axis)
    assert np.array_equal(sum(parts.values()), whole), f"{REST} holds what was put together"


def test_a_single_small_part_takes_another_with_it() -> None:
    listed = watchlist({"items": items(QUIET | {"Small": 8.0})}, spec().settings, CONTEXT)
    assert len(listed.merged["concerns/team"]) == 2


def test_flows_are_counted_by_their_axes_and_add_up() -> None:
    events = made_events(months=66, last=LAST, seed=21, late_days=8)
    measure = {"id": "requests", "name": "Requests", "layout": "flow", "flow": "requests",
               "by": ["group", "district"], "owner": "priya.nair"}  # fmt: skip
    asked = spec(measures=[measure])
    frames = {"asc_events": events}
    frames["area_lookup"] = areas().with_columns(pl.col("district_code").alias("district_name"))
    listed = watchlist(frames, asked.settings, replace(CONTEXT, minimum_count=0))
    whole = next(each.counts for each in listed.series if not each.axis)
    for axis in ("group", "district"):
        parts = [each.counts for each in listed.series if each.axis == axis]
        assert parts
        assert np.array_equal(np.sum(parts, axis=0), whole)


def test_a_watch_over_nothing_says_so() -> None:
    with pytest.raises(DataError, match="Nothing can be watched"):
        KIND.compute({"items": items({"North": 1.0})}, spec(), CONTEXT)


def test_unknown_settings_and_rules_are_refused() -> None:
    with pytest.raises(ValidationError):
        spec(rules=["shewhart"])
    with pytest.raises(ValidationError):
        spec(measures=[])
    flow = {"id": "asked", "name": "Asked", "layout": "flow", "flow": "requests", "owner": "x"}
    with pytest.raises(ValidationError, match="no service"):
        spec(measures=[{**flow, "by": ["service"]}])
    with pytest.raises(ValidationError, match="is no measure here"):
        spec(measures=[{**flow, "drivers": ["askd"]}])
    with pytest.raises(ValidationError, match="one id"):
        spec(measures=[flow, flow])
    with pytest.raises(ValidationError):
        spec(measures=[{**flow, "rebase": ["April 2021"]}])


def test_the_countys_own_file_is_in_order() -> None:
    loaded = load_spec(Path(county_file).parent / "template" / "insights" / "signals.yaml")
    assert isinstance(loaded, SignalsSpec)
    assert {"asc_events", "asc_work_items", "population_estimates"} <= set(KIND.reads(loaded))


def test_limits_say_that_alarms_may_be_false(result: Result) -> None:
    blocks = KIND.publish(result, spec(), CONTEXT, {})
    limits = next(b for b in blocks if isinstance(b, Text) and b.role == "limits")
    assert any("of ten alarms up to 1" in item for item in limits.items)
