"""Farrington flexible: R's answers on series of our own making, published unit values, theory."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plan.watch.made import one

import forethought as ft
from forethought.errors import DataError, UsageError
from forethought.plan.watch.farrington import Baseline, Farrington, expectations, years_back
from forethought.plan.watch.thresholds import (
    Method,
    PowerTransformation,
    baseline_weights,
    count_threshold,
    delta_threshold,
)

FIXTURE = Path(__file__).parent / "fixtures" / "farrington.csv"
SETTINGS = {
    "improved": Farrington(),
    "muan": Farrington(threshold_method="muan"),
    "delta": Farrington(threshold_method="delta", alpha=0.05),
    "trend_tested": Farrington(
        threshold_method="delta", alpha=0.05, p_threshold_trend=0.05, powertrans="1/2"
    ),
    "original": Farrington(
        threshold_method="delta", alpha=0.05, p_threshold_trend=0.05, powertrans="none",
        no_periods=1, weights_threshold=1,
    ),
    "unweighted": Farrington(alpha=0.05, reweight=False),
}  # fmt: skip


def answers_of_r() -> tuple[list[dict[str, str]], dict[str, list[float]]]:
    lines = FIXTURE.read_text(encoding="utf-8").splitlines()
    table = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    series = {
        parts[1]: [float(value) for value in parts[2:]]
        for line in lines
        if line.startswith("# ") and len(parts := line.split()) > 2
    }
    return table, series


@pytest.mark.parametrize("label", SETTINGS)
def test_answers_equal_those_of_r(label: str) -> None:
    table, series = answers_of_r()
    for name, y in series.items():
        weekly = name.startswith("weekly")
        frame = one(y, name)
        if weekly:
            # whole years of 52 weeks, as R counts them without dates
            frame = frame.with_columns(ds=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
            told = integer_weeks(frame, SETTINGS[label])
        else:
            told = ft.plan.farrington(frame, settings=SETTINGS[label], periods=10)
        theirs = [row for row in table if row["series"] == name and row["settings"] == label]
        for column in ("expected", "upper", "p", "phi", "trend"):
            ours = told[column].to_list()
            for mine, row in zip(ours, theirs, strict=True):
                if row[column] == "NA":
                    continue  # R leaves out what it tells for fewer than five cases in four weeks
                assert mine == pytest.approx(float(row[column]), rel=1e-6, abs=1e-9)
        assert [int(alarm) for alarm in told["alarm"]] == [int(row["alarm"]) for row in theirs]


def integer_weeks(frame: pl.DataFrame, settings: Farrington) -> pl.DataFrame:
    """The answers for weeks that are numbered, not dated."""
    from forethought.plan.series import checked_series
    from forethought.plan.watch import farrington as module

    panel = checked_series(frame, "1i")
    weeks = type(panel)(panel.series, "1w", panel.keys, panel.key_values, panel.ds_type, False)
    numbers = pl.Series("ds", range(1, frame.height + 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "periods_of", lambda *_: numbers)
        return module._answers(panel.series[0], None, weeks, settings, 10)


@pytest.mark.parametrize(
    ("power", "values"),
    [("none", (1.3073128, 8.6926872, 0.0907246, 0.8124165)),
     ("1/2", (1.9891097, 9.3744842, 0.1189986, 0.6857951)),
     ("2/3", (1.8084477, 9.1154825, 0.1094727, 0.7289546))],
)  # fmt: skip
def test_delta_equals_the_published_unit_values(
    power: PowerTransformation, values: tuple[float, ...]
) -> None:
    told = delta_threshold(5.0, 0.2, 1.0, 8.0, alpha=0.05, powertrans=power)
    got = (float(told.lower), float(told.upper), float(told.p), float(told.score))
    assert got == pytest.approx(values, abs=1e-6)


@pytest.mark.parametrize(
    ("method", "phi", "values"),
    [("muan", 1.5, (8, 24, 0.8597797, 0.4193982)), ("muan", 1.0, (9, 22, 0.9093099, 0.4605347)),
     ("nbPlugin", 1.5, (1, 10, 0.03763657, 1.11918153)),
     ("nbPlugin", 1.0, (2, 9, 0.01369527, 1.27061541))],
)  # fmt: skip
def test_count_limits_equal_the_published_unit_values(
    method: Method, phi: float, values: tuple[float, ...]
) -> None:
    told = count_threshold(np.log(5), np.log(2), phi, 11.0, alpha=0.05, method=method)
    got = (float(told.lower), float(told.upper), float(told.p), float(told.score))
    assert got == pytest.approx(values, abs=1e-6)


def test_weights_equal_the_case_checked_by_hand() -> None:
    weights = baseline_weights([0.0] * 5 + [2.0] * 5, threshold=0)
    assert weights.tolist() == pytest.approx([1.6] * 5 + [0.4] * 5)
    assert baseline_weights([0.0] * 10, threshold=0).tolist() == [1.0] * 10


def test_the_fit_equals_a_general_glm() -> None:
    statsmodels = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(3)
    counts = rng.poisson(np.exp(rng.normal(2.5, 1, (12, 1)) + 0.01 * np.arange(72)))
    held = Baseline(
        rows=np.arange(60)[None], block=(np.arange(60) % 10)[None], sizes=np.array([60]),
        now=np.array([69]), blocks=10, years=np.array([5]),
    )  # fmt: skip
    told = expectations(
        counts.astype(np.float64), np.zeros(counts.shape), held, Farrington(reweight=False)
    )
    at = np.arange(60)
    design = np.column_stack([*(at % 10 == block for block in range(10)), at]).astype(float)
    for row, y in enumerate(counts):
        family = statsmodels.families.Poisson()
        fit = statsmodels.GLM(y[:60], design, family=family).fit(scale="X2", tol=1e-12)
        # both stop where the deviance no longer moves, a step apart
        slope = told.slope[row, 0]
        if np.isnan(slope):
            continue  # the trend led beyond the largest count and was dropped
        assert slope == pytest.approx(fit.params[-1], abs=1e-6)
        ahead = fit.params[9] + fit.params[-1] * 69
        assert told.log_mean[row, 0] == pytest.approx(ahead, abs=1e-5)
        assert told.phi[row, 0] == pytest.approx(max(1.0, fit.scale), rel=1e-4)


def test_short_histories_have_no_answer_and_say_so() -> None:
    told = ft.plan.farrington(one([5.0] * 30), periods=3)
    assert told["years"].to_list() == [2, 2, 2]
    short = ft.plan.farrington(one([5.0] * 20), periods=3)
    assert short["expected"].null_count() == 3
    assert short["alarm"].null_count() == 3


def test_zeros_have_an_answer_and_raise_nothing() -> None:
    told = ft.plan.farrington(one([0.0] * 72))
    assert not told["alarm"].any()


def test_people_at_risk_change_what_is_expected() -> None:
    rng = np.random.default_rng(5)
    people = np.linspace(1000, 4000, 84)
    frame = one(rng.poisson(people * 0.01).astype(float).tolist()).with_columns(
        people=pl.Series(people)
    )
    told = ft.plan.farrington(frame, population="people", periods=12)
    ratio = told["expected"].to_numpy() / (people[-12:] * 0.01)
    assert np.abs(ratio - 1).max() < 0.35


def test_weeks_are_found_by_their_dates() -> None:
    start = pl.date_range(pl.date(2015, 1, 5), pl.date(2021, 12, 27), "1w", eager=True)
    back = years_back(len(start), 52, 1, start)
    days = start.to_list()
    for at in range(60, len(days)):
        earlier = days[back[at, 0]]
        assert earlier.weekday() == days[at].weekday()
        assert abs((days[at] - earlier).days - 365.25) < 4.5


def test_what_cannot_be_answered_is_refused() -> None:
    with pytest.raises(DataError, match="no counts"):
        ft.plan.farrington(one([1.5] * 70))
    with pytest.raises(UsageError, match="no baseline"):
        ft.plan.farrington(one([1.0] * 70), freq="1d")
    with pytest.raises(UsageError, match="settings") as refused:
        Farrington(threshold_method="guess", powertrans="3/4", alpha=0.9)  # type: ignore[arg-type]
    assert len(refused.value.problems) == 3


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(0, 30), min_size=40, max_size=70), st.integers(0, 60))
def test_more_cases_are_never_less_surprising(history: list[int], now: int) -> None:
    frames = [one([float(value) for value in [*history, count]]) for count in (now, now + 1)]
    few, more = (ft.plan.farrington(frame, periods=1).row(0, named=True) for frame in frames)
    assert few["expected"] == pytest.approx(more["expected"])
    assert more["p"] <= few["p"] + 1e-12
