"""Quantities: a number with its unit, nothing else."""

from __future__ import annotations

import pytest

from forethought.plan.simulation import units
from forethought.plan.simulation.units import QuantityError


@pytest.mark.parametrize(
    ("text", "hours"), [("0.6h", 0.6), ("30min", 0.5), ("11 h", 11.0), ("2d", 48.0)]
)
def test_staff_time_is_read_in_hours(text: str, hours: float) -> None:
    assert units.StaffTime.read(text).hours == pytest.approx(hours)


@pytest.mark.parametrize(
    ("text", "days"),
    [("28d", 28), ("7w", 49), ("12mo", 365), ("1mo", 30), ("6mo", 183), ("2.9y", 1059)],
)
def test_elapsed_time_is_read_in_days_with_average_months_and_years(text: str, days: int) -> None:
    assert units.DayCount.read(text).whole_days == days


def test_a_year_is_twelve_months() -> None:
    assert units.Elapsed.read("1y").days == pytest.approx(units.Elapsed.read("12mo").days)


@pytest.mark.parametrize("value", [28, 2.5, "29", "28 days", "d", "-3d", "1e3", "", True, None])
def test_a_time_without_its_unit_is_refused_with_the_units_there_are(value: object) -> None:
    with pytest.raises(QuantityError) as refused:
        units.DayCount.read(value)
    assert "d (days), w (weeks), mo (months), y (years)" in refused.value.remedy


def test_half_days_are_no_limit() -> None:
    with pytest.raises(QuantityError, match="whole number of days"):
        units.DayCount.read("1.5d")


@pytest.mark.parametrize(
    ("value", "share"), [(0.25, 0.25), ("25%", 0.25), (1, 1.0), ("0.5%", 0.005)]
)
def test_a_share_is_a_number_or_a_percentage(value: object, share: float) -> None:
    assert units.share(value) == pytest.approx(share)


@pytest.mark.parametrize("value", [1.01, "101%", -0.1, "-5%", "a third", float("nan"), True])
def test_a_share_outside_the_whole_is_refused(value: object) -> None:
    with pytest.raises(QuantityError):
        units.share(value)


def test_hourly_pay_is_paid_for_the_contracted_hours_of_a_year() -> None:
    assert units.rate("42 GBP an hour").a_year(37.0) == pytest.approx(42 * 37 * 365.25 / 7)


def test_money_of_every_period_agrees() -> None:
    year = units.rate("36,525 GBP a year")
    assert year.a_day() == pytest.approx(100)
    assert units.rate("100 GBP a day").a_year() == pytest.approx(36_525)
    assert units.rate("700 GBP a week").a_year() == pytest.approx(36_525)
    assert units.rate("3043.75 GBP a month").a_year() == pytest.approx(36_525)


@pytest.mark.parametrize("value", [58000, "58001", "£58000 a year", "58000 EUR a year", "5 GBP"])
def test_money_without_currency_and_period_is_refused(value: object) -> None:
    with pytest.raises(QuantityError, match="GBP"):
        units.rate(value)


@pytest.mark.parametrize("value", [37, "37h", "0h a week", "169h a week"])
def test_a_working_week_has_hours_and_no_more_than_a_week(value: object) -> None:
    with pytest.raises(QuantityError, match="37h a week"):
        units.hours_a_week(value)
