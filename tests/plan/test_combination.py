from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from tests.plan.histories import monthly, seasonal, walk

from forethought.plan import forecast
from forethought.plan.boosted import boosted_forecasts
from forethought.plan.combination import (
    Rehearsal,
    combine,
    combined,
    learnt_weights,
    own_weights,
    pooled_weights,
    usual_weights,
)
from forethought.plan.exponential import choose_ets, fit_ets, moving_average_weights
from forethought.plan.member_models import AGGREGATED, FULL, SEASONAL_AVERAGE
from forethought.plan.members import Task, fit_members
from forethought.plan.pooled import lags_for, pooled_forecasts
from forethought.plan.pooling import with_pooled
from forethought.plan.seasons import shrunk_profile, without_season

MEANS = np.array([[1.0, 10.0], [2.0, 20.0], [4.0, np.nan], [100.0, 40.0]])


def test_the_combination_lies_between_the_weighted_mean_and_median() -> None:
    first, second = combine(MEANS, np.full(4, 0.25))
    assert 3.0 < first < 26.75  # median 3, mean 26.75
    assert 20.0 < second < 70 / 3  # without the member that has no answer


def test_a_member_with_all_the_weight_speaks_alone() -> None:
    assert combine(MEANS, np.array([0.0, 1.0, 0.0, 0.0])) == pytest.approx([2.0, 20.0])


def test_members_that_agree_are_repeated_exactly() -> None:
    same = np.full((5, 3), 7.25)
    assert combine(same, np.array([0.1, 0.2, 0.3, 0.2, 0.2])) == pytest.approx(7.25)


def test_nobody_answering_is_no_answer() -> None:
    assert np.isnan(combine(np.full((4, 2), np.nan), np.full(4, 0.25))).all()


def test_the_member_with_the_smaller_error_weighs_more_but_few_origins_say_little() -> None:
    even = np.array([0.5, 0.5])
    few = own_weights(np.array([[0.5, 1.0]]), even)
    many = own_weights(np.tile([0.5, 1.0], (50, 1)), even)
    assert 0.5 < few[0] < many[0] < 1
    assert own_weights(np.empty((0, 2)), even) is even


FOUR = ("one", "two", "three", "four")


def rehearsal(seed: int, bias: float) -> Rehearsal:
    """Three good members and one that is off by `bias`."""
    rng = np.random.default_rng(seed)
    y = np.zeros(40)
    origin_means = rng.normal(0, 1, (5, 4, 4))
    origin_means[:, 3] += bias
    return Rehearsal(y, (20, 24, 28, 32, 36), origin_means[0], origin_means, 1.0, np.ones(40, bool))


def test_a_member_that_is_always_far_off_loses_its_weight() -> None:
    weights = learnt_weights([rehearsal(k, 8.0) for k in range(60)], FOUR)
    assert np.mean([own[3] for own in weights]) < 0.06
    assert np.sum(weights, axis=1) == pytest.approx(1.0)


def test_one_series_leaves_the_weights_of_its_group_nearly_as_usual() -> None:
    usual = np.array([0.4, 0.3, 0.2, 0.1])
    assert pooled_weights([rehearsal(0, 3.0)], usual) == pytest.approx(usual, abs=0.08)


def test_full_models_count_more_than_plain_ones_before_anything_is_known() -> None:
    ets, naive, new = usual_weights(("AutoETS", "SeasonalNaive", "a member of another kind"))
    assert ets > new > naive
    assert ets + naive + new == pytest.approx(1.0)


def test_periods_set_aside_judge_nobody() -> None:
    one = rehearsal(1, 0.0)
    silent = Rehearsal(one.y, one.cutoffs, one.means, one.origin_means, 1.0, np.zeros(40, bool))
    assert np.isnan(silent.actual()).all()
    weights = learnt_weights([silent], FOUR)[0]
    assert weights == pytest.approx(0.25)
    assert np.isfinite(combined(silent, weights).mean).all()


def test_a_season_that_is_noise_is_shrunk_away_and_a_clear_one_stays() -> None:
    noise = np.random.default_rng(3).normal(0, 1, 120)
    wave = 5 * np.sin(2 * np.pi * np.arange(120) / 12)
    raw = np.abs(shrunk_profile(noise, 12)).mean()
    assert raw < 0.5 * np.sqrt(1 / 10)  # ten years leave a mean an error of 0.32
    assert shrunk_profile(wave + noise, 12) == pytest.approx(wave[:12], abs=1.2)


def test_a_season_taken_off_comes_back() -> None:
    y = seasonal(4, 60, noise=0.0)
    parts = without_season(y, 12)
    ahead = parts.restored(np.full(12, np.median(parts.x)))
    assert ahead == pytest.approx(y[48:60], rel=0.02)


def autoregressive(seed: int, n: int) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    x = np.zeros(n)
    for t in range(1, n):
        x[t] = 0.6 * x[t - 1] + rng.normal()
    return x


def test_pooled_histories_learn_that_values_return_to_their_mean() -> None:
    histories = [autoregressive(k, 40) for k in range(60)]
    found = pooled_forecasts(histories, [1] * 60, 6, adjust=True)
    truth = np.array([y[-1] * 0.6 ** np.arange(1, 7) for y in histories])
    naive = np.array([np.full(6, y[-1]) for y in histories])
    assert np.abs(found - truth).mean() < 0.8 * np.abs(naive - truth).mean()


def test_few_histories_learn_nothing_together() -> None:
    histories = [autoregressive(k, 40) for k in range(9)]
    assert np.isnan(pooled_forecasts(histories, [1] * 9, 6, adjust=True)).all()
    assert lags_for(12, 12, [120]) == 24
    assert lags_for(1, 6, [14]) == 4


def test_many_series_get_pooled_members_and_few_do_not() -> None:
    frame = pl.concat([monthly(f"s{k:02d}", seasonal(k, 60)) for k in range(12)])
    many = forecast(frame, h=6, effort="fast").report
    few = forecast(frame.filter(pl.col("unique_id") < "s05"), h=6, effort="fast").report
    assert "PooledAutoregression" in many["members"][0].to_list()
    assert "PooledAutoregression" not in few["members"][0].to_list()
    assert sum(many["weights"][0].to_list()) == pytest.approx(1.0)


def test_the_short_search_of_ets_finds_the_season_and_no_trend() -> None:
    choice = choose_ets(seasonal(1, 84), 12, thorough=False)
    assert choice.form[1:] in {"NA", "NM"}


def test_the_short_search_of_ets_finds_a_trend() -> None:
    rising = seasonal(1, 84) + 4.0 * np.arange(84)
    assert choose_ets(rising, 12, thorough=False).form[1] == "A"


def test_moving_average_weights_give_the_spread_that_the_library_gives() -> None:
    model = fit_ets(walk(3, 80), 1, None)
    answer = model.predict(10, level=[95])
    library = (answer["hi-95"] - answer["lo-95"]) / (2 * 1.959964)
    weights = moving_average_weights(model.model_, 10)
    ours = np.sqrt(np.cumsum(weights**2))
    assert library / library[0] == pytest.approx(ours, rel=0.02)


def test_members_answer_at_the_end_and_at_every_origin() -> None:
    fit = fit_members(Task(seasonal(2, 60), 12, 6, FULL, (40, 50), thorough=False))
    assert fit.origin_means.shape == (2, len(FULL), 6)
    answering = [k for k, name in enumerate(FULL) if name != AGGREGATED]
    assert np.isfinite(fit.origin_means[:, answering]).all()  # four years are no five seasons
    assert (fit.spread > 0).all()
    assert np.linalg.eigvalsh(fit.correlation).min() > -1e-9


def test_no_origin_sees_what_came_after_it() -> None:
    y = seasonal(2, 60)
    changed = y.copy()
    changed[50:] += 1000.0
    names = ("DynamicOptimizedTheta", "AutoETS", SEASONAL_AVERAGE)
    fits = [fit_members(Task(one, 12, 6, names, (50,), thorough=False)) for one in (y, changed)]
    assert (fits[0].origin_means == fits[1].origin_means).all()


def test_many_series_are_boosted_where_effort_is_thorough() -> None:
    histories = [autoregressive(k, 60) + 10 for k in range(60)]
    found = boosted_forecasts(histories, [1] * 60, 4)
    naive = np.array([np.full(4, y[-1]) for y in histories])
    truth = np.array([10 + (y[-1] - 10) * 0.6 ** np.arange(1, 5) for y in histories])
    assert np.abs(found - truth).mean() < 0.9 * np.abs(naive - truth).mean()
    tasks = [Task(y, 1, 4, ("SeasonalNaive",), (50,), thorough=True) for y in histories]
    fits = with_pooled(tasks, [fit_members(task) for task in tasks])
    assert fits[0].members == ("SeasonalNaive", "PooledAutoregression", "BoostedTrees")
    assert np.isfinite(fits[0].origin_means).all()


def test_no_pooled_origin_sees_what_came_after_it() -> None:
    histories = [autoregressive(k, 60) + 10 for k in range(12)]
    changed = [np.concatenate([y[:50], y[50:] + 30.0]) for y in histories]
    origins = []
    for ys in (histories, changed):
        tasks = [Task(y, 1, 4, ("SeasonalNaive",), (50,), thorough=False) for y in ys]
        origins.append(with_pooled(tasks, [fit_members(task) for task in tasks])[3].origin_means)
    assert (origins[0] == origins[1]).all()
