from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forethought.errors import UsageError
from forethought.insights.answers import limits_said, read_answers
from forethought.insights.blocks import (
    Block,
    Choice,
    Day,
    Form,
    Keep,
    Number,
    Table,
    chart_of,
    from_json,
    to_json,
)
from forethought.results.drawing import Drawing
from forethought.results.words import MINUS

STAFF = Number("staff", "Full-time staff", "48", "staff", low=40, high=70)
CHANGE = Number("demand", "Change in requests", "0", "%", low=-20, high=20, step=0.5)
BY = Choice("by", "By", (("march", "31 March"), ("june", "30 June")), "march")
START = Day("start", "They start on", "2027-01-04", first="2026-12-01", last="2027-06-30")
ALL = (STAFF, CHANGE, BY, START)


def test_what_is_not_answered_is_the_question_s_own_value() -> None:
    usual = {"staff": 48.0, "demand": 0.0, "by": "march", "start": date(2027, 1, 4)}
    assert read_answers(ALL, {}) == usual
    assert read_answers(ALL, {"staff": " ", "by": ""}) == usual


@pytest.mark.parametrize(
    ("text", "value"), [("-7.5", -7.5), (f"{MINUS}7.5", -7.5), ("+3", 3.0), (" 12 ", 12.0)]
)
def test_a_number_is_read_as_people_write_it(text: str, value: float) -> None:
    assert read_answers((CHANGE,), {"demand": text}) == {"demand": value}
    many = Number("gbp", "Price", "0", "pounds", low=0)
    assert read_answers((many,), {"gbp": "1,200"}) == {"gbp": 1200.0}


@pytest.mark.parametrize("text", ["39", "71", "48.5", "many", "nan", "inf", "4_8_"])
def test_a_number_that_is_not_taken_names_the_limits(text: str) -> None:
    with pytest.raises(UsageError, match="from 40 to 70") as caught:
        read_answers((STAFF,), {"staff": text})
    assert caught.value.where == "staff"


def test_everything_wrong_is_said_at_once_with_its_question() -> None:
    wrong = {"staff": "99", "demand": "x", "by": "july", "start": "2028-01-01", "staf": "3"}
    with pytest.raises(UsageError) as caught:
        read_answers(ALL, wrong)
    assert [p.where for p in caught.value.problems] == ["staf", "staff", "demand", "by", "start"]
    assert "staff" in caught.value.problems[0].remedy
    assert "1 December 2026 to 30 June 2027" in caught.value.problems[-1].what.replace("from ", "")


@given(st.integers(-20, 20), st.sampled_from([0, 0.5]))
def test_every_step_between_the_limits_is_taken(whole: int, half: float) -> None:
    value = min(20.0, whole + half)
    assert read_answers((CHANGE,), {"demand": str(value)}) == {"demand": value}


def test_limits_are_said_as_they_are() -> None:
    assert limits_said(Number("n", "N", "1", low=0)) == "Give a whole number from 0."
    assert limits_said(Number("n", "N", "1", high=9, step=0)) == "Give a number up to 9."
    assert limits_said(CHANGE) == f"Give a number in steps of 0.5 from {MINUS}20 to 20."


def test_forms_keeps_and_options_survive_being_stored() -> None:
    drawing = Drawing("<svg/>", "<svg/>", "Alt", "Heading", "Measure", "Note", "<svg/>")
    blocks: list[Block] = [
        Form("", ALL, "Work it out", main=True),
        Keep(name="More staff", section="Plans"),
        Table("plans", "Plans", "Caption", (), (), (), suggested="asked", mark="Your what-if"),
        chart_of(drawing, "heat", "plans", section="Plans", role="section"),
    ]
    assert [from_json(to_json(block)) for block in blocks] == blocks


def test_a_form_stored_before_questions_had_kinds_is_read_as_selects() -> None:
    stored = to_json(Form("Choose", (BY,)))
    for choice in stored["choices"]:
        del choice["kind"]
    for name in ("main",):
        del stored[name]
    assert from_json(stored) == Form("Choose", (BY,))
