from __future__ import annotations

import numpy as np
import pytest
from tests.plan.histories import seasonal, walk

from forethought.plan.combination import (
    Rehearsal,
    Rule,
    choose_rule,
    combine,
    combined,
    member_weights,
    rules_for,
)
from forethought.plan.exponential import choose_ets, fit_ets, moving_average_weights
from forethought.plan.members import FULL, Task, fit_members

MEMBERS = ("a", "b", "c", "d")
MEANS = np.array([[1.0, 10.0], [2.0, 20.0], [4.0, np.nan], [100.0, 40.0]])


def test_the_median_and_the_mean_leave_out_members_without_an_answer() -> None:
    even = np.ones(4)
    assert combine(MEANS, Rule("median", MEMBERS), MEMBERS, even).tolist() == [3.0, 20.0]
    assert combine(MEANS, Rule("mean", MEMBERS), MEMBERS, even) == pytest.approx([26.75, 70 / 3])


def test_weights_are_shared_out_among_those_who_answer() -> None:
    weights = np.array([0.4, 0.4, 0.1, 0.1])
    got = combine(MEANS, Rule("weights", MEMBERS), MEMBERS, weights)
    assert got[1] == pytest.approx((4 + 8 + 4) / 0.9)


def test_nobody_answering_is_no_answer() -> None:
    nothing = np.full((4, 2), np.nan)
    for kind in ("median", "mean", "weights"):
        assert np.isnan(combine(nothing, Rule(kind, MEMBERS), MEMBERS, np.ones(4))).all()


def test_the_member_with_the_smaller_error_weighs_more_but_few_origins_say_little() -> None:
    pooled = np.array([1.0, 1.0])
    few = member_weights(np.array([[0.5, 1.0]]), pooled)
    many = member_weights(np.tile([0.5, 1.0], (50, 1)), pooled)
    assert many[0] == pytest.approx(2 / 3, abs=0.03)
    assert 0.5 < few[0] < many[0]


def rehearsal(seed: int, bias: float) -> Rehearsal:
    """Three good members and one that is off by `bias`."""
    rng = np.random.default_rng(seed)
    y = np.zeros(40)
    origin_means = rng.normal(0, 1, (5, 4, 4))
    origin_means[:, 3] += bias
    return Rehearsal(y, (20, 24, 28, 32, 36), origin_means[0], origin_means, 1.0, np.ones(40, bool))


def test_a_member_that_is_always_far_off_is_left_out() -> None:
    rule, _ = choose_rule([rehearsal(k, 8.0) for k in range(30)], MEMBERS)
    assert rule == Rule("mean", MEMBERS[:3])


def test_where_nothing_is_clearly_better_the_median_of_all_stays() -> None:
    rule, _ = choose_rule([rehearsal(0, 0.0)], MEMBERS)
    assert rule == rules_for(MEMBERS)[0]


def test_periods_set_aside_judge_nobody() -> None:
    one = rehearsal(1, 0.0)
    silent = Rehearsal(one.y, one.cutoffs, one.means, one.origin_means, 1.0, np.zeros(40, bool))
    assert np.isnan(silent.actual()).all()
    rule, weights = choose_rule([silent], MEMBERS)
    mix = combined(silent, rule, MEMBERS, weights[0])
    assert np.isfinite(mix.mean).all()


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
    assert fit.origin_means.shape == (2, 4, 6)
    assert np.isfinite(fit.origin_means).all()
    assert (fit.spread > 0).all()
    assert np.linalg.eigvalsh(fit.correlation).min() > -1e-9


def test_no_origin_sees_what_came_after_it() -> None:
    y = seasonal(2, 60)
    changed = y.copy()
    changed[50:] += 1000.0
    names = ("DynamicOptimizedTheta", "SeasonalNaive")
    fits = [fit_members(Task(one, 12, 6, names, (50,), thorough=False)) for one in (y, changed)]
    assert (fits[0].origin_means == fits[1].origin_means).all()
