from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from forethought.county import __file__ as county_file
from forethought.errors import UsageError
from forethought.insights.base import Result, RunContext
from forethought.insights.blocks import (
    Block,
    Chart,
    Figure,
    Form,
    Headline,
    Table,
    from_json,
    to_json,
)
from forethought.insights.kinds.work import ITEM_COLUMNS, STAFF_COLUMNS, WorkInsight, WorkSpec
from forethought.insights.publication import small_number_check
from forethought.insights.specs import load_specs
from forethought.testing.insights import problems_of_kind

AS_OF = date(2026, 10, 31)
KIND = WorkInsight()


def spec(**settings: Any) -> WorkSpec:
    return WorkSpec.model_validate(
        {
            "id": "work",
            "kind": "work",
            "title": "Work",
            "question": "Does closed work keep up?",
            "purpose": "plan-services",
            "owner": "priya.nair",
            "review_by": "2027-03-31",
            "follows": ["demand"],
            "settings": settings,
        }
    )


def work_frames(seed: int = 4) -> dict[str, pl.DataFrame]:
    """Requests 42 a week, closed within days; assessments 15, closed slower than they come."""
    rng = np.random.default_rng(seed)
    rows = []
    for back in range(7 * 110):
        day = AS_OF - timedelta(days=back)
        for stage, team, mean, wait in (
            ("request", "Access", 6.0, 2),
            ("assessment", "East", 2.2, 40),
            ("review", "Reviews", 1.2, 30),
            ("safeguarding", "Safeguarding", 0.15, 20),
        ):
            for _ in range(rng.poisson(mean)):
                done = day + timedelta(days=int(rng.exponential(wait)))
                rows.append(
                    {
                        "stage": stage,
                        "work_class": "Older people",
                        "team": team,
                        "received_on": day,
                        "started_on": None,
                        "completed_on": done if done <= AS_OF else None,
                        "due_on": day + timedelta(days=28),
                        "recorded_on": day,
                    }
                )
    staff = pl.DataFrame(
        [
            {"team": team, "month": date(2026, m, 1), "fte_funded": 4.0, "fte_in_post": 3.5,
             "fte_available": 3.0, "agency_fte": 0.5}
            for team in ("Access", "East", "Safeguarding")
            for m in range(1, 11)
        ]
    )  # fmt: skip
    schema = {"started_on": pl.Date, "completed_on": pl.Date}
    items = pl.DataFrame(rows, schema_overrides=schema, infer_schema_length=None)
    return {"asc_work_items": items.select(ITEM_COLUMNS), "asc_staff": staff.select(STAFF_COLUMNS)}


def demand_result() -> Result:
    months = [date(2026, m, 1) for m in range(1, 13)]
    every = {"service": ["all"] * 12, "who": ["all"] * 12, "district": ["all"] * 12}
    past = [90.0 + n if n < 10 else None for n in range(12)]
    ahead = [None if n < 10 else 100.0 + n for n in range(12)]
    ranges = {
        name: [None if value is None else value + shift for value in ahead]
        for name, shift in (("lo-80", -9.0), ("hi-80", 9.0), ("lo-95", -15.0), ("hi-95", 15.0))
    }
    frame = pl.DataFrame(
        {
            **every,
            "ds": months,
            "measure": ["requests"] * 12,
            "observed": past,
            "mean": ahead,
            **ranges,
        }
    )
    return Result(tables={"months": frame})


def context(minimum: int = 10, **upstream: Result) -> RunContext:
    return RunContext(
        as_of=AS_OF, seed=1, minimum_count=minimum, place="Testshire", upstream=upstream
    )


@pytest.fixture(scope="module")
def result() -> Result:
    return KIND.compute(work_frames(), spec(), context(demand=demand_result()))


@pytest.fixture(scope="module")
def page(result: Result) -> list[Block]:
    return KIND.publish(result, spec(), context(), {})


def only(blocks: list[Block], kind: type[Any]) -> Any:
    return next(block for block in blocks if isinstance(block, kind))


def test_the_countys_own_file_follows_demand() -> None:
    specs = load_specs(Path(county_file).parent / "template" / "insights")
    assert KIND.follows(specs["work"]) == ("demand",)  # type: ignore[arg-type]
    assert list(specs).index("demand") < list(specs).index("work")


def test_checks_pass(result: Result) -> None:
    assert [check.name for check in result.checks if not check.passed] == []


def test_the_headline_says_whether_closed_work_keeps_up(page: list[Block]) -> None:
    text = only(page, Headline).text
    assert text.startswith("In the last 13 weeks")
    assert "are open**" in text
    assert "past their due day" in text
    assert len(text.split()) <= 45


def test_charts_name_tables_with_the_same_figures(page: list[Block]) -> None:
    tables = {block.name: block for block in page if isinstance(block, Table)}
    charts = [block for block in page if isinstance(block, Chart)]
    assert {chart.table for chart in charts} <= set(tables)
    bars = next(chart for chart in charts if chart.name == "open-by-waiting-time")
    counts = [cell for cell in tables[bars.table].rows[-1][1:-1] if cell != "[c]"]
    assert all(f">{count}<" in bars.wide for count in counts)


def test_forecast_requests_stand_beside_the_work(page: list[Block]) -> None:
    chart = next(b for b in page if isinstance(b, Chart) and b.name == "requests-expected")
    table = next(b for b in page if isinstance(b, Table) and b.name == chart.table)
    assert [row[0] for row in table.rows[:3]] == ["November 2026", "December 2026", "October 2026"]
    assert table.rows[1][:3] == ("December 2026", "110", "100")
    alone = KIND.compute(work_frames(), spec(), context())
    assert "requests" not in alone.tables
    assert not any(
        b.name == "requests-expected"
        for b in KIND.publish(alone, spec(), context(), {})
        if isinstance(b, Chart)
    )


def test_small_weeks_are_shown_by_month_and_smaller_ones_not_at_all(result: Result) -> None:
    """Safeguarding comes once a week: under 10 in most months. Reviews hide it by week."""
    weekly = KIND.publish(result, spec(), context(), {"stage": "request"})
    assert any(b.name.endswith("week") for b in weekly if isinstance(b, Table))
    monthly = KIND.publish(result, spec(), context(), {"stage": "assessment"})
    assert any("incoming-and-closed" in b.name for b in monthly if isinstance(b, Table))
    hidden = KIND.publish(result, spec(), context(), {"stage": "safeguarding"})
    assert "too few pieces of work" in only(hidden, Headline).text


def test_no_view_shows_a_small_number(result: Result) -> None:
    form = only(KIND.publish(result, spec(), context(), {}), Form)
    for choice in form.choices:
        for answer, _ in choice.options:
            blocks = KIND.publish(result, spec(), context(), {choice.name: answer})
            assert small_number_check(blocks, 10).passed, answer


def test_open_data_shows_all(result: Result) -> None:
    every = KIND.compute(work_frames(), spec(), context(minimum=1))
    assert every.tables["bands"]["items"].null_count() == 0
    assert every.tables["weeks"]["incoming"].null_count() == 0
    assert result.tables["bands"]["items"].null_count() > 0


def test_the_kind_keeps_the_rules_of_all_kinds() -> None:
    assert problems_of_kind(KIND, spec(), work_frames(), context(demand=demand_result())) == []


def test_a_stage_and_a_team_together_are_too_fine(result: Result) -> None:
    blocks = KIND.publish(result, spec(), context(), {"stage": "request", "team": "Access"})
    assert "too few pieces of work to show" in only(blocks, Headline).text


def test_unknown_choices_are_refused(result: Result) -> None:
    with pytest.raises(UsageError, match='"asessment" is no stage') as error:
        KIND.publish(result, spec(), context(), {"stage": "asessment"})
    assert 'Did you mean "assessment"?' in str(error.value)
    with pytest.raises(UsageError, match='no choice "district"'):
        KIND.publish(result, spec(), context(), {"district": "D1"})


def test_a_teams_page_shows_its_staff_by_month(result: Result) -> None:
    blocks = KIND.publish(result, spec(), context(), {"team": "Access"})
    table = next(b for b in blocks if isinstance(b, Table) and b.name.startswith("staff"))
    assert table.rows[-1][0] == "October 2026"
    assert table.columns[0].label == "Month"


def test_blocks_survive_being_stored(page: list[Block]) -> None:
    assert [from_json(to_json(block)) for block in page] == page
    assert only(page, Figure).figure.replace(",", "").isdigit()
