"""What judgement and method add, from forecasts made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest

from forethought.place.calendar import add_months
from forethought.plan.demand.added import (
    EVERYBODY,
    HARMED,
    HELPED,
    TOO_EARLY,
    UNCLEAR,
    Judgement,
    standard_error,
    value_added_by,
)
from forethought.plan.demand.reviewed import Made, review

FIRST = date(2025, 1, 1)


def rows(
    published: list[float], unadjusted: list[float], naive: list[float], author: str = "Priya Nair"
) -> pl.DataFrame:
    """Months whose actual figure is 0, so that a forecast is its own error."""
    months = [add_months(FIRST, n) for n in range(len(published))]
    return pl.DataFrame(
        {
            "measure": "supported", "service": "all", "ds": months, "published": published,
            "unadjusted": unadjusted, "naive": naive, "actual": 0.0, "authors": author,
        }
    )  # fmt: skip


def row(frame: pl.DataFrame, author: str = EVERYBODY) -> dict[str, object]:
    return value_added_by(frame).frame.filter(pl.col("author") == author).row(0, named=True)


def test_a_judgement_that_halves_every_error_added_a_half() -> None:
    found = row(rows([1.0, -2.0, 1.5] * 3, [2.0, -4.0, 3.0] * 3, [4.0, 4.0, 4.0] * 3))
    assert found["judgement_added"] == pytest.approx(0.5)
    assert found["method_added"] == pytest.approx(1 - 3 / 4)
    assert (found["judgement"], found["method"], found["months"]) == (HELPED, HELPED, 9)


def test_one_that_doubles_them_did_harm_and_says_so_in_a_sentence() -> None:
    added = value_added_by(rows([4.0] * 8, [2.0] * 8, [2.0] * 8))
    found = added.frame.row(0, named=True)
    assert found["judgement_added"] == pytest.approx(-1.0)
    assert found["judgement"] == HARMED
    assert found["method"] == UNCLEAR
    assert "Judgement: error 100% larger than that of the forecast without it" in added.headline()


def test_under_six_months_nothing_is_said_and_luck_is_no_difference() -> None:
    few = value_added_by(rows([0.0] * 5, [9.0] * 5, [9.0] * 5))
    assert few.frame["judgement"].to_list() == [TOO_EARLY, TOO_EARLY]
    assert "too early to tell (5 months of 6)" in few.headline()
    luck = row(rows([1.0, 3.0] * 6, [3.0, 1.0] * 6, [2.0] * 12))
    assert luck["judgement"] == UNCLEAR


def test_authors_are_held_to_the_months_that_their_judgement_touched() -> None:
    mine = rows([1.0] * 6, [2.0] * 6, [2.0] * 6, "Priya Nair")
    theirs = rows([3.0] * 6, [2.0] * 6, [2.0] * 6, "Tom Adeyemi")
    none = rows([2.0] * 6, [2.0] * 6, [2.0] * 6, "")
    later = [
        each.with_columns(pl.col("ds").dt.offset_by(f"{12 * n}mo"))
        for n, each in enumerate((mine, theirs, none))
    ]
    found = value_added_by(pl.concat(later)).frame
    by = {each["author"]: each for each in found.to_dicts()}
    assert by["Priya Nair"]["judgement_added"] == pytest.approx(0.5)
    assert by["Tom Adeyemi"]["judgement_added"] == pytest.approx(-0.5)
    assert by[EVERYBODY]["judgement_added"] == pytest.approx(0.0)
    assert by[EVERYBODY]["months"] == 18
    assert row(none)["judgement"] == ""
    assert "Nobody changed" in value_added_by(none).headline()


def test_the_standard_error_is_that_of_independent_and_of_remembering_values() -> None:
    rng = np.random.default_rng(3)
    alone = [standard_error(rng.normal(size=400)) for _ in range(60)]
    assert np.mean(alone) == pytest.approx(1 / np.sqrt(400), rel=0.05)
    # mean of a moving average x[t] + x[t-1]: variance 4 / n
    moving = [standard_error(np.convolve(rng.normal(size=401), [1, 1], "valid")) for _ in range(60)]
    assert np.mean(moving) == pytest.approx(2 / np.sqrt(400), rel=0.08)


@pytest.mark.parametrize(
    ("measure", "service", "month", "answer"),
    [
        ("supported", "home_care", 6, "yes"),
        ("supported", "all", 6, "yes"),
        ("supported", "nursing", 6, "no"),
        ("requests", "all", 6, "no"),
        ("supported", "home_care", 2, "no"),
    ],
)
def test_a_judgement_touches_its_flow_service_and_months(
    measure: str, service: str, month: int, answer: str
) -> None:
    one = Judgement("Priya Nair", "starts", date(2026, 3, 1), "home_care")
    assert one.touches(measure, service, date(2026, month, 1)) is (answer == "yes")


def made(name: str, known: int, day: int, level: float, plain: float | None) -> Made:
    """A run that knew so many months of 2025 and 2026 and tells the same level for all others."""
    every = [add_months(FIRST, n) for n in range(24)]
    months = pl.DataFrame(
        {
            "service": "all", "who": "all", "district": "all", "measure": "supported", "ds": every,
            "observed": [100.0 + n if n < known else None for n in range(24)],
            "mean": [None if n < known else level for n in range(24)],
            "lo-80": [None if n < known else level - 1 for n in range(24)],
            "hi-80": [None if n < known else level + 1 for n in range(24)],
        }
    )  # fmt: skip
    unadjusted = None
    if plain is not None:
        unadjusted = pl.DataFrame({"ds": every, "mean": [plain] * 24})
    judged = (Judgement("Priya Nair", "starts", FIRST),) if plain is not None else ()
    return Made(name, datetime(2026, 12, day, tzinfo=UTC), months, unadjusted, judged)


def test_the_record_holds_three_forecasts_of_kept_runs_against_what_came() -> None:
    found = review([made("a", 12, 1, level=115.0, plain=118.0), made("b", 20, 2, 0.0, None)])
    frame = found.added.frame.filter(pl.col("author") == "Priya Nair")
    row = frame.row(0, named=True)
    actual = np.arange(112.0, 120.0)
    assert row["months"] == 8
    assert row["published"] == pytest.approx(np.abs(115 - actual).mean())
    assert row["unadjusted"] == pytest.approx(np.abs(118 - actual).mean())
    assert row["naive"] == pytest.approx(12.0)  # the same month a year before
    assert row["judgement_added"] == pytest.approx(1 - row["published"] / row["unadjusted"])
    assert found.as_json()["value_added"][0]["months"] == 8
    hidden = made("a", 12, 1, level=115.0, plain=118.0)
    gone = pl.when(pl.col("ds") < date(2025, 3, 1)).then(None).otherwise(pl.col("observed"))
    less = replace(hidden, months=hidden.months.with_columns(gone.alias("observed")))
    again = review([less, made("b", 20, 2, 0.0, None)]).added.frame.row(0, named=True)
    assert again["months"] == 6  # without a year before, nothing is beside
    assert any("Judgement" in note for note in found.notes())
