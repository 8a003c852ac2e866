"""Suggested shocks, and breaks that are forecast under either reading."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from tests.plan.histories import monthly, seasonal, walk

from forethought.errors import DataError, NotFound, UsageError
from forethought.plan import Shock, forecast, suggest_shocks

N = 84
T = np.arange(N)


def test_a_pulse_a_shift_and_a_ramp_are_found_where_they_are_and_as_large_as_they_are() -> None:
    rng = np.random.default_rng(4)
    pulse = seasonal(1, N) - 40 * ((T >= 50) & (T < 56))
    shift = seasonal(2, N, noise=2.0) + 40 * (T >= 60)
    ramp = 100 + 60 * np.clip((T - 47) / 12, 0, 1) + rng.normal(0, 2, N)
    frame = pl.concat([monthly("pulse", pulse), monthly("ramp", ramp), monthly("shift", shift)])
    found = suggest_shocks(frame).frame
    first = {row["unique_id"]: row for row in found.sort("p_value").reverse().iter_rows(named=True)}
    assert {name: row["shape"] for name, row in first.items()} == {
        "pulse": "pulse", "ramp": "ramp", "shift": "level_shift",
    }  # fmt: skip
    assert (first["pulse"]["start"], first["pulse"]["periods"]) == (date(2019, 3, 1), 6)
    assert first["shift"]["start"] == date(2020, 1, 1)
    assert first["shift"]["end"] is None
    sizes = {name: row["size"] for name, row in first.items()}
    assert sizes == pytest.approx({"pulse": -40, "ramp": 60, "shift": 40}, rel=0.2)


def test_histories_without_shocks_are_left_alone() -> None:
    rng = np.random.default_rng(5)
    parts = [monthly(f"n{k:02d}", 100 + rng.normal(0, 3, N)) for k in range(25)]
    parts += [monthly(f"s{k:02d}", seasonal(k, N)) for k in range(25)]
    parts += [monthly(f"w{k:02d}", walk(k, N)) for k in range(25)]
    parts += [monthly(f"p{k:02d}", rng.poisson(5, N)) for k in range(25)]
    named = suggest_shocks(pl.concat(parts), p_value=0.01).frame["unique_id"].n_unique()
    assert named <= 4  # of 100 at 1%: four or more by chance in 2 of 100 such runs


def test_a_suggestion_is_applied_only_when_a_person_accepts_it() -> None:
    struck = monthly("a", seasonal(3, N) - 60 * ((T >= 70) & (T < 76)))
    suggestions = suggest_shocks(struck)
    plain = forecast(struck, h=6, effort="fast")
    assert "set aside" not in plain.report["reason"][0]
    told = suggestions.accepted(0, "flood")
    answer = forecast(struck, h=6, effort="fast", shocks=(told,))
    assert "flood: 6 periods set aside" in answer.report["reason"][0]
    assert "pulse" in suggestions.headline()
    with pytest.raises(NotFound):
        suggestions.accepted(9, "none")


def test_constant_and_short_histories_suggest_nothing() -> None:
    frame = pl.concat([monthly("same", [5.0] * 40), monthly("short", [1, 9, 2])])
    assert suggest_shocks(frame).frame.is_empty()
    assert suggest_shocks(frame).headline() == "No shock stands out from the histories."


def test_suggestions_refuse_what_they_cannot_use() -> None:
    with pytest.raises(UsageError) as refused:
        suggest_shocks(monthly("a", walk(1)), p_value=2, freq="1i")
    assert len(refused.value.problems) == 2
    with pytest.raises(DataError, match="not finite"):
        suggest_shocks(monthly("a", [1.0, np.nan, 3.0]))


def deprivation_orders(after: int, *, lasting: bool = True) -> pl.DataFrame:
    """Applications a month that jumped by half, `after` periods before the end."""
    rng = np.random.default_rng(6)
    n = 60 + after
    jump = np.where(np.arange(n) >= 60, 50.0, 0.0) if lasting else np.zeros(n)
    return monthly("orders", 100 + jump + rng.normal(0, 3, n))


def test_a_break_is_forecast_under_either_reading() -> None:
    ruling = Shock("ruling", "2020-01", shape="level_shift", readings=("stays", "goes"))
    answer = forecast(deprivation_orders(6), h=6, effort="fast", shocks=(ruling,), paths=20)
    assert list(answer.readings) == ["stays", "goes"]
    stays = answer.readings["stays"].frame["median"].mean()
    goes = answer.readings["goes"].frame["median"].mean()
    assert stays == pytest.approx(150, abs=8)
    assert goes == pytest.approx(100, abs=8)
    assert answer.frame.equals(answer.readings["stays"].frame)
    assert "under the reading that it stays" in answer.report["reason"][0]


def test_the_data_decide_between_the_readings() -> None:
    ruling = Shock("ruling", "2020-01", shape="level_shift", readings=("goes", "stays"))

    def favoured(after: int, *, lasting: bool) -> str:
        frame = deprivation_orders(after, lasting=lasting)
        evidence = forecast(frame, h=3, effort="fast", shocks=(ruling,)).evidence
        assert evidence is not None
        return str(evidence["favours"][0])

    assert favoured(8, lasting=True) == "stays"
    assert favoured(14, lasting=False) == "goes"
    assert favoured(2, lasting=False) == "undecided"


def test_a_break_that_is_still_to_come_is_moved_as_expected() -> None:
    ruling = Shock("ruling", "2020-04", None, "level_shift", ("stays", "goes"), 1.6)
    answer = forecast(deprivation_orders(0), h=6, effort="fast", shocks=(ruling,), paths=10)
    ratio = answer.frame["median"] / answer.readings["goes"].frame["median"]
    assert ratio.to_list() == pytest.approx([1, 1, 1, 1.6, 1.6, 1.6])
    drawn = answer.paths["y"] / answer.readings["goes"].paths["y"]
    assert drawn.max() == pytest.approx(1.6)
    assert answer.evidence is not None
    assert answer.evidence["favours"].to_list() == ["undecided"]


def test_readings_that_make_no_sense_are_refused() -> None:
    bad = (
        Shock("a", "2020-01", "2020-03", "pulse", ("stays",)),
        Shock("b", "2020-01", None, "level_shift", ("stay",)),  # no such reading
        Shock("c", "2020-01", None, "level_shift", ("goes",), -1.0),
        Shock("d", "2020-01", None, "level_shift", (), 1.2),
    )
    with pytest.raises(UsageError) as refused:
        forecast(monthly("a", walk(1)), shocks=bad)
    assert len(refused.value.problems) == 4
    two = [Shock(n, "2020-01", None, "level_shift", ("stays", "goes")) for n in "xy"]
    with pytest.raises(UsageError, match="one can be open at a time"):
        forecast(monthly("a", walk(1)), shocks=two)
