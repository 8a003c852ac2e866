"""The watch: few false alarms, planted shifts found, exact pieces, bad input, digest."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom, poisson
from tests.plan.watch.made import frame_of, months, one, seasonal_counts

import forethought as ft
from forethought.errors import DataError, NotFound, UsageError
from forethought.plan.watch.cusum import average_run_length, limit_for
from forethought.plan.watch.discovery import q_values
from forethought.plan.watch.ordinary import NOISES, Kind, covariance, fit, whitening
from forethought.plan.watch.surprise import count_tails
from forethought.plan.watch.tails import fit_tail


@pytest.fixture(scope="module")
def planted() -> tuple[ft.plan.Signals, dict[str, int], pl.DataFrame]:
    """400 series, 8 of them higher by four standard deviations from a month on."""
    mean = seasonal_counts(400, 60, 1)
    starts = {f"s{row * 40:04d}": 49 + row for row in range(8)}
    for name, start in starts.items():
        row = int(name[1:])
        mean[row, start:] += 5 * np.sqrt(mean[row].mean() * 1.5)
    frame = frame_of(np.random.default_rng(2).poisson(mean).astype(float))
    drivers = {"s0000": ("s0001", "s0040")}
    return ft.plan.signals(frame, desired="down", drivers=drivers), starts, frame


def test_planted_shifts_are_raised_and_little_else(
    planted: tuple[ft.plan.Signals, dict[str, int], pl.DataFrame],
) -> None:
    answer, starts, _ = planted
    told = {signal.unique_id for signal in answer.signals}
    assert len(told & set(starts)) >= 5
    assert len(told - set(starts)) <= 2
    assert answer.expected_false <= 0.1 * len(told) + 1e-9
    assert set(answer.frame["unique_id"]) == told
    assert (answer.frame["q"] <= 0.1).any()


def test_a_signal_says_since_when_how_much_and_what_to_do(
    planted: tuple[ft.plan.Signals, dict[str, int], pl.DataFrame],
) -> None:
    answer, starts, frame = planted
    ds = months(60)
    late = 0
    for signal in answer.signals:
        if signal.unique_id not in starts:
            continue
        start = ds[starts[signal.unique_id]]
        late += abs((signal.since - start).days) > 45
        assert signal.direction == "up"
        assert signal.meaning == "concern"
        assert signal.size_low < signal.size < signal.size_high
        y = frame.filter(pl.col("unique_id") == signal.unique_id)["y"].to_numpy()
        assert signal.usual == pytest.approx(y[:48].mean(), rel=0.6)
        assert "since" in signal.sentence or "in " in signal.sentence
        assert signal.action
    assert late <= 2


def test_nothing_is_raised_where_nothing_changed() -> None:
    raised = 0
    for seed in range(3):
        mean = seasonal_counts(300, 60, 20 + seed)
        frame = frame_of(np.random.default_rng(seed).poisson(mean).astype(float))
        raised += len(ft.plan.signals(frame, seed=seed).signals) > 0
    assert raised <= 1


def test_p_values_have_no_floor_and_answer_every_month_and_rule(
    planted: tuple[ft.plan.Signals, dict[str, int], pl.DataFrame],
) -> None:
    answer, _, _ = planted
    assert answer.evidence.height == 400 * 12 * 4
    assert answer.evidence["p"].null_count() == 0
    p = answer.evidence["p"].to_numpy()
    assert 0 < p.min() < 0.1 / 400 / 48
    # of unchanged months, about one in ten has a p below a tenth, whatever the rule
    calm = answer.evidence.filter(~pl.col("unique_id").is_in([s.unique_id for s in answer.signals]))
    for _, part in calm.group_by("rule"):
        assert 0.05 < np.mean(part["p"].to_numpy() < 0.1) < 0.16


def test_charts_of_seasonal_series_are_drawn_on_residuals() -> None:
    season = 40 * np.sin(2 * np.pi * np.arange(60) / 12)
    rng = np.random.default_rng(4)
    values = np.stack([200 + season + rng.normal(0, 4, 60), 200 + rng.normal(0, 4, 60)])
    answer = ft.plan.signals(frame_of(values, ["seasonal", "plain"]), target=150, desired="up")
    on = dict(answer.charts.group_by("unique_id").agg(pl.col("on").first()).iter_rows())
    assert on == {"seasonal": "residuals", "plain": "values"}
    plain = answer.chart_of("plain")
    direct = ft.plan.xmr(frame_of(values[1:], ["plain"]), desired="up").frame
    assert plain["cause"].to_list() == direct["cause"].to_list()
    assert plain["upper"].to_list() == pytest.approx(direct["upper"].to_list())
    # in its own scale the seasonal series would be outside its limits every year
    assert answer.chart_of("seasonal")["mark"][12:].value_counts().height <= 2
    assert answer.icons.filter(pl.col("unique_id") == "plain")["assurance"].item() == "pass"
    with pytest.raises(NotFound):
        answer.chart_of("nobody")


def test_the_same_seed_in_any_order_gives_the_same_answer(
    planted: tuple[ft.plan.Signals, dict[str, int], pl.DataFrame],
) -> None:
    _, _, frame = planted
    part = frame.filter(pl.col("unique_id") < "s0060")
    one_way = ft.plan.signals(part, seed=5)
    other = ft.plan.signals(part.sample(fraction=1, shuffle=True, seed=1), seed=5)
    assert one_way.evidence.select("p").equals(other.evidence.select("p"))
    third = ft.plan.signals(part, seed=6)
    assert not one_way.evidence.select("p").equals(third.evidence.select("p"))


def test_stored_forecasts_are_held_against_what_came() -> None:
    rng = np.random.default_rng(7)
    values = 100 + rng.normal(0, 5, (40, 48))
    values[3, 40:] += 60
    told = pl.DataFrame(
        {"unique_id": [f"s{row:04d}" for row in range(40) for _ in range(12)],
         "ds": pl.concat([months(48)[36:]] * 40), "median": 100.0, "lo-95": 90.2, "hi-95": 109.8}
    )  # fmt: skip
    answer = ft.plan.signals(frame_of(values), rules=("residual",), forecasts=told)
    assert [signal.unique_id for signal in answer.signals] == ["s0003"]
    beyond = answer.evidence.filter(pl.col("unique_id") != "s0003")["beyond"].to_numpy()
    assert 0.02 < beyond.mean() < 0.12  # 5% a month, and three of four now and then
    with pytest.raises(DataError, match="no unique_id, ds, median or interval"):
        ft.plan.signals(frame_of(values), forecasts=told.select("unique_id", "ds"))


def test_rules_that_cannot_answer_say_so() -> None:
    rng = np.random.default_rng(9)
    rates = frame_of(rng.normal(0.5, 0.05, (3, 60)), ["a", "b", "c"])
    short = one([4.0, 5.0, 3.0, 6.0], "new")
    still, empty = one([7.0] * 60, "still"), one([0.0] * 60, "empty")
    answer = ft.plan.signals(pl.concat([rates, short, still, empty]))
    notes = dict(answer.report.select("unique_id", "note").iter_rows())
    assert "farrington: values are no counts" in notes["a"]
    assert "limits are on trial" in notes["new"]
    assert answer.charts.filter(pl.col("unique_id") == "new")["trial"].all()
    assert {signal.unique_id for signal in answer.signals} <= {"a", "b", "c"}


def test_a_first_case_after_years_without_is_no_certainty() -> None:
    quiet = ft.plan.signals(one([0.0] * 60))
    assert "None of 1 series" in quiet.headline()
    answer = ft.plan.signals(one([0.0] * 59 + [1.0]))
    assert all(signal.q > 0.01 and signal.size < 2 for signal in answer.signals)
    many = ft.plan.signals(one([0.0] * 59 + [40.0]))
    assert len(many.signals) == 1


def test_rebasing_starts_another_process() -> None:
    rng = np.random.default_rng(3)
    values = np.concatenate([rng.normal(100, 5, 40), rng.normal(200, 5, 40)])
    frame = one(values.tolist())
    at = months(80)[40]
    assert ft.plan.signals(frame, rebase={"a": [at]}).signals == ()
    assert ft.plan.signals(frame, rebase={"a": [at]}).charts["group"].max() == 1


def test_bad_input_is_told_in_one_error() -> None:
    good = one([1.0] * 60)
    with pytest.raises(DataError, match="gaps"):
        ft.plan.signals(good.filter(pl.col("ds") != date(2020, 3, 1)))
    with pytest.raises(DataError, match="come twice"):
        ft.plan.signals(pl.concat([good, good.head(1)]))
    with pytest.raises(UsageError) as refused:
        ft.plan.signals(good, rules=("xmr", "ewma"), fdr=3)
    assert len(refused.value.problems) == 2
    with pytest.raises(UsageError, match="watch"):
        ft.plan.Watch(periods=0, newest_share=2)


# the pieces -------------------------------------------------------------------------------------


def test_cusum_run_lengths_equal_the_published_table() -> None:
    # Montgomery, Introduction to Statistical Quality Control, two-sided, k = 1/2
    assert average_run_length(0.5, 4) == pytest.approx(168, rel=0.01)
    assert average_run_length(0.5, 5) == pytest.approx(465, rel=0.01)
    assert average_run_length(0.5, 4, 1.0) == pytest.approx(8.38, rel=0.01)
    assert average_run_length(0.5, 5, 1.0) == pytest.approx(10.4, rel=0.01)
    assert limit_for(0.5, 465) == pytest.approx(5, abs=0.01)
    with pytest.raises(UsageError):
        limit_for(0.5, 1e12)


@given(st.integers(0, 60), st.floats(0.05, 40), st.floats(1, 6))
@settings(deadline=None, max_examples=80)
def test_tails_of_counts_equal_scipy(y: int, mean: float, phi: float) -> None:
    below, at, above = (
        float(part[0])
        for part in count_tails(np.array([float(y)]), np.array([mean]), np.array([phi]))
    )
    theirs = poisson(mean) if phi <= 1 + 1e-9 else nbinom(mean / (phi - 1), 1 / phi)
    assert below + at + above == pytest.approx(1, abs=1e-9)
    assert at == pytest.approx(theirs.pmf(y), rel=1e-6, abs=1e-300)
    assert above == pytest.approx(theirs.sf(y), rel=1e-5, abs=1e-12)
    assert below == pytest.approx(theirs.cdf(y - 1), rel=1e-5, abs=1e-9)


def test_one_step_ahead_errors_are_those_of_the_covariance() -> None:
    listed = whitening(30, 12)
    kind = Kind(NOISES[2], 2.0, 2.0)
    sigma = covariance(kind, 30, 12)
    y = np.random.default_rng(1).multivariate_normal(np.zeros(30), sigma)
    at = listed.kinds.index(kind)
    error = listed.inverse[at] @ y
    for t in (5, 17, 29):  # conditional mean and variance, from their definition
        weights = np.linalg.solve(sigma[:t, :t], sigma[:t, t])
        mean, variance = weights @ y[:t], sigma[t, t] - weights @ sigma[:t, t]
        assert error[t] == pytest.approx((y[t] - mean) / np.sqrt(variance), abs=1e-6)
        assert listed.width[at, t] == pytest.approx(np.sqrt(variance), rel=1e-8)


def test_later_periods_change_no_fit() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(50, 5, (20, 60))
    changed = values.copy()
    changed[:, 48:] += 100
    before, after = fit(values, 12, 48), fit(changed, 12, 48)
    assert (before.kind == after.kind).all()
    assert after.expected[:, :49] == pytest.approx(before.expected[:, :49])
    assert after.spread[:, :49] == pytest.approx(before.spread[:, :49])


def test_the_tail_is_honest_far_beyond_the_pool() -> None:
    rng = np.random.default_rng(3)
    tails = [fit_tail(rng.exponential(1.0, 20_000)) for _ in range(20)]
    for score in (8.0, 12.0):
        told = np.array([tail.p(np.array([score]))[0] for tail in tails])
        assert np.exp(np.log(told).mean()) > np.exp(-score)  # errs towards fewer alarms
        assert np.exp(np.log(told).mean()) < 12 * np.exp(-score)
    body = tails[0].p(np.linspace(0, 40, 400))
    assert (np.diff(body) <= 1e-12).all()
    assert body[-1] > 0


def test_q_values_equal_benjamini_hochberg_and_yekutieli() -> None:
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    p = np.random.default_rng(4).uniform(0, 1, 200) ** 3
    for method, strict in (("fdr_bh", False), ("fdr_by", True)):
        theirs = multitest.multipletests(p, 0.1, method=method)[1]
        assert q_values(p, any_dependence=strict) == pytest.approx(theirs)
    assert q_values(np.zeros(0)).size == 0


def test_any_dependence_is_stricter() -> None:
    mean = seasonal_counts(60, 60, 3)
    mean[:4, 52:] *= 3
    frame = frame_of(np.random.default_rng(1).poisson(mean).astype(float))
    usual = ft.plan.signals(frame)
    strict = ft.plan.signals(frame, watch=ft.plan.Watch(dependence="any"))
    assert len(strict.signals) <= len(usual.signals)
    assert strict.report["q"].to_numpy().min() > usual.report["q"].to_numpy().min()


def test_a_digest_tells_the_same_cause_once(
    planted: tuple[ft.plan.Signals, dict[str, int], pl.DataFrame],
) -> None:
    mean = seasonal_counts(80, 60, 8)
    mean[:6] = 80
    mean[:3, 54:] += 80
    mean[5, 50:] = 20
    values = np.random.default_rng(5).poisson(mean).astype(float)
    values[0] = values[1] + values[2]
    names = ["county", "north", "south", *(f"x{row}" for row in range(77))]
    answer = ft.plan.signals(frame_of(values, names), desired={"x2": "down"})
    within = {"north": "county", "south": "county"}
    told = ft.plan.digest(answer, {"county": "director", "x2": "lead"}, within=within)
    lead = next(cause for cause in told.causes if cause.lead.unique_id == "county")
    assert {signal.unique_id for signal in lead.others} == {"north", "south"}
    assert lead.owner == "director"
    assert told.of("lead").frame["meaning"].to_list() == ["improvement"]
    assert told.frame.height == len(told.causes)
    assert "cause" in told.headline()
    apart = ft.plan.digest(answer)
    assert len(apart.causes) == len(answer.signals)
