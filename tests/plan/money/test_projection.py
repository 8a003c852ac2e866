from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from tests.plan.money.steady import LAST, PATHS, days, months, population, records, volumes

from forethought.errors import DataError, UsageError
from forethought.place.calendar import add_months
from forethought.plan.demand.vocabulary import PROFILES
from forethought.plan.money.finance import finance
from forethought.plan.money.population import BAND_OF_PROFILE
from forethought.plan.money.population import population as counted
from forethought.plan.money.projection import project
from forethought.plan.money.rates import rate_trend
from forethought.plan.money.support import support_of

UNTIL = date(2036, 3, 31)


def people_of(weeks: np.ndarray, some: tuple[date, ...]) -> np.ndarray:
    return weeks / (days(some) / 7)[:, None]


def test_residents_are_counted_by_band_and_carried_between_the_years() -> None:
    ages = pl.DataFrame({"age": [17, 18, 64, 65, 74, 75, 84, 85, 90]})
    past = ages.join(pl.DataFrame({"year": [2024, 2025]}), how="cross").with_columns(
        people=pl.lit(100)
    )
    later = ages.join(pl.DataFrame({"year": [2025, 2026, 2027]}), how="cross").with_columns(
        people=pl.when(pl.col("year") == 2025).then(5).otherwise(200), variant=pl.lit("principal")
    )
    found = counted(past, later)
    assert found.past[:, 0].tolist() == [200.0, 200.0, 200.0, 200.0]
    assert found.years == (2026, 2027)
    june, december = found.observed((date(2025, 6, 1), date(2025, 12, 1)))[0]
    assert june == pytest.approx(200.0)
    assert december == pytest.approx(200.0 * 2**0.5)


def test_projections_that_say_nothing_new_are_refused() -> None:
    frame = pl.DataFrame({"year": [2025], "age": [70], "people": [5]})
    with pytest.raises(DataError, match="say nothing after 2025"):
        counted(frame, frame.with_columns(variant=pl.lit("principal")))


def test_the_first_year_is_the_forecast_as_it_is() -> None:
    given = volumes(growth_a_year=0.10)
    found = project(given, population(), until=UNTIL, seed=1)
    assert np.array_equal(found.weeks[:, :, :11], given.weeks_ahead[:, :, :11])


def test_in_the_end_support_grows_as_residents_do_and_nothing_jumps() -> None:
    found = project(volumes(growth_a_year=0.10), population(growth=0.03), until=UNTIL, seed=1)
    people = people_of(found.weeks[3, 5], found.months)
    yearly = people[12:] / people[:-12]
    assert yearly[0] == pytest.approx(np.full(PATHS, 1.10), abs=0.004)
    assert np.median(yearly[-1]) == pytest.approx(1.03, abs=0.002)
    middle = np.median(yearly, axis=1)
    assert np.all(np.diff(middle) < 2e-3), "growth passes over steadily from 10% to 3%"
    steps = people[1:] / people[:-1]
    assert steps.min() > 0.999
    assert steps.max() < 1.01


def test_variants_are_the_one_in_ten_chances() -> None:
    band = population(growth=0.02, spread=0.01)
    scores = np.random.default_rng(1).normal(size=4000)
    last = band.ahead((UNTIL,), scores)[0, 0]
    low, middle, high = (
        band.ahead((UNTIL,), scores, name)[0, 0, 0] for name in ("low", "principal", "high")
    )
    assert np.quantile(last, [0.1, 0.5, 0.9]) == pytest.approx([low, middle, high], rel=0.01)


def test_an_unknown_variant_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="no variant") as caught:
        population().ahead((UNTIL,), np.zeros(3), "hihg")
    assert "high" in str(caught.value.remedy)


def test_a_change_of_rates_is_what_it_says() -> None:
    plain = support_of(project(volumes(), population(), until=UNTIL, seed=1), finance(records()))
    more = plain.with_rate(2)
    assert (more.real / plain.real)[0, 0, 23] == pytest.approx(np.full(PATHS, 1.02**2))


def test_a_variant_moves_support_as_a_projection_of_it_would() -> None:
    people = population(growth=0.02, spread=0.01)
    found = support_of(project(volumes(), people, until=UNTIL, seed=1), finance(records()))
    high = replace(
        people, variants=dict.fromkeys(("principal", "high", "low"), people.variants["high"])
    )
    alone = support_of(project(volumes(), high, until=UNTIL, seed=1), finance(records()))
    # Not to the digit: rates of the last months stand on the principal variant.
    np.testing.assert_allclose(found.with_variant("high").real, alone.real, rtol=0.01)
    assert np.array_equal(found.with_variant("high").real[:, :, :11], found.real[:, :, :11])
    assert found.with_variant(None) is found


def test_a_steady_rise_of_rates_is_measured_and_fades() -> None:
    some = months()
    people = population().observed(some)[BAND_OF_PROFILE]
    time = np.arange(len(some)) / 12
    rising = volumes().weeks * 1.03**time
    trend = rate_trend(rising, people, some)
    assert trend.drift == pytest.approx(np.full(trend.drift.shape, np.log(1.03)), abs=2e-3)
    drawn = trend.drawn(3, 200, np.random.default_rng(1)).mean(axis=-1)
    assert drawn[0, 0] == pytest.approx(np.log(1.03) * np.array([1, 0.8, 0.64]), abs=2e-3)


def test_rates_that_move_together_are_drawn_together() -> None:
    some = months()
    people = population().observed(some)[BAND_OF_PROFILE]
    shocks = np.random.default_rng(3).normal(scale=0.05, size=11).repeat(12)[: len(some)]
    trend = rate_trend(volumes().weeks * np.exp(shocks), people, some)
    drawn = trend.drawn(1, 500, np.random.default_rng(1))[:, :, 0]
    assert np.corrcoef(drawn[0, 0], drawn[4, 5])[0, 1] > 0.9


def test_too_short_a_history_says_so() -> None:
    some = months()[:30]
    people = population().observed(some)[BAND_OF_PROFILE]
    with pytest.raises(DataError, match="whole financial years"):
        rate_trend(volumes().weeks[..., :30], people, some)


def test_ten_years_are_the_most() -> None:
    with pytest.raises(UsageError, match="within ten years"):
        project(volumes(), population(), until=date(2039, 1, 1), seed=1)
    assert len(PROFILES) == BAND_OF_PROFILE.size
    assert add_months(LAST, 1) == volumes().ahead[0]
