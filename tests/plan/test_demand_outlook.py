from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.plan.demand_events import LEAVING_A_MONTH, areas, made_events

from forethought.errors import UsageError
from forethought.plan.demand import Break, Outlook, Panel, Prices, Uplift, outlook, panel
from forethought.plan.demand.breaks import checked_breaks
from forethought.plan.demand.flows import Flow, Leaving, ageing_rates, passed_on, walk
from forethought.plan.demand.judged import beside_what_came, verdict
from forethought.plan.demand.margins import Margin, large_enough, nested, rake, shares
from forethought.plan.demand.outlook import price_rise, weekly_cost_per_person
from forethought.plan.demand.summary import Choices
from forethought.plan.demand.vocabulary import PROFILES, SERVICES
from forethought.plan.shocks import Shock

LAST = date(2024, 10, 1)
KNOWN = date(2024, 10, 31)
UNTIL = date(2026, 3, 31)
Floats = NDArray[np.float64]
SHAPE = (len(SERVICES), len(PROFILES), 3)


@pytest.fixture(scope="module")
def history() -> Panel:
    events = made_events(months=60, last=LAST, seed=11)
    return panel(events, areas(), known_by=KNOWN, last_month=LAST)


@pytest.fixture(scope="module")
def ahead(history: Panel) -> Outlook:
    return outlook(history, until=UNTIL, paths=300, most_series=24, seed=1,
                   prices=Prices({2025: Uplift.certain(0.1)}))  # fmt: skip


def county(rows: pl.DataFrame) -> pl.DataFrame:
    every = (pl.col("service") == "all") & (pl.col("who") == "all") & (pl.col("district") == "all")
    return rows.filter(every)


def random_flow(rng: np.random.Generator, months: int, paths: int) -> Flow:
    service = np.broadcast_to(np.arange(7)[:, None, None], SHAPE).copy()
    place = np.broadcast_to(np.arange(3), SHAPE).copy()
    first, second = Margin(tuple(SERVICES), service), Margin(("a", "b", "c"), place)
    counts = rng.poisson(2.0, SHAPE).astype(np.float64)
    return Flow(
        shares(counts, first, paths=paths, rng=rng),
        first,
        rng.gamma(2.0, 3.0, (7, months, paths)),
        second,
        rng.gamma(2.0, 7.0, (3, months, paths)),
    )


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), high=st.sampled_from([0.05, 0.6, 1.5]))
def test_on_every_path_stock_is_last_months_plus_starts_less_ends(seed: int, high: float) -> None:
    """Also with empty cells and with rates of 1 and more: nobody is below zero or counted twice."""
    rng = np.random.default_rng(seed)
    stock = rng.poisson(3.0, SHAPE).astype(np.float64)
    margin = Margin(tuple(SERVICES), np.broadcast_to(np.arange(7)[:, None], SHAPE[:2]).copy())
    leaving = Leaving(margin, rng.uniform(0, high, (7, 5, 8)), rng.gamma(4.0, 0.25, (*SHAPE, 8)))
    starts = random_flow(rng, 5, 8)
    ageing = np.where(np.arange(7) < 6, 0.01, 0.0)[:, None] * np.ones((7, 1, 8))
    before = np.repeat(stock[..., None], 8, axis=-1)
    for step, month in enumerate(walk(stock, starts, leaving, ageing, rng)):
        expected = before + month.starts - month.ends + month.ageing
        assert np.abs(month.supported - expected).max() < 1e-9
        assert month.supported.min() >= 0
        assert (month.ends <= before + 1e-12).all()
        assert np.abs(month.ageing.sum(axis=1)).max() < 1e-12
        assert np.allclose(starts.first.sums(month.starts), starts.values[:, step])
        before = month.supported


def test_ends_meet_the_units_rate_where_its_cells_can_give_it() -> None:
    rng = np.random.default_rng(2)
    stock = np.full((*SHAPE, 50), 40.0)
    margin = Margin(tuple(SERVICES), np.broadcast_to(np.arange(7)[:, None], SHAPE[:2]).copy())
    leaving = Leaving(margin, np.full((7, 1, 50), 0.04), np.ones((*SHAPE, 50)))
    ends = leaving.month(0, stock, rng)
    assert np.allclose(margin.sums(ends.sum(axis=2)), 0.04 * margin.sums(stock.sum(axis=2)))


def test_a_small_cells_ends_scatter_as_counts_do() -> None:
    """A cell that expects 1.6 of its unit's 33.6 ends: binomial, so variance 1.6 x 20/21."""
    rng = np.random.default_rng(3)
    stock = np.full((*SHAPE, 4000), 40.0)
    margin = Margin(tuple(SERVICES), np.broadcast_to(np.arange(7)[:, None], SHAPE[:2]).copy())
    leaving = Leaving(margin, np.full((7, 1, 4000), 0.04), np.ones((*SHAPE, 4000)))
    cell = leaving.month(0, stock, rng)[3, 2, 1]
    expected = 1.6 * 20 / 21
    assert cell.mean() == pytest.approx(1.6, abs=4 * np.sqrt(expected / 4000))
    assert cell.var() == pytest.approx(expected, rel=0.1)


def test_raking_meets_both_margins() -> None:
    rng = np.random.default_rng(4)
    rows = Margin(("r0", "r1"), np.array([[0, 0, 0], [1, 1, 1]]))
    columns = Margin(("c0", "c1", "c2"), np.array([[0, 1, 2], [0, 1, 2]]))
    seed = rng.uniform(0.5, 1.5, (2, 3, 4))
    wanted = np.array([[10.0] * 4, [20.0] * 4])
    other = np.array([[6.0] * 4, [9.0] * 4, [15.0] * 4])
    cells = rake(seed, (rows, wanted), (columns, other))
    assert np.allclose(rows.sums(cells), wanted)
    assert np.allclose(columns.sums(cells), other, rtol=0.01)


def test_a_coarse_level_sets_the_size_and_the_fine_one_how_it_divides() -> None:
    coarse = Margin(("a", "b"), np.array([0, 0, 1]))
    fine = Margin(("a1", "a2", "b1"), np.array([0, 1, 2]))
    found = nested((coarse, np.array([[30.0], [7.0]])), (fine, np.array([[1.0], [2.0], [0.0]])))
    assert found[:, 0].tolist() == [10.0, 20.0, 7.0]


def test_small_cells_of_a_row_are_modelled_together() -> None:
    volume = np.array([[5.0, 0.1, 0.2], [4.0, 3.0, 2.5]])
    margin = large_enough(volume, ("r", "s"), ("x", "y", "z"), minimum=2.0)
    assert margin.names == ("r", "s, x", "s, y", "s, z")
    assert margin.unit.tolist() == [[0, 0, 0], [1, 2, 3]]
    loose = large_enough(np.array([[5.0, 1.5, 1.0]]), ("r",), ("x", "y", "z"), minimum=2.0)
    assert loose.names == ("r, x", "r, rest")


def test_ageing_goes_into_the_next_band_and_recovers_the_rate() -> None:
    held = np.full((7, 7, 24), 100.0)
    older = np.zeros((7, 7))
    older[:, :6] = 2.0
    net = np.repeat((passed_on(older[:, :, None])[..., 0] - older)[..., None], 24, axis=-1)
    rates = ageing_rates(held, net, paths=4000, rng=np.random.default_rng(6))
    assert np.allclose(rates[:, :6].mean(axis=-1), 0.02, rtol=0.02)
    assert rates[0, 0].std() == pytest.approx(np.sqrt(48) / 2400, rel=0.1)  # 48 seen in two years
    assert (rates[:, 6] == 0).all()


def test_county_is_the_sum_of_districts_and_of_services(ahead: Outlook) -> None:
    assert ahead.coherence_gap < 1e-6
    assert ahead.identity_gap < 1e-6
    rows = ahead.months.filter(pl.col("measure") == "supported", pl.col("who") == "all")
    for axis, other in (("district", "service"), ("service", "district")):
        part = rows.filter(pl.col(other) == "all", pl.col(axis) != "all").group_by("ds").agg(
            pl.col("mean").sum().alias("parts"), pl.col("observed").sum().alias("past")
        )  # fmt: skip
        both = part.join(county(rows), on="ds")
        assert (both["parts"] - both["mean"].fill_null(0)).abs().max() < 1e-6  # type: ignore[operator]
        assert (both["past"] - both["observed"].fill_null(0)).abs().max() < 1e-6  # type: ignore[operator]


def test_totals_by_path_keep_the_identity(ahead: Outlook, history: Panel) -> None:
    wide = ahead.totals.pivot("measure", index=["ds", "path"], values="y").sort("path", "ds")
    before = pl.col("supported").shift(1).over("path").fill_null(history.supported[..., -1].sum())
    gap = wide.select(pl.col("supported") - (before + pl.col("starts") - pl.col("ends")))
    assert gap.to_series().abs().max() < 1e-6  # type: ignore[operator]


def test_a_years_range_comes_from_sums_of_paths(ahead: Outlook, history: Panel) -> None:
    """2025 to 2026 lies ahead whole; 2024 to 2025 holds seven months that are known."""
    for year, known in ((2025, 0.0), (2024, float(history.starts[..., -7:].sum()))):
        inside = pl.col("ds").is_between(date(year, 4, 1), date(year + 1, 3, 31))
        sums = (
            ahead.totals.filter(inside, pl.col("measure") == "starts")
            .group_by("path")
            .agg(pl.col("y").sum() + known)["y"]
            .to_numpy()
        )
        row = county(ahead.years).filter(pl.col("year") == year, pl.col("measure") == "starts")
        assert row["lo-80"].item() == pytest.approx(np.quantile(sums, 0.1))
        assert row["hi-95"].item() == pytest.approx(np.quantile(sums, 0.975))
        assert row["mean"].item() == pytest.approx(sums.mean())


def test_change_on_the_year_is_the_difference_of_two_marches(ahead: Outlook) -> None:
    rows = county(ahead.years)
    at = {y: rows.filter(pl.col("year") == y, pl.col("measure") == "supported")["mean"].item()
          for y in (2024, 2025)}  # fmt: skip
    change = rows.filter(pl.col("year") == 2025, pl.col("measure") == "change")["mean"].item()
    assert change == pytest.approx(at[2025] - at[2024])


def test_past_years_are_counted_not_forecast(ahead: Outlook, history: Panel) -> None:
    row = county(ahead.years).filter(pl.col("year") == 2023)
    inside = [date(2023, 4, 1) <= month < date(2024, 4, 1) for month in history.months]
    found = dict(row.select("measure", "mean").iter_rows())
    assert row["actual"].all()
    assert found["cost_gbp"] == pytest.approx(history.cost_gbp[..., inside].sum())
    assert found["requests"] == history.requests[..., inside].sum()


def test_known_leaving_rates_are_recovered(ahead: Outlook) -> None:
    """Made with 3 to 5 leaving in a hundred a month, by service: 4% over all who are there."""
    wide = ahead.totals.group_by("ds", "measure").agg(pl.col("y").mean())
    means = wide.pivot("measure", index="ds", values="y").sort("ds")
    rate = (means["ends"] / means["supported"].shift(1)).drop_nulls().mean()
    low, high = min(LEAVING_A_MONTH.values()), max(LEAVING_A_MONTH.values())
    assert isinstance(rate, float)
    assert low < rate < high
    assert rate == pytest.approx(0.037, abs=0.006)


def test_prices_rise_in_april_alone(history: Panel) -> None:
    prices = Prices({2025: Uplift.certain(0.1), 2026: Uplift.certain(0.0)}, Uplift.certain(0.02))
    scores = np.array([-1.0, 2.0])
    assert prices.factors(date(2025, 3, 1), LAST, scores).tolist() == [1.0, 1.0]
    assert prices.factors(date(2025, 4, 1), LAST, scores) == pytest.approx(1.1)
    assert prices.factors(date(2027, 4, 1), LAST, scores) == pytest.approx(1.1 * 1.02)
    weekly = weekly_cost_per_person(history)
    assert weekly[list(SERVICES).index("nursing")].max() == pytest.approx(1200)
    assert price_rise(history) == pytest.approx(0.0, abs=1e-9)


def test_cost_follows_people_weeks_and_price(ahead: Outlook) -> None:
    rows = county(ahead.years).filter(pl.col("year") == 2025)
    found = dict(rows.select("measure", "mean").iter_rows())
    each = found["cost_gbp"] / found["person_weeks"]
    assert 1.1 * 300 < each < 1.1 * 1200  # between home care's and nursing's week, ten per cent up


def test_the_same_seed_gives_the_same_digits(history: Panel, ahead: Outlook) -> None:
    again = outlook(history, until=UNTIL, paths=300, most_series=24, seed=1,
                    prices=Prices({2025: Uplift.certain(0.1)}))  # fmt: skip
    assert again.months.equals(ahead.months)
    assert again.years.equals(ahead.years)


def test_no_more_series_are_modelled_than_allowed(ahead: Outlook) -> None:
    assert ahead.series["unique_id"].n_unique() <= 24


def test_a_month_that_is_past_cannot_be_forecast(history: Panel) -> None:
    with pytest.raises(UsageError, match="nothing lies ahead"):
        outlook(history, until=KNOWN)


def test_a_rise_of_prices_has_the_range_that_was_stated() -> None:
    """Skewed: 3% to 8% about 5%; 1 in 10 below the one, 1 in 10 above the other."""
    scores = np.random.default_rng(7).normal(size=200_000)
    drawn = Uplift(0.03, 0.05, 0.08).drawn(scores)
    assert np.quantile(drawn, [0.1, 0.5, 0.9]) == pytest.approx([0.03, 0.05, 0.08], abs=3e-4)
    with pytest.raises(UsageError, match="no order"):
        Uplift(0.05, 0.03, 0.08)


def test_the_range_of_cost_holds_prices_and_people(history: Panel, ahead: Outlook) -> None:
    """In logarithms people and prices are unrelated, so that their variances add up."""
    unsure = outlook(history, until=UNTIL, paths=300, most_series=24, seed=1,
                     prices=Prices({2025: Uplift(-0.1, 0.1, 0.3)}))  # fmt: skip

    def spread(found: Outlook, measure: str) -> float:
        row = county(found.years).filter(pl.col("year") == 2025, pl.col("measure") == measure)
        return float(np.log(row["hi-80"].item() / row["lo-80"].item()))

    assert spread(unsure, "person_weeks") == spread(ahead, "person_weeks")
    expected = np.hypot(spread(ahead, "cost_gbp"), np.log(1.3 / 0.9))
    assert spread(unsure, "cost_gbp") == pytest.approx(expected, rel=0.15)


def came_as(ahead: Outlook, more: float) -> Outlook:
    """An outlook whose history went on as forecast, and so many more."""
    later = ahead.months.with_columns(
        pl.coalesce("observed", pl.col("mean") + more).alias("observed")
    )
    return replace(ahead, months=later)


def test_an_earlier_forecast_is_held_against_what_came(ahead: Outlook) -> None:
    record = county(beside_what_came(ahead, came_as(ahead, 100))).filter(measure="supported")
    assert record.height == 12  # the first year alone
    assert record["origin"].unique().to_list() == [LAST]
    assert not record["inside"].head(3).any()  # 100 off, far outside the first months' range
    seen = county(ahead.months).filter(measure="supported").drop_nulls("observed").sort("ds")
    assert record.sort("ds")["naive"].to_list() == seen["observed"].tail(12).to_list()
    change = np.abs(seen["observed"].to_numpy()[12:] - seen["observed"].to_numpy()[:-12])
    assert record["scale"].unique().item() == pytest.approx(change.mean())
    assert beside_what_came(ahead, ahead).is_empty()


def test_ranges_that_hold_pass_and_ranges_that_miss_fail(ahead: Outlook) -> None:
    good = verdict(beside_what_came(ahead, came_as(ahead, 0)))
    assert good is not None
    assert good.holds
    assert good.inside == good.judged
    assert good.mase == pytest.approx(0.0)
    bad = verdict(beside_what_came(ahead, came_as(ahead, 200)))
    assert bad is not None
    assert not bad.holds
    assert verdict(beside_what_came(ahead, ahead)) is None


def record_of(inside: int, judged: int) -> pl.DataFrame:
    """A record of one date with so many services inside their range."""
    return pl.DataFrame(
        {
            "service": [f"s{n}" for n in range(judged)],
            "inside": [n < inside for n in range(judged)],
        }
    ).with_columns(
        pl.lit("all").alias("who"), pl.lit("all").alias("district"),
        pl.lit("supported").alias("measure"), pl.lit(LAST).alias("ds"),
        pl.lit(LAST).alias("origin"), pl.lit(True).alias("naive_inside"),
        *(pl.lit(1.0).alias(name) for name in ("mean", "actual", "naive", "scale")),
    )  # fmt: skip


def test_the_number_inside_is_held_against_the_binomial_distribution() -> None:
    """60 figures count as 40 (1.5 as one); of 40 at 8 in 10, 1 in 100 give 25 or fewer."""
    for inside, expected in ((48, 0.5629), (37, 0.0079)):
        found = verdict(record_of(inside, 60))
        assert found is not None
        assert found.chance == pytest.approx(expected, rel=0.02)
        assert found.holds is (inside == 48)


def test_a_break_acts_on_its_own_flow_alone(history: Panel, ahead: Outlook) -> None:
    """Requests halve for good six months before the end: declared, only they change."""
    day = date(2024, 5, 1)
    after = np.array([month >= day for month in history.months])
    halved = replace(history, requests=np.where(after, history.requests / 2, history.requests))
    told = [Break(Shock("one count", day, None, "level_shift"), ("requests",))]
    found = outlook(halved, until=UNTIL, paths=300, most_series=24, seed=1, breaks=told,
                    prices=Prices({2025: Uplift.certain(0.1)}))  # fmt: skip
    rows = {name: county(o.months).filter(pl.col("ds") > LAST) for name, o in
            (("told", found), ("before", ahead))}  # fmt: skip
    means = {(n, m): float(f.filter(measure=m)["mean"].to_numpy().mean()) for n, f in rows.items()
             for m in ("requests", "starts")}  # fmt: skip
    assert means["told", "requests"] == pytest.approx(means["before", "requests"] / 2, rel=0.15)
    assert means["told", "starts"] == pytest.approx(means["before", "starts"], rel=0.05)
    reasons = dict(found.report.select("unique_id", "reason").iter_rows())
    assert all(("one count" in why) == name.startswith("requests") for name, why in reasons.items())


def test_a_break_of_a_service_touches_its_series_and_the_sums_it_is_in() -> None:
    one = Break(Shock("closed", "2020-03", "2020-05"), ("starts", "leaving"), "day")
    assert one.touches("starts", {"day", "nursing"})
    assert one.touches("leaving", {"day"})
    assert not one.touches("starts", {"nursing"})
    assert not one.touches("requests", {"day"})


def test_breaks_that_touch_nothing_are_refused_at_once() -> None:
    shock = Shock("odd", "2020-03", "2020-05")
    wrong = [Break(shock, ("request",)), Break(shock, ("requests",), "day"),
             Break(shock, (), "nursng")]  # fmt: skip
    with pytest.raises(UsageError) as error:
        checked_breaks(wrong)
    assert len(error.value.problems) == 3
    assert 'Did you mean "requests"?' in str(error.value)
    assert 'Did you mean "nursing"?' in str(error.value)


def test_choices_sum_cells() -> None:
    cells = np.arange(7 * 7 * 2, dtype=np.float64).reshape(7, 7, 2)
    choices = Choices.of(("D1", "D2"))
    sums = choices.sums(cells)
    assert sums.shape == (8, 9, 3)
    assert sums[0, 0, 0] == cells.sum()
    older = choices.who[0].index("older_people")
    assert sums[2, older, 1] == cells[1, 4:, 0].sum()
