from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from tests.plan.driven_histories import H, Planted, mean_error, planted
from tests.plan.histories import monthly, seasonal

from forethought.errors import NotFound
from forethought.plan import Forecast, Shock, evaluate, forecast
from forethought.plan.boosted import Beside, boosted_forecasts
from forethought.plan.driven import Effect
from forethought.plan.driven_models import arima_with_drivers
from forethought.plan.driver_pooling import Coefficients, pooled_coefficients
from forethought.plan.driver_regression import Evidence, evidence_of
from forethought.plan.member_models import Question
from forethought.plan.members import quiet

Floats = NDArray[np.float64]

TRUTH = -4.0


@pytest.fixture(scope="module")
def ten() -> Planted:
    return planted(10, TRUTH, seed=1)


@pytest.fixture(scope="module")
def driven(ten: Planted) -> Forecast:
    return forecast(
        ten.history, H, effort="fast", drivers=("price",), future=ten.future, paths=50, seed=2
    )


def told(y: Floats, x: Floats, m: int = 1, *, log: bool = False) -> Evidence:
    return evidence_of(y, x.reshape(y.size, -1), (m,), np.zeros(y.size, dtype=bool), log=log)


def test_a_planted_coefficient_lies_within_two_standard_errors() -> None:
    """Over 120 histories of one series, in 90% at least: 95% less 2.5 standard errors."""
    inside, errors = [], []
    for seed in range(120):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(60, 2)).cumsum(axis=0)
        y = 50 + 5 * np.sin(np.arange(60) * np.pi / 6) + rng.normal(0, 1, 60).cumsum()
        found = pooled_coefficients([told(y + 2.0 * x[:, 0], x, 12)], [59])[0]
        away = found.value[0] - 2.0
        inside.append(abs(away) <= 2 * np.sqrt(found.covariance[0, 0]))
        errors.append(away)
    assert np.mean(inside) >= 0.9
    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(120)


def test_the_whole_effect_enters_the_forecast(ten: Planted, driven: Forecast) -> None:
    without = forecast(ten.history.drop("price"), H, effort="fast")
    assert mean_error(driven.frame, ten) < 0.6 * mean_error(without.frame, ten)
    rows = driven.drivers
    assert rows is not None
    away = (rows["coefficient"] - TRUTH).abs() / rows["standard_error"]
    assert (away < 3).all()
    assert (rows["shared_p_value"] < 1e-6).all()


def test_noise_that_is_called_a_driver_hurts_by_less_than_two_per_cent() -> None:
    with_noise, without = [], []
    for seed in range(6):
        one = planted(3, 0.0, seed=100 + seed)
        blind = forecast(one.history.drop("price"), H, effort="fast", n_jobs=1)
        told = forecast(
            one.history, H, effort="fast", n_jobs=1, drivers=("price",), future=one.future
        )
        without.append(mean_error(blind.frame, one))
        with_noise.append(mean_error(told.frame, one))
    assert np.mean(with_noise) < 1.02 * np.mean(without)


def test_series_that_agree_share_their_coefficient_and_others_keep_their_own() -> None:
    rng = np.random.default_rng(3)

    def spread_of(coefficients: Floats) -> tuple[float, float]:
        xs = [rng.normal(size=60) for _ in coefficients]
        ys = [100 + c * x + rng.normal(0, 4, 60) for c, x in zip(coefficients, xs, strict=True)]
        evidence = [told(y, x) for y, x in zip(ys, xs, strict=True)]
        pooled = [c.value[0] for c in pooled_coefficients(evidence, [59] * len(ys))]
        own = [float(e.own()[0][0] * e.unit[0]) for e in evidence]
        return float(np.std(pooled - coefficients)), float(np.std(own - coefficients))

    pooled, own = spread_of(np.full(30, 2.0))
    assert pooled < 0.5 * own
    pooled, own = spread_of(np.linspace(-10, 10, 30))
    assert pooled < 1.05 * own


def test_what_struck_all_series_together_counts_once() -> None:
    """With one noise for all series and one driver, twelve series know no more than one."""
    p_values = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        x, common = rng.normal(size=60), rng.normal(0, 4, 60)
        evidence = [told(100 + common + rng.normal(0, 1, 60), x) for _ in range(12)]
        p_values.append(pooled_coefficients(evidence, [59] * 12)[0].shared_p_value[0])
    assert np.mean(np.array(p_values) < 0.05) < 0.15  # 0.05 + 3 standard errors


def test_a_driver_that_follows_the_calendar_explains_nothing() -> None:
    t = np.arange(72)
    y = seasonal(1, 72, noise=1.0)
    found = told(y, 3 * np.sin(2 * np.pi * t / 12) + 5, 12)
    assert found.information[0, 0] == 0
    assert pooled_coefficients([found], [71])[0].value[0] == 0


def test_the_regression_is_that_of_statsmodels() -> None:
    """Our coefficient and standard error beside generalised least squares, AR(1) errors known."""
    import statsmodels.api as sm  # type: ignore[import-untyped]

    rng = np.random.default_rng(7)
    n, x = 200, rng.normal(size=200).cumsum()
    error = np.zeros(n)
    for k in range(1, n):
        error[k] = 0.6 * error[k - 1] + rng.normal()
    y = 10 + 0.02 * np.arange(n) + 1.5 * x + error
    ours = told(y, x)
    phi, theta = ours.memory
    assert theta == 0
    assert phi == pytest.approx(0.6, abs=0.31)
    covariance = phi ** np.abs(np.subtract.outer(np.arange(n), np.arange(n))) / (1 - phi**2)
    design = np.column_stack([np.ones(n), np.arange(n), x])
    theirs = sm.GLS(y, design, sigma=covariance).fit()
    value, error_of = ours.own()
    assert value[0] * ours.unit[0] == pytest.approx(theirs.params[2], rel=0.01)
    assert error_of[0] * ours.unit[0] == pytest.approx(theirs.bse[2], rel=0.02)


def test_periods_that_are_set_aside_are_not_asked() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=60)
    y = 50 + 3 * x + rng.normal(0, 0.5, 60)
    aside = np.zeros(60, dtype=bool)
    aside[20:26] = True
    struck = y.copy()
    struck[20:26] = 500.0
    both = [evidence_of(one, x[:, None], (1,), aside, log=False) for one in (y, struck)]
    values = [e.own()[0][0] * e.unit[0] for e in both]
    assert values[0] == pytest.approx(values[1], rel=1e-3)


def test_without_drivers_no_digit_changes(ten: Planted) -> None:
    plain = forecast(ten.history.drop("price"), 6, effort="fast", paths=20)
    beside = forecast(ten.history, 6, effort="fast", paths=20, drivers=(), future=None)
    assert beside.frame.equals(plain.frame)
    assert beside.paths.equals(plain.paths)
    assert beside.report.equals(plain.report)
    assert plain.drivers is None
    with pytest.raises(NotFound, match="No drivers were given"):
        plain.explain()


def test_held_at_its_last_value_the_driver_moves_nothing(ten: Planted) -> None:
    last = ten.history.group_by("unique_id").agg(pl.col("price").last())
    still = ten.future.drop("price").join(last, on="unique_id")
    answer = forecast(ten.history, H, effort="fast", drivers="price", future=still)
    assert answer.drivers is not None
    assert answer.held is not None
    assert answer.drivers["effect"].abs().max() < 1e-9  # type: ignore[operator]
    moved = forecast(ten.history, H, effort="fast", drivers="price", future=ten.future)
    assert moved.held is not None
    joined = moved.held.join(answer.frame, on=["unique_id", "ds"], suffix="_still")
    gap = (joined["median"] - joined["median_still"]).abs() / joined["median_still"]
    assert gap.max() < 0.01  # type: ignore[operator]  # medians of shifted members, nearly exact


def test_futures_are_compared_path_by_path(ten: Planted, driven: Forecast) -> None:
    dearer = forecast(
        ten.history, H, effort="fast", drivers="price", paths=50, seed=2,
        future=ten.future.with_columns(pl.col("price") + 5),
    )  # fmt: skip
    gap = dearer.paths["y"] - driven.paths["y"]
    assert abs(gap.mean() - 5 * TRUTH) < 2  # type: ignore[operator]
    assert gap.std() < 0.25 * driven.paths["y"].std()  # type: ignore[operator]


def test_the_further_a_driver_moves_the_wider_the_interval(ten: Planted, driven: Forecast) -> None:
    far = forecast(
        ten.history, H, effort="fast", drivers="price",
        future=ten.future.with_columns(pl.col("price") - 60),
    )  # fmt: skip
    width = [(f.frame["hi-95"] - f.frame["lo-95"]).mean() for f in (far, driven)]
    assert width[0] > 2 * width[1]  # type: ignore[operator]
    assert "in 12 of 12 periods ahead it is where it never was" in far.report["reason"][0]


def test_the_answer_says_which_driver_mattered(ten: Planted) -> None:
    noise = np.random.default_rng(0).normal(size=ten.history.height)
    history = ten.history.with_columns(moon=noise, flat=pl.lit(4.0))
    future = ten.future.with_columns(moon=pl.lit(0.0), flat=pl.lit(4.0))
    answer = forecast(history, H, effort="fast", drivers=("moon", "flat", "price"), future=future)
    words = answer.explain("s03")
    assert words.startswith("s03: price ")
    assert "p < 0.001 by all series" in words
    assert "tells nothing of it: flat" in words
    reason = answer.report["reason"][3]
    assert "flat never changed: not used" in reason
    assert "futures count as known" in reason
    with pytest.raises(NotFound, match="Did you mean"):
        answer.explain("s3")


def test_a_history_that_tells_nothing_keeps_its_forecast(ten: Planted) -> None:
    short = monthly("short", [5.0, 7.0, 6.0, 8.0]).with_columns(price=pl.lit(1.0))
    future = forecast(short.drop("price"), H).frame.select("unique_id", "ds", price=pl.lit(9.0))
    answer = forecast(
        pl.concat([ten.history, short]), H, effort="fast", drivers="price",
        future=pl.concat([ten.future, future]),
    )  # fmt: skip
    alone = forecast(short.drop("price"), H, effort="fast")
    assert answer.frame.filter(unique_id="short").equals(alone.frame)
    assert "price not used" in answer.report.filter(unique_id="short")["reason"][0]
    assert answer.drivers is not None
    assert answer.drivers.filter(unique_id="short")["used"].to_list() == [False]


def test_a_jump_that_a_driver_explains_is_no_level_shift() -> None:
    rng = np.random.default_rng(2)
    price = np.where(np.arange(60) < 40, 20.0, 30.0) + rng.normal(0, 0.5, 60)
    frame = monthly("a", 500 - 10 * price + rng.normal(0, 1, 60)).with_columns(price=price)
    future = forecast(frame.drop("price"), 3).frame.select("unique_id", "ds", price=pl.lit(20.0))
    answer = forecast(frame, 3, drivers="price", future=future, effort="fast")
    assert "the level shifted" in forecast(frame.drop("price"), 3).report["reason"][0]
    assert "the level shifted" not in answer.report["reason"][0]
    assert (answer.frame["median"] - 300).abs().max() < 6  # type: ignore[operator]


def test_shocks_and_drivers_go_together(ten: Planted) -> None:
    struck = ten.history.with_columns(
        y=pl.when(pl.col("ds").dt.year() == 2017).then(10.0).otherwise("y")
    )
    answer = forecast(
        struck, H, effort="fast", drivers="price", future=ten.future,
        shocks=(Shock("pandemic", "2017-01", "2017-12"),),
    )  # fmt: skip
    assert answer.drivers is not None
    assert (answer.drivers["coefficient"] - TRUTH).abs().mean() < 0.6  # type: ignore[operator]


def test_the_order_of_rows_changes_no_digit(ten: Planted, driven: Forecast) -> None:
    shuffled = forecast(
        ten.history.sample(fraction=1.0, shuffle=True, seed=1), H, effort="fast", paths=50, seed=2,
        drivers="price", future=ten.future.sample(fraction=1.0, shuffle=True, seed=2),
    )  # fmt: skip
    assert shuffled.frame.equals(driven.frame)
    assert shuffled.paths.equals(driven.paths)
    assert shuffled.drivers is not None
    assert shuffled.drivers.equals(driven.drivers, null_equal=True)  # type: ignore[arg-type]


def test_evaluation_knows_the_hidden_drivers(ten: Planted) -> None:
    blind, told_of = (
        evaluate(ten.history, h=12, windows=1, peers=(), effort="fast", drivers=drivers)
        for drivers in ((), ("price",))
    )
    assert told_of.frame["mase"][0] < 0.7 * blind.frame["mase"][0]


def test_nothing_after_an_origin_moves_its_coefficient() -> None:
    one = planted(3, TRUTH, seed=4)
    changed = one.history.with_columns(
        y=pl.when(pl.int_range(pl.len()).over("unique_id") >= 48).then(9_999.0).otherwise("y")
    )
    answers = [
        evaluate(frame, h=12, windows=1, peers=(), effort="fast", drivers="price").forecasts
        for frame in (one.history, changed)
    ]
    columns = ["median", "lo-95", "hi-95"]
    assert answers[0].select(columns).equals(answers[1].select(columns))


def test_arima_takes_its_drivers_and_so_do_boosted_trees() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(66, 1))
    y = 40 + 5 * x[:, 0] + rng.normal(0, 0.5, 66)
    nothing = Coefficients(np.zeros(1), np.zeros((1, 1)), np.ones(1), np.ones(1))
    effect = Effect(x[:60], x[60:], nothing, log=False)
    with quiet():
        fit = arima_with_drivers(y[:60], Question(1, 6), effect)
    assert fit.form.endswith("with drivers")
    assert np.abs(fit.mean - y[60:]).max() < 2
    xs = [rng.normal(size=(44, 1)) for _ in range(20)]
    ys = [30 + 4 * one[:, 0] + rng.normal(0, 0.3, 44) for one in xs]
    known = [one[:40] for one in ys]
    beside = [Beside(one[:40], one[40:]) for one in xs]
    errors = [
        np.mean(np.abs(boosted_forecasts(known, [1] * 20, 4, beside=b) - [o[40:] for o in ys]))
        for b in (None, beside)
    ]
    assert errors[1] < 0.5 * errors[0]


def test_thorough_effort_asks_both(ten: Planted) -> None:
    one = "s00"
    answer = forecast(
        ten.history.filter(unique_id=one).group_by("unique_id").tail(14), 2, effort="thorough",
        drivers="price", future=ten.future.filter(unique_id=one).head(2),
    )  # fmt: skip
    place = answer.report["members"][0].to_list().index("AutoARIMA")
    assert answer.report["forms"][0][place].endswith("with drivers")
