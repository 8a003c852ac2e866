from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import BaseModel, Field

from forethought.insights.kinds.demand import DemandSpec
from forethought.insights.setting_words import settings_in_words, value_in_words
from forethought.results.words import MINUS


class Shock(BaseModel):
    name: str = Field(description="What it is called.")
    start: date = Field(description="First day.")
    end: date | None = None


class Settings(BaseModel):
    dataset: str = Field("asc_events", description="Where rows come from.")
    years_ahead: int = Field(3, description="Whole years to forecast.")
    price_pct: float = Field(4.5, title="Rise of prices", description="Each April.")
    budget_gbp: float = 12_500_000
    by_year: dict[int, float] = Field(default_factory=dict, description="Where it differs.")
    shocks: tuple[Shock, ...] = ()
    stages: tuple[str, ...] = ("first_contact", "review")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("price_gbp", 1234567, "£1,234,567"),
        ("rate_gbp", 21.5, "£21.50"),
        ("cut_gbp", -3, f"{MINUS}£3"),
        ("rise_pct", 4.5, "4.5%"),
        ("fall_pct", -2.0, f"{MINUS}2%"),
        ("missed_share", 0.07, "7%"),
        ("wait_days", 1, "1 day"),
        ("wait_days", 28, "28 days"),
        ("years_ahead", 3, "3 years"),
        ("paths", 10_000, "10,000"),
        ("back_run", True, "yes"),
        ("people", False, "no"),
        ("end", None, "none"),
        ("source", "", "none"),
        ("by_year", {}, "none"),
        ("start", date(2026, 4, 1), "1 April 2026"),
        ("shape", "level_shift", "level shift"),
        ("source", "docs/a_page.md", "docs/a_page.md"),
        ("flows", ("requests", "starts", "leaving"), "requests, starts and leaving"),
        ("rise_pct", {2027: 5, 2028: 3}, "2027: 5%; 2028: 3%"),
    ],
)
def test_a_value_is_said_with_its_unit(name: str, value: Any, said: str) -> None:
    assert value_in_words(name, value, {}) == said


def test_every_setting_has_a_name_a_value_and_its_meaning() -> None:
    shocks = (
        Shock(name="the first wave", start=date(2020, 3, 1), end=date(2020, 7, 31)),
        Shock(name="a new way to count", start=date(2021, 4, 1)),
    )
    found = settings_in_words(Settings(shocks=shocks), {"asc_events": "Adult social care events"})
    assert [(s.label, s.value) for s in found] == [
        ("Dataset", "Adult social care events"),
        ("Years ahead", "3 years"),
        ("Rise of prices", "4.5%"),
        ("Budget", "£12,500,000"),
        ("By year", "none"),
        (
            "Shocks, 1 of 2",
            "name: the first wave; start: 1 March 2020; end: 31 July 2020",
        ),
        ("Shocks, 2 of 2", "name: a new way to count; start: 1 April 2021"),
        ("Stages", "first contact and review"),
    ]
    assert found[1].meaning == "Whole years to forecast."


def test_no_setting_of_a_kind_is_left_raw() -> None:
    spec = DemandSpec(
        id="demand",
        kind="demand",
        title="Demand",
        question="How many?",
        purpose="plan-services",
        owner="priya.nair",
        review_by=date(2027, 3, 31),
    )
    for setting in settings_in_words(spec.settings):
        assert setting.meaning
        assert setting.value
        for raw in ("(", "{", "[", "None", "True", "False", "_"):
            assert raw not in setting.label + setting.value
