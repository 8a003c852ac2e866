"""Intervals and paths against theory: the truth is simulated, so its quantiles are known."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.plan.histories import monthly

from forethought.plan import forecast
from forethought.plan.intervals import (
    GRID,
    Past,
    calibrate,
    independent_share,
    offsets_at,
    rate_offsets,
    usual_square,
    wider,
)
from forethought.plan.paths import (
    common_correlation,
    horizon_correlation,
    joint_ranks,
    past_correlation,
    paths_from,
    positive_definite,
    series_correlation,
    stable_seed,
)

SERIES, N, H = 40, 60, 12


@pytest.fixture(scope="module")
def walks() -> tuple[pl.DataFrame, np.ndarray, pl.DataFrame, pl.DataFrame]:
    """Forty random walks of unit steps, their futures, their forecasts and paths."""
    rng = np.random.default_rng(11)
    truth = 500 + rng.normal(size=(SERIES, N + H)).cumsum(axis=1)
    frame = pl.concat([monthly(f"w{k:02d}", truth[k, :N]) for k in range(SERIES)])
    answer = forecast(frame, h=H, season_length=1, effort="fast", paths=400, seed=1)
    return frame, truth, answer.frame, answer.paths


def test_intervals_of_walks_cover_what_they_promise(
    walks: tuple[pl.DataFrame, np.ndarray, pl.DataFrame, pl.DataFrame],
) -> None:
    _, truth, answer, _ = walks
    came = truth[:, N:].reshape(-1)
    for level, share in ((50, 0.5), (80, 0.8), (95, 0.95)):
        inside = (came >= answer[f"lo-{level}"].to_numpy()) & (
            came <= answer[f"hi-{level}"].to_numpy()
        )
        # 12 periods of one walk tell little more than one: 40 series, 3 standard errors
        assert abs(inside.mean() - share) < 3 * np.sqrt(share * (1 - share) / SERIES)


def test_the_spread_of_a_walk_grows_as_the_root_of_the_horizon(
    walks: tuple[pl.DataFrame, np.ndarray, pl.DataFrame, pl.DataFrame],
) -> None:
    width = (walks[2]["hi-80"] - walks[2]["lo-80"]).to_numpy().reshape(SERIES, H)
    ratio = np.median(width[:, 11] / width[:, 2])
    assert ratio == pytest.approx(np.sqrt(12 / 3), rel=0.25)


def test_the_spread_of_a_walks_yearly_sum_is_that_of_theory(
    walks: tuple[pl.DataFrame, np.ndarray, pl.DataFrame, pl.DataFrame],
) -> None:
    sums = walks[3].group_by("unique_id", "path").agg(pl.col("y").sum())
    spread = sums.group_by("unique_id").agg(pl.col("y").std())["y"].median()
    theory = np.sqrt(sum(k**2 for k in range(1, H + 1)))  # of a sum of a unit walk's 12 values
    independent = np.sqrt(sum(range(1, H + 1)))  # what adding months as if independent gives
    assert spread == pytest.approx(theory, rel=0.3)
    assert spread > 2 * independent


def test_yearly_sums_of_noise_are_not_taken_for_those_of_a_walk() -> None:
    rng = np.random.default_rng(5)
    frame = pl.concat([monthly(f"n{k}", rng.normal(100, 5, N)) for k in range(12)])
    answer = forecast(frame, h=12, season_length=1, effort="fast", paths=400)
    sums = answer.paths.group_by("unique_id", "path").agg(pl.col("y").sum())
    spread = sums.group_by("unique_id").agg(pl.col("y").std())["y"].median()
    # Months of noise are independent; the forecast level adds its own error, a short history more.
    assert 5 * np.sqrt(12) * 0.9 < spread < 5 * np.sqrt(12) * 2.2


def test_paths_have_the_quantiles_of_the_intervals(
    walks: tuple[pl.DataFrame, np.ndarray, pl.DataFrame, pl.DataFrame],
) -> None:
    answer, paths = walks[2], walks[3]
    ends = paths.group_by("unique_id", "ds", maintain_order=True).agg(
        pl.col("y").quantile(0.1, "linear").alias("low"), pl.col("y").mean().alias("mean")
    )
    joined = answer.join(ends, on=["unique_id", "ds"])
    width = (joined["hi-80"] - joined["lo-80"]).to_numpy()
    assert ((joined["low"] - joined["lo-80"]).abs().to_numpy() < 0.02 * width).all()
    assert ((joined["mean"] - joined["mean_right"]).abs().to_numpy() < 0.02 * width).all()


def test_a_shared_shock_makes_the_sum_over_series_wider() -> None:
    rng = np.random.default_rng(8)
    shared = rng.normal(0, 2, N).cumsum()
    own = rng.normal(0, 1, (8, N)).cumsum(axis=1)
    answers = {
        name: forecast(
            pl.concat([monthly(f"s{k}", 300 + own[k] + extra) for k in range(8)]),
            h=6, season_length=1, effort="fast", paths=400,
        ).paths
        for name, extra in (("together", shared), ("apart", np.zeros(N)))
    }  # fmt: skip
    ratio = {
        name: _of_sum(paths) / np.sqrt(8 * _of_one(paths) ** 2) for name, paths in answers.items()
    }
    assert ratio["apart"] < 1.6
    assert ratio["together"] > 1.9  # 2.83 = sqrt(8) where all moves are shared


def _of_sum(paths: pl.DataFrame) -> float:
    last = paths.filter(pl.col("ds") == pl.col("ds").max())
    sums = last.group_by("path").agg(pl.col("y").sum())["y"].to_numpy()
    return float(sums.std())


def _of_one(paths: pl.DataFrame) -> float:
    last = paths.filter(pl.col("ds") == pl.col("ds").max())
    spreads = last.group_by("unique_id").agg(pl.col("y").std())["y"].to_numpy()
    return float(spreads.mean())


def test_calibration_finds_how_much_too_sure_the_models_were() -> None:
    rng = np.random.default_rng(2)
    pasts = [Past(1.8 * rng.normal(size=(5, 6)), np.full(6, 10.0), 200) for _ in range(60)]
    offsets = calibrate(pasts).offsets.mean(axis=0)
    high = offsets_at(offsets, np.array([0.975]))
    assert high.mean() == pytest.approx(1.96 * 18.0, rel=0.12)


def test_without_any_past_error_the_models_spread_is_widened() -> None:
    offsets = calibrate([Past(np.empty((0, 3)), np.ones(3), 30)]).offsets[0]
    assert (offsets_at(offsets, np.array([0.975])) > 1.96).all()


def test_offsets_are_read_exactly_on_the_grid_and_go_on_beyond_it() -> None:
    offsets = np.linspace(-2, 2, GRID.size)[:, None]
    assert offsets_at(offsets, GRID) == pytest.approx(offsets)
    assert offsets_at(offsets, np.array([0.9999]))[0, 0] > 2


def test_rates_keep_the_share_of_zeros_and_scale_the_rest() -> None:
    y = np.tile([0.0, 0.0, 0.0, 4.0], 30)
    offsets = rate_offsets(y, np.array([2.0]))
    values = 2.0 + offsets[:, 0]
    assert (values[GRID < 0.7] == 0).all()
    assert values[-1] == pytest.approx(8.0, rel=0.05)  # history's rate is 1, forecast's 2


def test_the_past_outweighs_the_expected_dependence_where_it_is_long() -> None:
    rng = np.random.default_rng(3)
    level = rng.normal(size=(4000, 1))
    errors = np.sqrt(0.7) * level + np.sqrt(0.3) * rng.normal(size=(4000, 4))
    found = horizon_correlation(np.eye(4), *past_correlation(errors))
    assert found[0, 3] == pytest.approx(0.7, abs=0.05)
    few = horizon_correlation(np.eye(4), *past_correlation(errors[:4]))
    assert abs(few[0, 3]) < 0.2


def test_a_small_correlation_that_all_share_survives_the_shrinkage() -> None:
    rng = np.random.default_rng(6)
    shared = rng.normal(size=(100, 1))
    residuals = np.sqrt(0.1) * shared + np.sqrt(0.9) * rng.normal(size=(100, 60))
    found = series_correlation(residuals)
    off = found[~np.eye(60, dtype=bool)]
    assert off.mean() == pytest.approx(0.1, abs=0.05)
    assert off.std() < 0.05


def test_what_shows_further_ahead_is_found_in_the_rehearsals() -> None:
    rng = np.random.default_rng(7)
    shared = {key: rng.normal(size=6) for key in range(12)}
    errors = [
        {
            key: np.sqrt(0.4) * value + np.sqrt(0.6) * rng.normal(size=6)
            for key, value in shared.items()
        }
        for _ in range(30)
    ]
    assert common_correlation(errors, 0.0) == pytest.approx(0.4, abs=0.15)
    assert common_correlation([], 0.3) == pytest.approx(0.3)


def test_ranks_are_permutations_with_the_dependence_asked_for() -> None:
    within = positive_definite(0.9 ** np.abs(np.subtract.outer(np.arange(5), np.arange(5))))
    between = np.array([[1.0, 0.6], [0.6, 1.0]])
    ranks = joint_ranks(["a", "b"], [within, within], between, 2000, seed=1)
    assert (np.sort(ranks, axis=1) == np.arange(2000)[None, :, None]).all()
    assert np.corrcoef(ranks[0, :, 0], ranks[0, :, 1])[0, 1] == pytest.approx(0.9, abs=0.03)
    assert np.corrcoef(ranks[0, :, 4], ranks[1, :, 4])[0, 1] == pytest.approx(0.58, abs=0.05)


def test_a_series_keeps_its_shocks_whoever_stands_beside_it() -> None:
    eye = np.eye(3)
    alone = joint_ranks(["b"], [eye], np.eye(1), 50, seed=4)
    beside = joint_ranks(["a", "b"], [eye, eye], np.eye(2), 50, seed=4)
    assert (alone[0] == beside[1]).all()
    assert stable_seed(4, "a", "b") != stable_seed(4, "ab")


def test_paths_of_a_known_normal_have_its_moments() -> None:
    from scipy.stats import norm

    ranks = joint_ranks(["a"], [np.eye(2)], np.eye(1), 5000, seed=1)[0]
    paths = paths_from(np.array([10.0, 20.0]), np.outer(norm.ppf(GRID), [1.0, 3.0]), ranks)
    assert paths.mean(axis=0) == pytest.approx([10, 20], abs=0.01)
    assert paths.std(axis=0) == pytest.approx([1, 3], rel=0.01)


def test_series_that_were_hit_by_the_same_events_count_as_few() -> None:
    rng = np.random.default_rng(9)
    shared = rng.normal(size=(4, 6))
    spread = np.ones(6)
    alone = [Past(rng.normal(size=(4, 6)), spread, 40, (6, 9, 12, 15)) for _ in range(50)]
    alike = [Past(shared + 0.1 * e.errors, spread, 40, e.distances) for e in alone]
    assert independent_share(alike) == pytest.approx(1 / 50, rel=0.1)  # one history, 50 times
    assert independent_share(alone) > 0.4
    unknown = [Past(past.errors, spread, 40) for past in alike]
    assert independent_share(unknown) == 1.0


def test_short_histories_leave_more_open_the_further_ahead_and_most_in_the_tails() -> None:
    offsets = np.outer(np.linspace(-3, 3, GRID.size), np.ones(2))
    short, long = (wider(offsets, periods) for periods in (18, 1800))
    ahead = np.sqrt(1 + 2 * np.array([1, 2]) / 18)
    inner = (GRID >= 0.1) & (GRID <= 0.9)
    assert short[inner] == pytest.approx(offsets[inner] * ahead)
    assert short[0] / offsets[0] == pytest.approx(np.sqrt(1 + 6 / 18) * ahead)
    assert long == pytest.approx(offsets, rel=0.01)
    assert (np.diff(short[:, 0]) > 0).all()


def test_models_of_short_histories_are_taken_to_be_surer_than_they_should() -> None:
    squares = [usual_square(periods) for periods in (15, 60, 600)]
    assert squares[0] == pytest.approx(3.0)
    assert squares[0] > squares[1] > 1 > squares[2]
